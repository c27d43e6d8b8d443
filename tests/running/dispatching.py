"""A dispatch as tests need it: in front of its reporters, with only what they look at."""

from collections.abc import Callable, Iterable
from typing import cast

from probe.model.event import Event
from probe.reporting.journal.store import Journal
from probe.running.telling.dispatch import Dispatch, Reporter


def dispatch_to(
    *reporters: Reporter,
    journal: object = None,
    failed: Callable[[], None] = lambda: None,
    consequences: Callable[[Event], Iterable[Event]] = lambda _: (),
    lost: Callable[[int], None] = lambda _: None,
) -> Dispatch:
    """Of `journal` only what a dispatch uses is needed."""
    dispatch = Dispatch(cast("Journal | None", journal), failed, consequences, lost)
    dispatch.join(*reporters)
    return dispatch

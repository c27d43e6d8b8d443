"""The status page's bytes: one rendering for everyone who looks in the same second.

A page of many paths is slow to render, so a thread does it: a reader delays no probe.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence

from probe.model.clock import Clock
from probe.model.maintenance import Window
from probe.model.status import Spell
from probe.reporting.board import Board
from probe.reporting.picture import Picture
from probe.reporting.web.drawing.bands import LONGEST_S, Drawn, drawn
from probe.reporting.web.history import CachedHistory
from probe.reporting.web.html.layout import Page


class Front:
    """Renders the board when asked, at most once for each change and second."""

    def __init__(self, board: Board, clock: Clock, history: CachedHistory) -> None:
        self._board = board
        self._history = history
        self._clock = clock
        self._page = Page()
        self._one_at_a_time = asyncio.Lock()
        self._rendered: tuple[int, int] | None = None
        self._body = b""

    async def body(self) -> bytes:
        """The present page, in UTF-8."""
        async with self._one_at_a_time:
            now = self._clock.now()
            wanted = (self._board.version, int(now))
            if wanted != self._rendered:
                picture = self._board.picture()
                told = (incident.opened_at for incident in picture.incidents)
                since = min([now - LONGEST_S, *told])
                windows = await self._history.ask(
                    "windows", question=lambda past: past.windows(since, now)
                )
                past = await self._history.ask(
                    "states",
                    question=lambda past: drawn(
                        _of(picture.paths, past.spells(now - LONGEST_S, now)), windows or (), now
                    ),
                )
                shown = (self._board.picture(), now, past, windows)
                self._body = await asyncio.to_thread(self._render, *shown)
                self._rendered = wanted
            return self._body

    def _render(
        self, picture: Picture, now: float, past: Drawn | None, windows: Sequence[Window] | None
    ) -> bytes:
        return self._page.render(picture, now, past, windows or ()).encode()


def _of(paths: Collection[tuple[str, str]], spells: Iterable[Spell]) -> Iterator[Spell]:
    """The `spells` of `paths`: a journal also has those of paths that are gone."""
    return (spell for spell in spells if (spell.service, spell.path) in paths)

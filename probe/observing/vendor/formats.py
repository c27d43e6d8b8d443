"""The formats of status pages: where each document is, and which function reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from probe.observing.answers.document import Unreadable
from probe.observing.vendor import google_cloud, incident_io, statuspage
from probe.observing.vendor.page_content import PageContent

Read = Callable[[object], PageContent]
"""What a document says. Raises Unreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDocument:
    """One document of a page: its name as a step, its address under the page's, its reader."""

    name: str
    address: str
    read: Read


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """`main` gives the current state. Where it may leave something out, the others give it.

    `history` holds incidents that the main document dropped, `components` those that it lacks;
    `whole` is whether a component missing from the main document is operational.
    """

    fits: Callable[[object], bool]
    main: PageDocument
    history: PageDocument | None = None
    components: PageDocument | None = None
    whole: bool = False


_SUMMARY: Final = PageDocument(name="summary", address=statuspage.SUMMARY, read=statuspage.summary)
_HISTORY: Final = PageDocument(
    name="incidents", address=statuspage.INCIDENTS, read=statuspage.incidents
)
_COMPONENTS: Final = PageDocument(
    name="components", address=statuspage.COMPONENTS, read=statuspage.components
)

FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "incident_io": Format(
            fits=incident_io.fits, main=_SUMMARY, history=_HISTORY, components=_COMPONENTS
        ),
        "statuspage": Format(fits=statuspage.fits, main=_SUMMARY, history=_HISTORY),
        "google_cloud": Format(
            fits=google_cloud.fits,
            main=PageDocument(
                name="incidents", address="/incidents.json", read=google_cloud.incidents
            ),
            whole=True,
        ),
    }
)
"""The first one that fits a document is used."""


def recognized(document: object) -> Format:
    """The format of a main document. Raises Unreadable if it is none that we know."""
    for known in FORMATS.values():
        if known.fits(document):
            return known
    raise Unreadable(f"none of the known formats: {', '.join(FORMATS)}")

"""A service's verdict as a small picture to put into other pages."""

from types import MappingProxyType
from typing import Final

from probe.model.state import Verdict
from probe.reporting.legible import cut, legible
from probe.reporting.picture import ServiceView
from probe.reporting.web.html.environment import template
from probe.reporting.web.html.view import headline, resting, tone

COLOURS: Final = MappingProxyType(
    {
        Verdict.HEALTHY: "#1a7f43",
        Verdict.DEGRADED: "#8f6000",
        Verdict.CONTROL_PLANE_DOWN: "#7a3fd1",
        Verdict.DATA_PLANE_DOWN: "#b34700",
        Verdict.OUTAGE: "#c8222f",
        Verdict.UNKNOWN: "#5c6570",
    }
)
"""The page's colours by day: white words are legible on them."""

_LETTER: Final = 6.5
_PADDING: Final = 12
_LONGEST: Final = 40


def badge(view: ServiceView) -> str:
    """The picture: the service's name and its verdict in words."""
    name, word = (cut(legible(text), _LONGEST) for text in (view.name, headline(view)))
    return template("badge.svg").render(
        name=name,
        word=word,
        left=_width(name),
        right=_width(word),
        colour=COLOURS[Verdict.UNKNOWN if resting(view) else tone(view)],
    )


def _width(text: str) -> int:
    """The width in pixels; the letters are fitted to it, whatever font draws them."""
    return round(len(text) * _LETTER) + _PADDING

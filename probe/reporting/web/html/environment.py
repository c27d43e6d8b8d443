"""The template engine, set up once: everything escaped, nothing undefined, nothing invisible."""

from functools import cache
from typing import TYPE_CHECKING, Final

from probe.reporting import times, words
from probe.reporting.legible import cut, legible
from probe.reporting.web.assets import ASSETS
from probe.reporting.web.drawing.lanes import draw
from probe.reporting.web.drawing.spark import spark
from probe.reporting.web.html import view

if TYPE_CHECKING:
    from jinja2 import Environment, Template

INCIDENTS_SHOWN: Final = 15

_FILTERS: Final = {
    "cut": cut,
    "full": times.full,
    "length": times.length,
    "rfc3339": times.rfc3339,
    "took": times.took,
    "utc": times.utc,
}
_GLOBALS: Final = {
    "contradicted": view.contradicted,
    "days": view.days,
    "draw": draw,
    "failure": view.failure,
    "headline": view.headline,
    "incident_url": view.incident_url,
    "incidents_shown": INCIDENTS_SHOWN,
    "latest": view.latest,
    "lead": view.lead,
    "path_url": view.path_url,
    "plane_state": view.plane_state,
    "planned": view.planned,
    "resting": view.resting,
    "span": view.span,
    "spark": spark,
    "state": view.state,
    "static": {name: asset.url for name, asset in ASSETS.items()},
    "tone": view.tone,
    "waves": view.waves,
    "words": words,
}


def template(name: str) -> "Template":
    """The template of that name; only the first call reads files."""
    return _environment().get_template(name)


def _legible(value: object) -> object:
    """No text enters the page with invisible characters, foreign or not. Markup is ours."""
    return value if not isinstance(value, str) or hasattr(value, "__html__") else legible(value)


@cache
def _environment() -> "Environment":
    from jinja2 import (  # noqa: PLC0415 - 2 MB, only once somebody looks at a page
        Environment,
        PackageLoader,
        StrictUndefined,
    )

    environment = Environment(
        loader=PackageLoader("probe.reporting.web"),
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_legible,
    )
    environment.filters |= _FILTERS
    environment.globals |= _GLOBALS
    return environment

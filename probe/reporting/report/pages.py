"""A report for people, as HTML in one self-contained file and as Markdown, from templates."""

import re
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from probe.model.report import Report
from probe.model.run import Run
from probe.model.state import State
from probe.reporting import times, words
from probe.reporting.legible import cut, legible
from probe.reporting.report.chart import chart, letters

LONGEST: Final = 600
SEEN: Final = 200
_THOUSANDTH: Final = Decimal("0.001")
_PUNCTUATION: Final = re.compile(r"([\\`*_{}\[\]<>#!|~&:@.$])")


def as_html(report: Report) -> str:
    """A page without scripts, fonts or external addresses; it prints as it looks."""
    return _environment(html=True).get_template("report.html").render(_names(report))


def as_markdown(report: Report) -> str:
    """GitHub's Markdown."""
    return _environment(html=False).get_template("report.md").render(_names(report))


def clock(at: float, zone: str) -> Markup:
    """`2026-03-02 12:49:30`, as clocks in `zone` showed."""
    try:
        moment = datetime.fromtimestamp(at, ZoneInfo(zone))
    except (ValueError, OverflowError, OSError):
        return Markup("out of range")
    return Markup(moment.strftime("%Y-%m-%d %H:%M:%S"))  # noqa: S704 - digits


def percent(share: float | None) -> Markup:
    """`99.983 %`; never rounded up to 100 if that was not reached."""
    if share is None:
        return Markup("unknown")
    reached = Decimal(repr(share)) * 100  # as it is written: the binary 0.29 is less than that
    return Markup(f"{reached.quantize(_THOUSANDTH, ROUND_FLOOR)} %")  # noqa: S704 - digits


def length(seconds: float | None) -> Markup:
    """`2 h 5 min`, with a sign if negative; `not known` for None."""
    if seconds is None:
        return Markup("not known")
    return Markup(times.signed(seconds))  # noqa: S704 - digits and units


def seen(run: Run) -> str:
    """What decided `run`: an unmet expectation, otherwise the error, otherwise the body."""
    step, unmet = run.deciding_step, run.unmet
    if unmet is not None:
        return str(unmet)[:SEEN]
    return "" if step is None else (step.evidence.error or step.evidence.excerpt)[:SEEN]


def inert_markdown(text: str) -> Markup:
    """`text` on one line, with every character escaped that Markdown could interpret."""
    line = " ".join(cut(legible(text), LONGEST).split())
    return Markup(_PUNCTUATION.sub(r"\\\1", line))  # noqa: S704 - escaped for Markdown


def _names(report: Report) -> dict[str, object]:
    return {"report": report, "states": State, "words": words, "chart": chart, "letters": letters}


def _legible(value: object) -> object:
    foreign = isinstance(value, str) and not hasattr(value, "__html__")
    return cut(legible(str(value)), LONGEST) if foreign else value


def _inert(value: object) -> object:
    foreign = isinstance(value, str) and not hasattr(value, "__html__")
    return inert_markdown(str(value)) if foreign else value


@cache
def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("probe.reporting.report"),
        autoescape=html,  # noqa: S701 - Markdown has an escape of its own
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_legible if html else _inert,
    )
    environment.filters |= {"clock": clock, "percent": percent, "length": length, "seen": seen}
    return environment

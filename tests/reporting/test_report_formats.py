"""A report is inert in every format, and each says the same."""

import csv
import io
import json
import random
import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from test_web_hostile import HOSTILE, LYING

from probe.model.claim import Account, Owner
from probe.model.incident import Incident, Wave
from probe.model.lengths import Lengths
from probe.model.maintenance import Window
from probe.model.outcome import Outcome
from probe.model.report import IncidentReport, Lane, Moment, Report, ServiceReport, Stay, Witness
from probe.model.run import Evidence, Run, StepResult
from probe.model.state import Plane, State, Verdict
from probe.reporting.report.chart import chart, columns, letters
from probe.reporting.report.formats import FORMATS
from probe.reporting.report.pages import clock, length, percent

AT = 1772452170.0  # 2026-03-02 11:49:30 UTC
SECONDS = {State.UP: 50.0, State.IMPAIRED: 0.0, State.DOWN: 50.0, State.UNKNOWN: 0.0}
STAYS = (
    Stay(state=State.UP, since=AT, until=AT + 50),
    Stay(state=State.DOWN, since=AT + 50, until=AT + 100),
)
MARKS = ("=", "+", "-", "@", "\t", "|", "%", "\r", "\n", "'", '"', "`", "*", "[x](http://e)", "~~~")
TWO_THOUSAND = [
    *HOSTILE,
    *(f"{mark}{text[:300]}" for mark in MARKS for text in HOSTILE),
]


def report(text: str) -> Report:
    """A report with `text` in every place that can hold foreign text."""
    step = StepResult(
        name=text,
        outcome=Outcome.SERVER_ERROR,
        duration_s=0.3,
        evidence=Evidence(status=500, excerpt=text, error=text),
    )
    run = Run(
        id=text,
        service=text,
        path=text,
        plane=Plane.CONTROL,
        started_at=AT,
        duration_s=0.3,
        outcome=Outcome.SERVER_ERROR,
        failed_step=text,
        steps=(step,),
    )
    incident = Incident(
        id=text,
        service=text,
        opened_at=AT,
        confirmed_at=AT + 6,
        worst=Verdict.OUTAGE,
        waves=(Wave(started_at=AT),),
        down_s={text: 5.0},
        signature=text,
    )
    lane = Lane(name=text, plane=Plane.CONTROL, stays=STAYS, seconds=SECONDS, availability=0.5)
    found = IncidentReport(
        incident=incident,
        lengths=Lengths(first_to_last_bad_s=100.0, down_s=50.0, waves_s=(100.0,)),
        recurrence=3,
        path_seconds={text: SECONDS},
        account=Account(service=text, incident=text, acknowledged_by=text, lead_s=60.0),
    )
    service = ServiceReport(
        service=text,
        planes=(lane,),
        paths=(lane,),
        outcomes={text: {Outcome.OK: 3}},
        incidents=(found,),
        timeline=(Moment(at=AT, who=Witness.VENDORS_POST, what=text, words=text),),
        windows=(Window(service=text, name=text, whose=Owner.VENDOR, since=AT, until=AT + 10),),
        evidence=(run,),
        evidence_left_out=2,
    )
    return Report(
        title=text,
        since=AT,
        until=AT + 100,
        made_at=AT + 200,
        zones=("UTC", "Europe/Berlin"),
        services=(service,),
    )


def skeleton(html: str) -> list[tuple[str, list[str]]]:
    nodes = LexborHTMLParser(html).css("*")
    return [(node.tag or "", sorted(node.attributes)) for node in nodes]


def unescaped(markdown: str) -> str:
    """What is left of Markdown's marks once the escaped ones are gone."""
    return re.sub(r"[^\\`*_{}\[\]<>#!~&@$\n|]", "", re.sub(r"\\.", "", markdown))


HARMLESS = report("harmless")


def test_there_are_two_thousand_hostile_strings() -> None:
    assert len(TWO_THOUSAND) > 2000


@pytest.mark.scenario
def test_hostile_text_changes_nothing_of_a_page_but_its_words() -> None:
    expected = skeleton(FORMATS["html"](HARMLESS))
    for text in TWO_THOUSAND:
        html = FORMATS["html"](report(text))
        assert skeleton(html) == expected, ascii(text)
        assert LYING.search(html) is None, ascii(text)


@pytest.mark.scenario
def test_hostile_text_adds_no_mark_and_no_line_to_markdown() -> None:
    expected = unescaped(FORMATS["markdown"](HARMLESS))
    for text in TWO_THOUSAND:
        markdown = FORMATS["markdown"](report(text))
        assert unescaped(markdown) == expected, ascii(text)
        assert LYING.search(markdown) is None, ascii(text)


@pytest.mark.scenario
def test_no_cell_is_a_formula_and_no_text_adds_a_row() -> None:
    expected = len(list(csv.reader(io.StringIO(FORMATS["csv"](HARMLESS)))))
    for text in TWO_THOUSAND:
        rows = list(csv.reader(io.StringIO(FORMATS["csv"](report(text)), newline="")))
        assert len(rows) == expected, ascii(text)
        cells = [cell for row in rows for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_any_text_comes_through_json_unchanged_and_in_ascii() -> None:
    for text in random.Random(1).sample(TWO_THOUSAND, 200):
        document = FORMATS["json"](report(text))
        assert document.isascii()
        assert json.loads(document)["services"][0]["evidence"][0]["id"] == text


def test_a_page_is_one_file_without_scripts_or_addresses_of_others() -> None:
    html = LexborHTMLParser(FORMATS["html"](HARMLESS))
    assert not html.css("script, link, img, iframe, [src], [href], [onload]")
    policy = html.css_first("meta[http-equiv]")
    assert policy is not None
    assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_every_moment_stands_in_utc_and_in_the_named_zone(form: str) -> None:
    text = FORMATS[form](HARMLESS)
    assert "2026-03-02 11:49:30" in text
    assert "2026-03-02 12:49:30" in text


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_reader_is_told_of_recurrence_lead_and_what_was_left_out(form: str) -> None:
    text = FORMATS[form](HARMLESS)
    assert "Number 3 of this signature within seven days" in text
    assert "The vendor's first word came 1 min after our confirmation" in text
    assert "2 further failed runs are counted above and not listed" in text
    assert "50.000 %" in text


def test_without_an_objective_there_is_no_column_of_a_budget() -> None:
    lines = FORMATS["markdown"](HARMLESS).splitlines()
    head = next(at for at, line in enumerate(lines) if line.startswith("| plane or path |"))
    assert lines[head : head + 3] == [
        "| plane or path | availability | up | impaired | down | unknown | maintenance |",
        "|---|--:|--:|--:|--:|--:|--:|",
        "| Control plane (login) | 50.000 % | 50 s | 0 s | 50 s | 0 s | 0 s |",
    ]


def test_a_hundred_percent_is_only_said_of_all_the_time() -> None:
    assert percent(0.9999999) == "99.999 %"
    assert percent(1.0) == "100.000 %"
    assert percent(None) == "unknown"


@given(st.integers(0, 100_000))
@example(29_000)
@example(57_000)
def test_a_share_of_whole_thousandths_of_a_percent_is_told_as_it_is(thousandths: int) -> None:
    assert percent(thousandths / 100_000) == f"{thousandths / 1000:.3f} %"


def test_a_budget_that_is_spent_to_the_second_is_not_less_than_nothing() -> None:
    assert length(-0.4) == "0 s"
    assert length(-90.0) == "-1 min 30 s"


def test_a_clock_shows_summer_time_and_survives_any_number() -> None:
    assert clock(1782900000.0, "Europe/Berlin") == "2026-07-01 12:00:00"
    assert clock(1e300, "UTC") == "out of range"


def test_the_chart_shows_the_worst_of_each_column_however_short() -> None:
    short = Stay(state=State.DOWN, since=AT + 50.0, until=AT + 50.01)
    stays = (
        Stay(state=State.UP, since=AT, until=AT + 50),
        short,
        Stay(state=State.UP, since=AT + 50.01, until=AT + 100),
    )
    assert columns(stays, HARMLESS, 10).count(State.DOWN) == 1
    assert letters(HARMLESS.services[0].paths[0], HARMLESS) == "." * 36 + "#" * 36


def test_the_chart_shows_maintenance_over_all_else() -> None:
    lane = replace(HARMLESS.services[0].paths[0], resting=((AT + 25.0, AT + 75.0), (AT + 99, 1e12)))
    assert letters(lane, HARMLESS) == "." * 18 + "m" * 36 + "#" * 17 + "m"
    drawn = str(chart(lane, HARMLESS))
    assert 'class="rest" x="180.0" y="0" width="360.0"' in drawn
    assert 'class="rest" x="712.8" y="0" width="7.2"' in drawn

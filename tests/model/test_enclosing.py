"""Which planned work an incident lay in as a whole."""

from dataclasses import replace

import pytest
from made_incidents import an_incident

from probe.model.claim import Owner
from probe.model.incident import Incident
from probe.model.maintenance import Window, enclosing

WEEKLY = Window(service="acme", name="weekly", whose=Owner.OURS, since=100.0, until=200.0)
LOGIN = replace(WEEKLY, paths=("login",))
TROUBLE = an_incident(opened_at=120.0, confirmed_at=126.0, closed_at=180.0, down_s={"login": 50.0})


@pytest.mark.parametrize(
    ("incident", "window", "inside"),
    [
        (TROUBLE, WEEKLY, True),
        (TROUBLE, LOGIN, True),
        (replace(TROUBLE, opened_at=99.0), WEEKLY, False),
        (replace(TROUBLE, closed_at=201.0), WEEKLY, False),
        (replace(TROUBLE, down_s={"login": 50.0, "api": 1.0}), LOGIN, False),
        (replace(TROUBLE, down_s={}), LOGIN, False),
        (replace(TROUBLE, down_s={}), WEEKLY, True),
        (replace(TROUBLE, service="other"), WEEKLY, False),
        (replace(TROUBLE, closed_at=None), WEEKLY, True),
    ],
    ids=[
        "inside",
        "of the path that was down",
        "began before",
        "ended after",
        "another path was down too",
        "no path was down, and the work is on some",
        "no path was down, and the work is on all",
        "another service",
        "open, so far inside",
    ],
)
def test_only_trouble_that_planned_work_covers_whole_lies_in_it(
    incident: Incident, window: Window, *, inside: bool
) -> None:
    assert enclosing(incident, [window], now=150.0) == (window if inside else None)


def test_trouble_that_outlasts_the_work_lies_in_it_no_more() -> None:
    assert enclosing(replace(TROUBLE, closed_at=None), [WEEKLY], now=201.0) is None

"""What the commands show on a terminal."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import singledispatchmethod
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from probe.model.claim import PAGE
from probe.model.event import Claimed, Observed, Posted
from probe.model.incident import Incident
from probe.model.report import IncidentReport
from probe.model.run import Run
from probe.model.state import State, Verdict
from probe.model.status import ServiceStatus
from probe.rehearsing.recording import Recording
from probe.reporting.legible import cut, legible
from probe.reporting.times import full, length, signed
from probe.reporting.words import VERDICTS, Look, look_of, standing
from probe.simulator.scenario import Scenario

VERDICT_COLOURS = {
    Verdict.HEALTHY: "green",
    Verdict.DEGRADED: "yellow",
    Verdict.CONTROL_PLANE_DOWN: "bold magenta",
    Verdict.DATA_PLANE_DOWN: "bold dark_orange",
    Verdict.OUTAGE: "bold red",
    Verdict.UNKNOWN: "grey62",
}
STATE_COLOURS = {
    State.UP: "green",
    State.IMPAIRED: "yellow",
    State.DOWN: "red",
    State.UNKNOWN: "grey62",
}
_BARS = {
    Look.OK: ("▮", "green"),
    Look.SLOW: ("▯", "yellow"),
    Look.BAD: ("▯", "red"),
    Look.BLIND: ("▯", "grey62"),
}
STRIP_RUNS = 16
REFRESH_EVERY_S = 15.0
LONGEST_POST = 100
LISTED_MOVES = 8


class LiveView:
    """A reporter that keeps a table of the paths on the terminal while a scenario plays.

    If the output is not a terminal, the page's address is shown at the start, the table at the end.
    """

    def __init__(self, scenario: Scenario, console: Console) -> None:
        self._scenario = scenario
        self._strips: dict[str, Text] = {}
        self._status: ServiceStatus | None = None
        self._vendor = "nothing yet"
        self._post = ""
        self._address = ""
        self._shown_at = 0.0
        self._now = scenario.starts.timestamp()
        self._console = console
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._live.is_started:
            return
        self._live.update(self._picture(), refresh=True)
        self._live.stop()
        if not self._console.is_terminal:
            self._console.line()  # rich ends the last line only on a terminal

    def started(self, address: str) -> None:
        """Show the page's address."""
        self._address = address
        self._live.start()
        if not self._console.is_terminal:
            self._console.print(self._picture(), soft_wrap=True)

    @singledispatchmethod
    def handle(self, event: object) -> None:
        """Show what `event` changed; other events are ignored."""

    @handle.register
    def _(self, event: Observed) -> None:
        self._status, self._now = event.status, max(self._now, event.run.ended_at)
        self._extend_strip(event.run)
        if self._now - self._shown_at >= REFRESH_EVERY_S:
            self._shown_at = self._now
            self._live.update(self._picture(), refresh=True)

    @handle.register
    def _(self, event: Claimed) -> None:
        if event.claim.component == PAGE:
            self._vendor = f"{event.claim.state} {event.claim.words}".strip()

    @handle.register
    def _(self, event: Posted) -> None:
        post = event.post
        words = " ".join(legible(post.words or post.title).split())
        self._post = f'; {_utc(post.told_at)} {post.stage}: "{cut(words, LONGEST_POST)}"'

    def _extend_strip(self, run: Run) -> None:
        strip = self._strips.get(run.path, Text())
        strip.append(*_BARS[look_of(run.outcome)])
        self._strips[run.path] = strip[-STRIP_RUNS:] if len(strip) > STRIP_RUNS else strip

    def _picture(self) -> RenderableType:
        start, end = self._scenario.starts.timestamp(), self._scenario.ends.timestamp()
        share = min(1.0, max(0.0, (self._now - start) / (end - start)))
        head = Text.assemble(
            (f"{_utc(self._now)}  ", "bold"),
            f"{share:4.0%} of {self._scenario.title}   page: {self._address}",
        )
        if self._status is None:
            return head
        words = standing(self._status).upper(), VERDICT_COLOURS[self._status.verdict]
        findings = ", ".join(sorted(self._status.findings))
        verdict = Text.assemble(words, f"  since {_utc(self._status.since)}  {findings}")
        return Group(head, verdict, self._table(), Text(f"vendor says: {self._vendor}{self._post}"))

    def _table(self) -> Table:
        table = Table("path", "plane", "state", "recent runs", "last failure", expand=False)
        for path in self._status.paths if self._status else ():
            failure = path.last_failure if path.state is not State.UP else None
            table.add_row(
                path.path,
                path.plane,
                Text(path.state, STATE_COLOURS[path.state]),
                self._strips.get(path.path, Text()),
                _failure(failure) if failure else "",
            )
        return table


def _verdict(verdict: Verdict) -> Text:
    """The verdict alone, without the state of a plane that is not down, which may be impaired."""
    return Text(VERDICTS[verdict].upper(), VERDICT_COLOURS[verdict])


def _failure(run: Run) -> str:
    where = f" at {run.failed_step}" if run.failed_step else ""
    phase = f" ({run.failed_phase})" if run.failed_phase else ""
    return escape(f"{run.outcome}{where}{phase}")


def summary(scenario: Scenario, recording: Recording, misses: Iterable[str]) -> RenderableType:
    """When each verdict began, how long after the first fault, and when the vendor said what."""
    faults = [fault.since for fault in scenario.faults if fault.since is not None]
    first = min(faults, default=scenario.starts).timestamp()
    table = Table("UTC", "after the first fault", "verdict", "why", title=escape(scenario.title))
    for change in recording.transitions:
        after = length(change.at - first) if change.at >= first and faults else ""
        table.add_row(_utc(change.at), after, _verdict(change.new), escape(change.reason))
    vendor = Table("UTC", "component", "the vendor's page said", title="The vendor's own word")
    for claim in recording.claims:
        said = f"{claim.state} {claim.words}".strip()
        vendor.add_row(_utc(claim.seen_at), escape(claim.component), escape(said))
    missed = [Text(f"not as expected: {miss}", "red") for miss in misses]
    held = [] if missed else [Text("Every expectation of the scenario held.", "green")]
    parts: list[RenderableType] = [table, *([vendor] if recording.claims else [])]
    return Group(*parts, *incident_lines(recording), *missed, *(held if scenario.expect else []))


def incident_lines(recording: Recording) -> list[RenderableType]:
    """One line per incident."""
    return [
        Text(
            f"incident {incident.id}: {incident.worst}, {len(incident.waves)} wave(s), "
            f"{_lasting(incident, recording.now)}, down: "
            + (", ".join(f"{path} {length(s)}" for path, s in incident.down_s.items()) or "none")
        )
        for incident in recording.incidents.values()
    ]


def _lasting(incident: Incident, now: float) -> str:
    since = _utc(incident.opened_at, day=True)
    lasted = length(incident.end(now) - incident.opened_at)
    if incident.closed_at is None:
        return f"since {since}, still open ({lasted} so far)"
    return f"{since} to {_utc(incident.closed_at, day=True)} ({lasted})"


def history_summary(recording: Recording, runs: Iterable[Run]) -> RenderableType:
    """The verdicts on a recorded history, and the plane that each path was assigned to."""
    table = Table("UTC", "verdict", "why", title=f"{recording.runs} runs judged")
    for change in recording.transitions:
        table.add_row(_utc(change.at, day=True), _verdict(change.new), escape(change.reason))
    planes = {run.path: run.plane for run in runs}
    taken = ", ".join(f"{escape(path)} is of the {plane} plane" for path, plane in planes.items())
    order = f"{taken}: the first path in the file is the login, all others the API"
    return Group(table, *incident_lines(recording), order)


def _utc(seconds: float, *, day: bool = False) -> str:
    form = "%Y-%m-%d %H:%M:%S" if day else "%H:%M:%S"
    return datetime.fromtimestamp(seconds, UTC).strftime(form)


def _moves(incident: Incident) -> Iterator[str]:
    """The first changes of paths' states in `incident`, and how many more there were."""
    for move in incident.moves[:LISTED_MOVES]:
        yield f"{_utc(move.at)} {legible(cut(move.path, 64))} {move.state}"
    if (left := len(incident.moves) - LISTED_MOVES) > 0:
        yield f"{left} more changes of paths"


def listed_incidents(found: Iterable[IncidentReport]) -> Iterator[tuple[Text, Text]]:
    """For each incident, in the order given: its identifier and start; its verdict and facts."""
    for each in found:
        incident, lengths = each.incident, each.lengths
        facts = [
            "still open" if incident.open else length(lengths.first_to_last_bad_s),
            f"down {length(lengths.down_s)}",
            f"{len(incident.waves)} {'wave' if len(incident.waves) == 1 else 'waves'}",
        ]
        if lengths.declared_s is not None:
            facts.append(f"{signed(lengths.declared_s)} as the vendor declares it")
        facts.append(
            f"in planned work: {legible(cut(each.planned, 120))}"
            if each.planned
            else f"number {each.recurrence} of its kind in 7 days"
        )
        facts += _moves(incident)
        head = Text(f"{legible(incident.id)}  {full(incident.opened_at)}", "bold")
        yield head, Text.assemble(_verdict(incident.worst), *(f" | {fact}" for fact in facts))

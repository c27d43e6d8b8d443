"""Whether a replay showed what its scenario expects."""

from collections.abc import Iterator
from datetime import UTC, datetime

from probe.rehearsing.recording import Recording, Snapshot
from probe.simulator.scenario import Expectation, Scenario


def misses(scenario: Scenario, recording: Recording) -> list[str]:
    """Every expectation that did not hold, in words; empty if all held."""
    return [miss for expected in scenario.expect for miss in _misses_of(expected, recording)]


def _misses_of(expected: Expectation, recording: Recording) -> Iterator[str]:
    since, until = expected.since.timestamp(), expected.until.timestamp()
    span = f"{_clock(since)} to {_clock(until)}"
    snapshots = list(recording.between(since, until))
    if not snapshots:
        yield f"{span}: nothing was seen"
        return
    wrong = [snapshot for snapshot in snapshots if snapshot.verdict.value != str(expected.verdict)]
    if wrong:
        at = max(wrong[0].at, since)
        yield f"{span}: expected {expected.verdict}, at {_clock(at)} it was {wrong[0].verdict}"
    found = {finding.value for snapshot in snapshots for finding in snapshot.findings}
    for finding in expected.findings:
        if str(finding) not in found:
            yield f"{span}: {finding} was not found"
    for path, states in expected.paths.items():
        yield from _path_misses(span, path, {str(state) for state in states}, snapshots)


def _path_misses(
    span: str, path: str, allowed: set[str], snapshots: list[Snapshot]
) -> Iterator[str]:
    for snapshot in snapshots:
        state = snapshot.paths.get(path)
        if state is None or state.value not in allowed:
            words = " or ".join(sorted(allowed))
            seen = f"it was {state}" if state else "there was no such path"
            yield f"{span}: expected {path} {words}, at {_clock(snapshot.at)} {seen}"
            return


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S")

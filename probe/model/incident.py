"""A change of verdict, and the incident that holds such changes together."""

from collections.abc import Mapping
from dataclasses import dataclass

from probe.model.state import TROUBLED, Finding, State, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A stored change of verdict.

    `reason` says in words which paths caused it; `causes` names the runs. `first_bad_at` is the
    first failing run behind a troubled verdict, None otherwise.
    """

    service: str
    at: float
    old: Verdict
    new: Verdict
    reason: str
    causes: tuple[str, ...]
    first_bad_at: float | None = None

    @property
    def detection_s(self) -> float | None:
        """Seconds from the first bad run to the confirmed verdict."""
        return None if self.first_bad_at is None else self.at - self.first_bad_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A stretch of trouble inside an incident; `ended_at` is None while it lasts."""

    started_at: float
    ended_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A finding that an incident showed, and when it first did."""

    finding: Finding
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A path's change of state within an incident; `reason` is what its last run showed.

    A change of verdict that was noticed with it is `named` after it.
    """

    path: str
    at: float
    state: State
    reason: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """From the first failing run to a quiet end.

    The onset lies between `last_good_at` (None when no good run was ever seen) and `opened_at`, the
    first bad run. `down_s` sums the confirmed down time of each path, in seconds; `findings` are in
    the order in which they were first seen, `moves` in the order in which they were noticed,
    including those that changed no verdict. `closed_at` is the time of its last bad run,
    `settled_at` when enough quiet had passed to say so.
    """

    id: str
    service: str
    opened_at: float
    confirmed_at: float
    worst: Verdict
    last_good_at: float | None = None
    last_bad_at: float | None = None
    waves: tuple[Wave, ...] = ()
    transitions: tuple[Transition, ...] = ()
    findings: tuple[Sighting, ...] = ()
    moves: tuple[Move, ...] = ()
    down_s: Mapping[str, float]
    signature: str = ""
    closed_at: float | None = None
    settled_at: float | None = None

    @property
    def open(self) -> bool:
        """Whether it has not ended yet."""
        return self.closed_at is None

    def end(self, now: float) -> float:
        """When it ended; `now` while it is open."""
        return now if self.closed_at is None else self.closed_at

    def troubled_until(self, now: float) -> float:
        """When its last path had moved: a recovery is confirmed later than the last bad run."""
        return max([self.end(now), *(move.at for move in self.moves)])

    @property
    def silent_moves(self) -> tuple[Move, ...]:
        """The moves without a change of verdict, whose reason would name them."""
        turned_at = {transition.at for transition in self.transitions}  # of earlier journals
        return tuple(move for move in self.moves if not move.named and move.at not in turned_at)

    def some_down_s(self, until: float) -> float:
        """Seconds up to `until` in which at least one path was down, according to its moves."""
        down: set[str] = set()
        seconds, since = 0.0, self.opened_at
        for move in sorted(self.moves, key=lambda move: move.at):
            at = min(max(move.at, since), until)
            seconds += at - since if down else 0.0
            since = at
            (down.add if move.state is State.DOWN else down.discard)(move.path)
        return seconds + (until - since if down else 0.0)

    @property
    def failing(self) -> frozenset[str]:
        """The paths that were impaired or down when they were last known."""
        known = {move.path: move.state for move in self.moves if move.state is not State.UNKNOWN}
        return frozenset(path for path, state in known.items() if state in TROUBLED)

"""The queries of reports, made beside the daemon over a read-only connection."""

import json
import math
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Final, Self

from probe.model.outcome import Outcome
from probe.model.run import Run
from probe.model.state import State
from probe.reporting.journal import opening
from probe.reporting.journal.errors import readable
from probe.reporting.journal.queries import Queries
from probe.reporting.journal.retention import HOUR_S
from probe.reporting.journal.rows import RUN
from probe.reporting.journal.schema import FAILED

UNKNOWN_RESTS_S: Final = 7 * 86_400.0
"""An unknown path that is still configured is run again sooner, whatever it waits for."""

_WATCHED: Final = "path IN (SELECT DISTINCT path FROM states WHERE service = ?)"
"""The service's own paths: the vendor's page, which is recorded like one, has no states."""

_LIVES: Final = (
    "SELECT path, (SELECT min(since) FROM states WHERE service = newest.service "
    "AND path = newest.path), state, until, (SELECT max(ended_at) FROM runs "
    "WHERE service = newest.service AND path = newest.path) FROM states AS newest "
    "WHERE service = ? AND since = (SELECT max(since) FROM states "
    "WHERE service = newest.service AND path = newest.path)"
)


class ReportQueries(Queries):
    """The journal, read only."""

    @classmethod
    def open(cls, file: Path) -> Self:
        """Open `file`.

        Raises:
            JournalError: it is missing, unreadable or no journal of this format.
        """
        return cls(file, opening.for_reading(file))

    def lives(self, service: str) -> dict[str, tuple[float, float]]:
        """From when until when each path belonged to the service, as far as can be known.

        A path that still belongs becomes unknown when its evidence ends: if it did not, and another
        one was run afterwards, it was removed. So was an unknown one that was not run for a week in
        which another one was.
        """
        rows = self._rows(_LIVES, (service,))
        last_run = {path: ran for path, _, _, _, ran in rows if ran is not None}
        lives = {}
        for path, began, state, until, _ in rows:
            rests_s = UNKNOWN_RESTS_S if state == State.UNKNOWN else 0.0
            seen = max(until, last_run.get(path, until)) if rests_s else until
            left = any(ran > seen + rests_s for other, ran in last_run.items() if other != path)
            lives[path] = began, seen if left else math.inf
        return lives

    def failures(self, service: str, since: float, until: float, each: int) -> list[Run]:
        """The first `each` failed runs of every path and outcome, in order."""
        return self._all(
            RUN,
            "SELECT document FROM runs WHERE number IN (SELECT number FROM ("  # noqa: S608 - literals
            "SELECT number, row_number() OVER (PARTITION BY path, outcome ORDER BY ended_at) "
            "AS nth FROM runs INDEXED BY failed_runs "
            f"WHERE service = ? AND {_WATCHED} AND ended_at >= ? AND ended_at < ? "
            f"AND {FAILED}) WHERE nth <= ?) ORDER BY ended_at",
            (service, service, since, until, each),
        )

    def failed(
        self, service: str, since: float, until: float, spared: Collection[str]
    ) -> dict[str, list[tuple[float, float]]]:
        """When runs of each path ended with an outcome not in `spared`, in order.

        For pruned runs, the whole hours that had some. `spared` must contain `ok` and `slow`.
        """
        times: dict[str, list[tuple[float, float]]] = defaultdict(list)
        hours = (int(since // HOUR_S), math.ceil(until / HOUR_S))
        outcomes = json.dumps(sorted(spared))
        rows = self._rows(
            "SELECT path, ended_at AS began, ended_at FROM runs INDEXED BY failed_runs "  # noqa: S608 - literals
            "WHERE service = ? AND ended_at >= ? AND ended_at < ? "
            f"AND {FAILED} "
            "AND outcome NOT IN (SELECT value FROM json_each(?)) "
            "UNION ALL SELECT path, hour * ?, (hour + 1) * ? FROM hours WHERE service = ? "
            "AND hour >= ? AND hour < ? "
            "AND outcome NOT IN (SELECT value FROM json_each(?)) ORDER BY began",
            (
                *(service, since, until, outcomes),
                *(HOUR_S, HOUR_S, service, *hours, outcomes),
            ),
        )
        for path, began, ended in rows:
            times[path].append((began, ended))
        return times

    def outcomes(self, service: str, since: float, until: float) -> dict[str, dict[Outcome, int]]:
        """How many runs of each path had which outcome; pruned ones count by whole hours."""
        counts: dict[str, dict[Outcome, int]] = defaultdict(dict)
        hours = (int(since // HOUR_S), math.ceil(until / HOUR_S))
        rows = self._rows(
            "SELECT path, outcome, sum(runs) FROM ("  # noqa: S608 - literals
            "SELECT path, outcome, count(*) AS runs FROM runs INDEXED BY runs_of_path "
            f"WHERE service = ? AND {_WATCHED} "
            "AND ended_at >= ? AND ended_at < ? GROUP BY path, outcome "
            "UNION ALL SELECT path, outcome, sum(runs) FROM hours "
            f"WHERE service = ? AND {_WATCHED} "
            "AND hour >= ? AND hour < ? GROUP BY path, outcome) "
            "GROUP BY path, outcome ORDER BY path, outcome",
            (service, service, since, until, service, service, *hours),
        )
        with readable(self._file):
            for path, outcome, runs in rows:
                counts[path][Outcome(outcome)] = runs
        return dict(counts)

"""A recorded history as runs: CSV with `time_utc, service, up, http_code, ms`.

A time without a zone is UTC, as its column says.
The two series of such a file become the planes of one service, in the order in which they first
appear: the first is `control`, all others are `data`.
"""

import csv
import operator
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, TextIO

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.types import LONGEST_S, Name
from probe.model.errors import UserError
from probe.model.http_status import SERVER_ERROR
from probe.model.outcome import Outcome
from probe.model.run import Evidence, Run, StepResult
from probe.model.state import Plane

SERVICE = "history"
YEARS: Final = range(1970, 9000)
"""Later times leave no room for those that are derived from them."""

LONGEST_MS: Final = 86_400_000
SHORTEST_S: Final = 1.0
"""No path is probed more often."""
MOST_LINES: Final = 5_000_000
_LONGEST_LINE: Final = 2**20
_OUT_OF_YEARS: Final = "years"


class HistoryError(UserError):
    """The file is not such a history; the text names the line and what is wrong."""


def _in_utc(time: datetime) -> datetime:
    moment = time if time.tzinfo else time.replace(tzinfo=UTC)
    if moment.year not in YEARS or moment.timestamp() < 0:  # 1970 began later in some zones
        raise PydanticCustomError(_OUT_OF_YEARS, f"the years are {YEARS[0]} to {YEARS[-1]}")
    return moment


def _or_zero(text: object) -> object:
    """Cells are empty if no answer came: no status, and after no time."""
    return 0 if text == "" else text


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")

    time_utc: Annotated[datetime, AfterValidator(_in_utc)]
    service: Name
    up: bool
    http_code: Annotated[int, BeforeValidator(_or_zero)] = Field(ge=0, le=599)
    ms: Annotated[float, BeforeValidator(_or_zero)] = Field(ge=0, le=LONGEST_MS)


COLUMNS: Final = tuple(_Row.model_fields)
_WANTED: Final = {
    "time_utc": "a time, as 2026-03-02T11:49:00Z",
    "up": "1 or 0",
    "http_code": "a status up to 599; nothing, or 0, where no answer came",
    "ms": "milliseconds or nothing, a day of them at most",
}
_LONGEST_CELL: Final = 40


def read_history(file: Path) -> list[Run]:
    """The runs in `file`, in the order of their time.

    Raises:
        HistoryError: it cannot be read, or a line is wrong.
    """
    planes: dict[str, Plane] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = _rows(file, csv.DictReader(_lines(file, stream)))
            runs = [_run(number, row, planes) for number, row in enumerate(rows)]
    except OSError as error:
        raise HistoryError(f"{file}: cannot be read: {error.strerror}; name a CSV file") from error
    except UnicodeDecodeError as error:
        raise HistoryError(f"{file}: is not UTF-8 text; save it as CSV in UTF-8") from error
    if not runs:
        raise HistoryError(f"{file}: holds no rows; it needs {','.join(COLUMNS)}")
    return sorted(runs, key=lambda run: run.ended_at)


def _lines(file: Path, stream: TextIO) -> Iterator[str]:
    """The lines of `stream`, which may have no end, as a device has none."""
    number = 0
    while line := stream.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            size = f"{_LONGEST_LINE // 2**20} MiB"
            raise HistoryError(f"{file}:{number}: is longer than {size}; name a CSV file")
        if number > MOST_LINES:
            raise HistoryError(f"{file}: has more than {MOST_LINES:,} lines; give a part of it")
        yield line


def _rows(file: Path, reader: "csv.DictReader[str]") -> Iterator[_Row]:
    try:
        given = COLUMNS if reader.fieldnames is None else reader.fieldnames
        if lacking := [name for name in COLUMNS if name not in given]:
            problem = f"lacks {', '.join(lacking)}; it needs {','.join(COLUMNS)}"
            raise HistoryError(f"{file}:1: {problem}")
        for row in reader:
            if any(beyond := row.pop(reader.restkey, ())):
                problem = f"has more cells than the first line: {_cut(','.join(beyond))}"
                raise HistoryError(f"{file}:{reader.line_num}: {problem} has no column")
            yield _Row.model_validate(row)
    except csv.Error as error:
        raise HistoryError(f"{file}:{reader.reader.line_num}: {error}") from error
    except ValidationError as error:
        problem = _problem(error.errors()[0])
        raise HistoryError(f"{file}:{reader.line_num}: {problem}") from error


def _problem(first: ErrorDetails) -> str:
    column = str(first["loc"][0])
    if first["input"] is None:
        return f"{column}: is missing; a row has {','.join(COLUMNS)}"
    if column not in _WANTED or first["type"] == _OUT_OF_YEARS:
        return f"{column}: {first['msg']}"
    return f"{column}: should be {_WANTED[column]}; here it is {_cut(first['input'])}"


def _cut(cell: object) -> str:
    shown = repr(cell)
    return shown if len(shown) <= _LONGEST_CELL else f"{shown[:_LONGEST_CELL]}..."


def _run(number: int, row: _Row, planes: dict[str, Plane]) -> Run:
    """The run of `row`; a path that is not in `planes` yet is added to them."""
    outcome = _outcome(row)
    duration = row.ms / 1000
    step = StepResult(
        name="request",
        outcome=outcome,
        duration_s=duration,
        evidence=Evidence(status=row.http_code or None),
    )
    return Run(
        id=f"row-{number}",
        service=SERVICE,
        path=row.service,
        plane=planes.setdefault(row.service, Plane.DATA if planes else Plane.CONTROL),
        started_at=row.time_utc.timestamp(),
        duration_s=duration,
        outcome=outcome,
        failed_step=None if outcome.succeeded else step.name,
        steps=(step,),
    )


def _outcome(row: _Row) -> Outcome:
    if row.up:
        return Outcome.OK
    if row.http_code == 0:
        return Outcome.CONNECT_FAILED
    return Outcome.SERVER_ERROR if row.http_code in SERVER_ERROR else Outcome.UNEXPECTED_STATUS


def service_of(runs: list[Run]) -> Service:
    """The service of `runs`, each path with the interval at which it was mostly sampled."""
    planes = {run.path: run.plane for run in runs}
    starts: dict[str, list[float]] = {path: [] for path in planes}
    for run in runs:
        starts[run.path].append(run.started_at)
    return Service(
        name=SERVICE,
        paths=tuple(
            ProbePath.model_validate(
                {
                    "name": name,
                    "plane": plane.value,
                    "interval": _interval(starts[name]),
                    "steps": [{"request": "GET http://history.invalid/"}],
                }
            )
            for name, plane in planes.items()
        ),
    )


def _interval(starts: list[float]) -> float:
    """The median gap; shorter ones than SHORTEST_S, as between several places, do not count."""
    gaps: list[float] = list(map(operator.sub, starts[1:], starts))
    if not gaps:
        return 60.0
    paced = sorted(gap for gap in gaps if gap >= SHORTEST_S) or [SHORTEST_S]
    return min(paced[len(paced) // 2], LONGEST_S)

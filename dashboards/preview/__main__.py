"""Plays scenarios, lets a real Prometheus remember them, and draws every dashboard.

The dashboards are drawn on 2 March; beside it stand other scenarios, moved to that day, so that
the Overview has more than one service to show. Run it with the folder of the tests on the path.
"""

import logging
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from processes import CHECKOUT
from recorded_history import HERE, STANDIN, Place, record, remembering

from dashboards.preview.drawing import FOLDER, DrawingError, Picture, draw
from probe.config.shipped import shipped
from probe.reporting.log import configure
from probe.simulator.scenario import load_scenario

MARCH: Final = "2026-03-02"
SPLIT: Final = datetime(2026, 3, 2, 12, 36, tzinfo=UTC)
SPREAD: Final = datetime(2026, 3, 2, 14, 7, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another scenario, of which `moment` is to be seen while 2 March is split."""

    scenario: str
    moment: datetime


NEIGHBOURS: Final = (
    Neighbour("auth-cascade", datetime(2026, 3, 5, 9, 56, tzinfo=UTC)),
    Neighbour("inverse-split", datetime(2026, 3, 6, 14, 56, tzinfo=UTC)),
    Neighbour("throttled-usage", datetime(2026, 3, 9, 9, 45, tzinfo=UTC)),
    Neighbour("quiet-day", datetime(2026, 3, 4, 2, 0, tzinfo=UTC)),
)
ALL: Final = tuple(sorted([STANDIN, *(each.scenario for each in NEIGHBOURS)]))


def pictures() -> dict[Path, Picture]:
    """Every picture by its file."""
    late = {
        name: Picture(
            dashboard=dashboard,
            end=SPREAD.timestamp(),
            hours=3,
            services=(STANDIN,),
            variables=chosen,
        )
        for name, dashboard, chosen in (
            ("service", "service", {}),
            ("path", "path", {"service": STANDIN, "path": "login"}),
            ("stream", "path", {"service": STANDIN, "path": "api_stream"}),
            ("self", "self", {"instance": HERE.instance}),
        )
    }
    end = SPLIT.timestamp()
    folded = Picture(dashboard="overview", end=end, hours=1, services=ALL, folded=True)
    opened = Picture(dashboard="overview", end=end, hours=1, services=(STANDIN,))
    return {
        CHECKOUT / "docs" / "overview.png": folded,
        FOLDER / "overview.png": opened,
        **{FOLDER / f"{name}.png": picture for name, picture in late.items()},
    }


def remember(file: Path) -> None:
    """Record 2 March and its neighbours."""
    record(load_scenario(shipped(f"scenarios/{MARCH}.yaml")), file)
    for neighbour in NEIGHBOURS:
        scenario = load_scenario(shipped(f"scenarios/{neighbour.scenario}.yaml"))
        cut = scenario.model_copy(update={"ends": min(scenario.ends, neighbour.moment)})
        later_s = (SPLIT - neighbour.moment).total_seconds()
        record(cut, file, Place(neighbour.scenario, f"{neighbour.scenario}:9632", later_s))


def main() -> None:
    """Draw all pictures."""
    configure(level=logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        history = Path(name, "history.txt")
        remember(history)
        with remembering(history, Path(name)) as address:
            for file, picture in pictures().items():
                draw(picture, address, file)
                print(file.relative_to(CHECKOUT))  # noqa: T201 - says where to look


if __name__ == "__main__":
    try:
        main()
    except DrawingError as error:
        sys.exit(str(error))

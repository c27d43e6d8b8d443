"""The dashboards as the files that are checked in."""

import json
from pathlib import Path
from typing import Final

from dashboards.source.frame import build
from dashboards.source.overview import OVERVIEW
from dashboards.source.own import SELF
from dashboards.source.path import OF_ONE_PATH
from dashboards.source.service import OF_SERVICE

FOLDER: Final = Path(__file__).parents[1] / "json"
BOARDS: Final = (OVERVIEW, OF_SERVICE, OF_ONE_PATH, SELF)


def texts() -> dict[str, str]:
    """Each file's text by its name."""
    return {
        f"{board.name}.json": json.dumps(build(board), indent=2, ensure_ascii=False) + "\n"
        for board in BOARDS
    }

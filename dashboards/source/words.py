"""What people read: each number that a query may give has a word, and a colour goes with it.

Purple means the split and nothing else, dark where the other plane is not up; a colour never
stands without its word.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.models import dashboard as model

GREEN: Final = "#3d9a50"
YELLOW: Final = "#c9a227"
PURPLE: Final = "#8f3bb8"
DARK_PURPLE: Final = "#5e2479"
ORANGE: Final = "#e0752d"
DARK_ORANGE: Final = "#a34f17"
RED: Final = "#c4162a"
GREY: Final = "#6b7078"
BLUE: Final = "#3274d9"


@dataclass(frozen=True, slots=True)
class Word:
    """A label's value, the number that stands for it, and how people are to read it."""

    value: str
    code: int
    text: str
    colour: str


VERDICTS: Final = (
    Word("healthy", 0, "HEALTHY", GREEN),
    Word("degraded", 1, "DEGRADED", YELLOW),
    Word("control_plane_down", 2, "LOGIN DOWN · API UP", PURPLE),
    Word("data_plane_down", 5, "API DOWN · LOGIN UP", ORANGE),
    Word("outage", 8, "OUTAGE", RED),
    Word("unknown", 9, "UNKNOWN", GREY),
)
"""From best to worst: where two daemons stand at one location, the lower code is believed."""

STANDINGS: Final = (
    *VERDICTS,
    Word("control_plane_down", 3, "LOGIN DOWN · API IMPAIRED", DARK_PURPLE),
    Word("control_plane_down", 4, "LOGIN DOWN · API IN MAINTENANCE", DARK_PURPLE),
    Word("data_plane_down", 6, "API DOWN · LOGIN IMPAIRED", DARK_ORANGE),
    Word("data_plane_down", 7, "API DOWN · LOGIN IN MAINTENANCE", DARK_ORANGE),
)
"""The verdicts, those that one plane is down with how the other one stands: who is not down need
not be up."""
IMPAIRED_ADDS: Final = 1
MAINTENANCE_ADDS: Final = 2
"""To the code of a verdict that one plane is down, where the other one is not up."""

STATES: Final = (
    Word("up", 0, "UP", GREEN),
    Word("impaired", 1, "IMPAIRED", YELLOW),
    Word("down", 2, "DOWN", RED),
    Word("unknown", 3, "UNKNOWN", GREY),
    Word("maintenance", 4, "MAINTENANCE", BLUE),
)

CLAIMS: Final = (
    Word("operational", 10, "says operational", GREEN),
    Word("under_maintenance", 11, "says maintenance", BLUE),
    Word("degraded_performance", 12, "says degraded", YELLOW),
    Word("partial_outage", 13, "says partial outage", ORANGE),
    Word("major_outage", 14, "says major outage", RED),
    Word("unknown", 15, "page not read", GREY),
)
"""Their codes are not those of a verdict, so that both may stand in one panel."""

RAW: Final = (
    Word("failed", 20, "FAILED", RED),
    Word("succeeded", 21, "OK", GREEN),
)

PRESENCE: Final = (Word("gone", 0, "GONE", RED), Word("running", 1, "RUNNING", GREEN))
RELOADS: Final = (Word("refused", 0, "REFUSED", RED), Word("accepted", 1, "ACCEPTED", GREEN))
NETWORK: Final = (Word("cut", 0, "CUT OFF", RED), Word("reaches", 1, "REACHABLE", GREEN))
AGREEMENT: Final = (
    Word("agrees", 0, "AGREES", GREEN),
    Word("disagrees", 1, "DISAGREES", ORANGE),
)
NO_ANSWER: Final = Word("none", 0, "NO ANSWER", GREY)
NONE: Final = Word("none", 0, "NONE", GREEN)


def code_of(words: Iterable[Word], value: str) -> int:
    """The number that stands for `value`."""
    return next(word.code for word in words if word.value == value)


def mappings(*vocabularies: Iterable[Word]) -> list[model.ValueMapping]:
    """Grafana's value mappings, in the order of the words."""
    results = {
        str(word.code): model.ValueMappingResult(text=word.text, color=word.colour, index=index)
        for index, word in enumerate(word for words in vocabularies for word in words)
    }
    return [model.ValueMap(options=results)]

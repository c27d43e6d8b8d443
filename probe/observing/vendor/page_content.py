"""What one document of a status page says, in any format; and safe ways to read foreign JSON.

Every part of such a document may be missing, of another type, endless, or malicious.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from probe.model import iso_date
from probe.model.claim import ClaimState, Stage

MOST_COMPONENTS: Final = 20
MOST_INCIDENTS: Final = 20
MOST_UPDATES: Final = 50
LONGEST_TITLE: Final = 200
LONGEST_WORDS: Final = 500
_LONGEST_ID: Final = 64

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the page says of one component; `bears_at` is the time that it gives.

    `absent` is whether it has no such component.
    """

    state: ClaimState
    bears_at: float | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What the vendor wrote under an incident at one time."""

    id: str
    stage: Stage
    bears_at: float | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A vendor's incident, or a maintenance, whose `ends_at` may be planned.

    `named` are the ids of the components that it names; `updates` are oldest first.
    """

    id: str
    title: str
    stage: Stage
    began_at: float | None
    ends_at: float | None = None
    named: frozenset[str] = frozenset()
    updates: tuple[Update, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContent:
    """All that one document says. `components` are by id, `names` are the page's own for them."""

    page: Statement | None = None
    components: Mapping[str, Statement] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    maintenances: tuple[Incident, ...] = ()


def fields(value: object) -> Fields:
    """An object; empty if it is not one."""
    return value if isinstance(value, dict) else {}


def items(value: object, most: int) -> Iterator[Fields]:
    """The objects of a list, at most `most` of them; none if it is not a list."""
    listed = value if isinstance(value, list) else ()
    return islice((item for item in listed if isinstance(item, dict)), most)


def key(value: object) -> str:
    """An id as the page gives it; empty if there is none."""
    return plain(value, _LONGEST_ID)


def plain(value: object, longest: int) -> str:
    """A text on one line, without unprintable characters, cut; empty if it is not one."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return "".join(character for character in text if character.isprintable())[:longest]


def instant(value: object) -> float | None:
    """Seconds since the epoch; pages use many time zones."""
    return iso_date.parse(value) if isinstance(value, str) else None


def stage(value: object) -> Stage:
    """A stage, from Statuspage's word for it."""
    known = isinstance(value, str) and value in list(Stage) and value != Stage.GONE
    return Stage(str(value)) if known else Stage.UNKNOWN

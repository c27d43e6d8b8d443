"""What the journal remembers of a service for the reporters that show and compare it."""

from dataclasses import dataclass

from probe.config.service import Service
from probe.config.vendor import PAGE_PATH
from probe.model.claim import Account, Claim, Maintenance, Post
from probe.model.incident import Incident
from probe.model.run import Run
from probe.reporting.journal.store import Journal

SHOWN_RUNS = 60
SHOWN_POSTS = 60
WORDS_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """One service's past.

    `standing` is the vendor's last claim about each component, `claims` and `posts` are its newest
    words; `incidents` are newest first, `announced` is all that was ever said of work that may
    still last, and everything else is oldest first.
    """

    service: str
    runs: tuple[Run, ...]
    incidents: tuple[Incident, ...]
    standing: tuple[Claim, ...]
    claims: tuple[Claim, ...]
    posts: tuple[Post, ...]
    maintenances: tuple[Maintenance, ...]
    announced: tuple[Maintenance, ...]
    accounts: tuple[Account, ...]


def recollect(service: Service, journal: Journal, now: float) -> Recollection:
    """Read the past of `service`; blocks.

    Raises:
        JournalError: the file cannot be read.
    """
    name = service.name
    claims, posts = journal.words(name, limit=WORDS_KEPT)
    return Recollection(
        service=name,
        runs=tuple(
            run
            for path in (*(path.name for path in service.paths), PAGE_PATH)
            for run in journal.recent_runs(name, path, SHOWN_RUNS)
        ),
        incidents=tuple(journal.incidents(service=name)),
        standing=tuple(journal.claims(name)),
        claims=tuple(claims),
        posts=tuple(posts),
        maintenances=tuple(journal.maintenances(name)),
        announced=tuple(journal.announcements(name, now)),
        accounts=tuple(journal.accounts(name)[::-1]),
    )

"""A reporter that compares the vendor's words with our verdict and reports how they differ.

It gets all events and answers with events of its own: it cannot change a verdict.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from probe.config.service import Service
from probe.config.settings import Settings
from probe.judging.vendor import SpeaksFor, account_of, contradictions
from probe.model import event as events
from probe.model.claim import Claim, ClaimState, Comparison, Post
from probe.model.incident import Incident
from probe.model.status import ServiceStatus
from probe.running.remembering.recollection import WORDS_KEPT, Recollection


@dataclass(slots=True)
class _Case:
    """What both sides said of one service."""

    speaks_for: SpeaksFor
    said: dict[str, ClaimState] = field(default_factory=dict)
    claims: deque[Claim] = field(default_factory=lambda: deque(maxlen=WORDS_KEPT))
    posts: deque[Post] = field(default_factory=lambda: deque(maxlen=WORDS_KEPT))
    status: ServiceStatus | None = None
    incident: Incident | None = None
    comparison: Comparison | None = None

    def hear(self, word: Claim | Post) -> None:
        if isinstance(word, Post):
            self.posts.append(word)
        else:
            self.claims.append(word)
            self.said[word.component] = word.state

    def follow(self, incident: Incident) -> None:
        """Take the newest incident: it grows, ends, and is followed by another."""
        if self.incident is None or incident.opened_at >= self.incident.opened_at:
            self.incident = incident

    def compared(self, service: str) -> Comparison:
        contradicting = frozenset[str]()
        if self.status is not None:
            contradicting = contradictions(self.status, self.said, self.speaks_for)
        account = None
        if self.incident is not None:
            account = account_of(self.incident, self.claims, self.posts, self.speaks_for)
        return Comparison(service=service, contradicting=contradicting, account=account)


class Comparing:
    """One case for every service with a status page."""

    def __init__(self, settings: Settings, report: Callable[[events.Event], None]) -> None:
        self._report = report
        self._cases: dict[str, _Case] = {}
        self.adopt(settings)

    def adopt(self, settings: Settings) -> None:
        """Follow a new configuration; what was said of services that stay is kept.

        The comparison is made and reported again: its readers may have lost the old one.
        """
        old, self._cases = self._cases, {}
        for service in settings.services:
            if service.status_page is not None:
                case = old.get(service.name) or _Case(speaks_for={})
                case.speaks_for = _speaks_for(service)
                case.status = case.comparison = None
                self._cases[service.name] = case

    def seed(self, past: Recollection) -> None:
        """Take over what the journal remembers, unless more is known already."""
        case = self._cases.get(past.service)
        if case is None or case.claims or case.posts:
            return
        for claim in past.claims:
            case.hear(claim)
        for post in past.posts:
            case.hear(post)
        for incident in past.incidents[:1]:
            case.follow(incident)

    def handle(self, event: events.Event) -> None:
        """Handle an event, and report what it changes between the vendor's words and ours."""
        match event:
            case events.Claimed(claim=claim):
                self._hear(claim)
            case events.Posted(post=post):
                self._hear(post)
            case events.IncidentUpdated(incident=incident, status=status):
                self._follow(incident, status)
            case _ if isinstance(event, events.StatusEvent):
                self._hold(event.status)

    def _hear(self, word: Claim | Post) -> None:
        if case := self._cases.get(word.service):
            case.hear(word)
            self._compare(word.service, case)

    def _follow(self, incident: Incident, status: ServiceStatus) -> None:
        if case := self._cases.get(incident.service):
            case.status = status
            case.follow(incident)
            self._compare(incident.service, case)

    def _hold(self, status: ServiceStatus) -> None:
        """Compare again only if something changed that a comparison looks at."""
        case = self._cases.get(status.service)
        if case is None:
            return
        before, case.status = case.status, status
        if before is None or _shape(before) != _shape(status):
            self._compare(status.service, case)

    def _compare(self, service: str, case: _Case) -> None:
        comparison = case.compared(service)
        if comparison != case.comparison:
            case.comparison = comparison
            self._report(events.Compared(comparison=comparison))


def _speaks_for(service: Service) -> SpeaksFor:
    return {component.name: component.paths for component in service.components.values()}


def _shape(status: ServiceStatus) -> tuple[object, ...]:
    return status.verdict, *((path.state, path.maintenance) for path in status.paths)

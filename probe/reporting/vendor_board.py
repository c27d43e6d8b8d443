"""The vendors' side of the picture: what their pages last said, and how that compares with us."""

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from probe.model import event as events
from probe.model.claim import Account, Maintenance, Owner, Post
from probe.model.status import PathStatus
from probe.reporting.picture import VendorView

POSTS_KEPT: Final = 20
ACCOUNTS_KEPT: Final = 100


@dataclass(slots=True)
class _Side:
    """What is known of one vendor; `works` by id, the newest announcement last."""

    page: PathStatus | None = None
    posts: deque[Post] = field(default_factory=lambda: deque(maxlen=POSTS_KEPT))
    works: dict[str, Maintenance] = field(default_factory=dict)
    contradicting: frozenset[str] = frozenset()


class VendorBoard:
    """Takes the events about status pages, gives views. Services without a page have no side."""

    def __init__(self) -> None:
        self._sides: dict[str, _Side] = {}
        self._accounts: dict[str, Account] = {}

    def adopt(self, services: Collection[str]) -> None:
        """Show the pages of `services`; what is known of names that stayed is kept."""
        self._sides = {name: self._sides.get(name) or _Side() for name in services}

    def seed(
        self,
        *,
        posts: Iterable[Post] = (),
        maintenances: Iterable[Maintenance] = (),
        accounts: Iterable[Account] = (),
    ) -> None:
        """Add what the journal holds, oldest first."""
        for post in posts:
            self._post(post)
        for maintenance in maintenances:
            self._announce(maintenance)
        for account in accounts:
            self._settle(account)

    def handle(self, event: events.Event) -> None:
        """Take in what a page said."""
        match event:
            case events.Posted(post=post):
                self._post(post)
            case events.Announced(maintenance=maintenance):
                self._announce(maintenance)
            case events.PageRead(status=status):
                if side := self._sides.get(status.service):
                    side.page = status
            case events.Compared(comparison=comparison):
                if side := self._sides.get(comparison.service):
                    side.contradicting = comparison.contradicting
                    if comparison.account is not None:
                        self._settle(comparison.account)

    def page(self, service: str) -> PathStatus | None:
        """How the page of a service was last read."""
        side = self._sides.get(service)
        return None if side is None else side.page

    def view(self, service: str) -> VendorView:
        """What is shown of a service's vendor: the newest words first."""
        side = self._sides.get(service) or _Side()
        return VendorView(
            posts=tuple(reversed(side.posts)),
            maintenances=tuple(work for work in side.works.values() if not work.stage.over),
            contradicting=side.contradicting,
        )

    def accounts(self) -> dict[str, Account]:
        """By incident, when its vendor acknowledged and resolved it."""
        return {**self._accounts}

    def _post(self, post: Post) -> None:
        side = self._sides.get(post.service)
        if side is not None and post not in side.posts:
            side.posts.append(post)

    def _announce(self, maintenance: Maintenance) -> None:
        side = self._sides.get(maintenance.service)
        if side is not None and maintenance.whose is Owner.VENDOR:
            side.works.pop(maintenance.id, None)
            side.works[maintenance.id] = maintenance
            for oldest in list(side.works)[:-POSTS_KEPT]:
                del side.works[oldest]

    def _settle(self, account: Account) -> None:
        self._accounts[account.incident] = account
        for oldest in list(self._accounts)[:-ACCOUNTS_KEPT]:
            del self._accounts[oldest]

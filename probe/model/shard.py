"""One part of the services, when several processes share a configuration."""

from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Part `index` of `count`, numbered from 0."""

    index: int
    count: int

    def keeps(self, service: str) -> bool:
        """Whether `service` belongs to this part: each belongs to exactly one.

        When a part is added, a service stays where it was or goes to the new one.
        """
        return self.index == max(range(self.count), key=lambda index: _claim(service, index))

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


WHOLE = Shard(index=0, count=1)


def _claim(service: str, index: int) -> bytes:
    """How strongly a part claims a service (rendezvous hashing: the strongest claim wins)."""
    return blake2b(f"{index}/{service}".encode(), digest_size=8).digest()

"""A configuration shared by several processes: each runs its shard, at its own address."""

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import PydanticCustomError

from probe.config.addresses import host_and_port
from probe.config.service import Service
from probe.config.settings import Listen, Settings
from probe.model.errors import UserError
from probe.model.shard import WHOLE, Shard


class ShareError(UserError):
    """What was given names no part or no address; the message says what would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one process takes of a configuration. `listen` replaces the file's."""

    shard: Shard = WHOLE
    listen: Listen | None = None

    def of(self, settings: Settings) -> Settings:
        """This share of `settings`; a journal has one writer, so each shard has its own file."""
        changes: dict[str, object] = {"listen": self.listen} if self.listen else {}
        if self.shard != WHOLE:
            changes["services"] = tuple(filter(self._keeps, settings.services))
            changes["journal"] = settings.journal and self._own(settings.journal)
        return settings.model_copy(update=changes)

    def _keeps(self, service: Service) -> bool:
        return self.shard.keeps(service.name)

    def _own(self, journal: Path) -> Path:
        """Without the count: when a shard is added, services that stay put keep their past."""
        return journal.with_stem(f"{journal.stem}-{self.shard.index}")


def journals_of_shards(journal: Path) -> list[Path]:
    """The files that shards have made in place of `journal`."""
    name = re.compile(rf"{re.escape(journal.stem)}-\d+{re.escape(journal.suffix)}")
    return sorted(file for file in journal.parent.glob("*-*") if name.fullmatch(file.name))


EVERYTHING = Share()


def share(shard: str, listen: str) -> Share:
    """Parse `1/2`, the second of two shards, and `127.0.0.1:9633`; either may be empty.

    Raises:
        ShareError: one of them is malformed.
    """
    return Share(shard=_shard(shard) if shard else WHOLE, listen=_listen(listen))


def _shard(text: str) -> Shard:
    match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text, re.ASCII)
    if match is None:
        raise ShareError(f"--shard {text}: a shard is I/N, as 0/2 and 1/2 where two share the work")
    index, count = int(match[1]), int(match[2])
    if index >= count:
        raise ShareError(f"--shard {text}: shards are numbered from 0, the last of N is N-1/N")
    return Shard(index=index, count=count)


def _listen(text: str) -> Listen | None:
    if not text:
        return None
    try:
        host, port = host_and_port(text)
    except PydanticCustomError as problem:
        raise ShareError(f"--listen {text}: {problem}") from None
    return Listen(host=host, port=port)

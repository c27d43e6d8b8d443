"""The canaries that show whether our own network works, and what they must answer."""

import re
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, model_validator
from pydantic_core import PydanticCustomError

from probe.config.addresses import check_url, ip_version
from probe.config.transaction.expectations import Statuses, StatusSet
from probe.config.types import Model, Plain

_HOST: Final = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)"
_TCP: Final = re.compile(rf"tcp://{_HOST}:([0-9]{{1,5}})")
_DNS: Final = re.compile(rf"dns://{_HOST}(?::([0-9]{{1,5}}))?/[A-Za-z0-9._-]+")
_HIGHEST_PORT: Final = 65535
_NO_CONTENT: Final = StatusSet(ranges=((204, 204),))


class Canary(Model):
    """A canary. `status` and `contains` apply only to URLs."""

    url: Plain
    """`tcp://host:port`, `dns://resolver/name` or a URL. One that ends in `generate_204` must
    answer 204.
    """
    status: Statuses = StatusSet(ranges=((200, 299),))
    """The status that a URL must answer with."""
    contains: Plain | None = None
    """A text that its body must contain."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        check_canary(self.url)
        if self.kind in {"tcp", "dns"} and self.model_fields_set != {"url"}:
            raise PydanticCustomError("canary", "status and contains belong to an http canary")
        return self

    @property
    def kind(self) -> str:
        """The scheme of its URL: `tcp`, `dns`, `http` or `https`."""
        return self.url.partition("://")[0]

    @property
    def named(self) -> bool:
        """Whether our own resolver is needed to reach it: its host is a name and no resolver."""
        return self.kind != "dns" and ip_version(urlsplit(self.url).hostname or "") is None


def check_canary(url: str) -> None:
    """Refuse an address that is not that of a canary."""
    match = _TCP.fullmatch(url) or _DNS.fullmatch(url)
    if match is not None and 0 < int(match[1] or 53) <= _HIGHEST_PORT:
        return
    if match is None and url.startswith(("http://", "https://")):
        check_url(url)
        return
    raise PydanticCustomError(
        "canary", "a canary is tcp://host:port, dns://resolver/name or a URL that answers"
    )


def _written(value: Any) -> Any:
    data = {"url": value} if isinstance(value, str) else value
    url = data.get("url") if isinstance(data, dict) else None
    if isinstance(url, str) and url.endswith("/generate_204"):
        return {"status": _NO_CONTENT, **data}
    return data


CanaryKey = Annotated[Canary, BeforeValidator(_written, json_schema_input_type=str | Canary)]
"""A canary: its address alone, or the whole mapping."""

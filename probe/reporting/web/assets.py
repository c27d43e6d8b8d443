"""The style, the script and the description of the API, read once. URLs change with content."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from aiohttp import web

_TYPES: Final = {"css": "text/css", "js": "text/javascript", "json": "application/json"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A static file."""

    name: str
    body: bytes

    @property
    def mark(self) -> str:
        """What tells its content from any other."""
        return sha256(self.body).hexdigest()[:12]

    @property
    def url(self) -> str:
        """Where it is served, from the root of all pages; by its mark it is cached for ever."""
        return f"static/{self.name}?v={self.mark}"


def _read(name: str) -> Asset:
    return Asset(name=name, body=files(__package__).joinpath("static", name).read_bytes())


ASSETS: Final = MappingProxyType(
    {name: _read(name) for name in ("page.css", "page.js", "openapi.json")}
)


async def static(request: web.Request) -> web.Response:
    """Serve one of ASSETS, and no other file.

    A request with another mark comes from the page of another version's daemon behind the same
    address. Cached under that mark, this content would be wrong for a year.
    """
    asset = ASSETS.get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    asked_by_mark = request.query.get("v") == asset.mark
    return web.Response(
        body=asset.body,
        content_type=_TYPES[asset.name.rpartition(".")[2]],
        charset="utf-8",
        headers={"Cache-Control": _FOR_EVER} if asked_by_mark else None,
    )

"""The style, the script and the description of the API, read once. URLs change with content."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from aiohttp import web

_TYPES: Final = {"css": "text/css", "js": "text/javascript", "json": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A static file."""

    name: str
    body: bytes

    @property
    def url(self) -> str:
        """Where it is served, from the root of all pages.

        It has a mark of its content, so that it may be cached for ever.
        """
        return f"static/{self.name}?v={sha256(self.body).hexdigest()[:12]}"


def _read(name: str) -> Asset:
    return Asset(name=name, body=files(__package__).joinpath("static", name).read_bytes())


ASSETS: Final = MappingProxyType(
    {name: _read(name) for name in ("page.css", "page.js", "openapi.json")}
)


async def static(request: web.Request) -> web.Response:
    """Serve one of ASSETS, and no other file."""
    asset = ASSETS.get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    return web.Response(
        body=asset.body,
        content_type=_TYPES[asset.name.rpartition(".")[2]],
        charset="utf-8",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )

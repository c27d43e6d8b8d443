"""The cookies of a run or of a kept session: sent where a browser would send them."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from http.cookies import BaseCookie, Morsel
from ipaddress import ip_address
from typing import Final

import aiohttp
from aiohttp.abc import AbstractCookieJar
from aiohttp.typedefs import LooseCookies
from yarl import URL

from probe.model import http_date
from probe.observing.owners import is_public_suffix

# aiohttp warns of every name that is none, in the target's own words.
logging.getLogger("aiohttp.internal").setLevel(logging.ERROR)

MOST_OF_A_HOST: Final = 50
"""No browser keeps fewer (RFC 6265, 6.1), and many servers take 8 kB of them in one request."""

MOST_NOTED: Final = 64
"""A session that is kept for weeks must not grow with what a target makes up."""

_QUOTED: Final = re.compile(r'"(.*)"', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(?:([0-3][0-7]{2})|(.))")


class Jar(aiohttp.CookieJar):
    """A jar that keeps cookies of IP addresses too, and each value as it was set.

    A server may write quotes and read them (RFC 6265, 5.2): what they say is for `read`.

    What a host sets for all of a public suffix (`co.uk`, `github.io`) reaches no other host: else
    a stranger on the way of a login could bring his own session into it.
    """

    def __init__(self) -> None:
        super().__init__(unsafe=True, quote_cookie=False)
        self._own: dict[str, str] = {}

    def update_cookies_from_headers(self, headers: Sequence[str], response_url: URL) -> None:
        """Take over what an answer set; aiohttp's own jar would pass `update_cookies` by."""
        AbstractCookieJar.update_cookies_from_headers(self, headers, response_url)

    def update_cookies(self, cookies: LooseCookies, response_url: URL = URL()) -> None:  # noqa: B008 - aiohttp's own shape
        """Take over cookies, whatever the case of their domains (RFC 6265, 5.2.3)."""
        items = list(cookies.items() if isinstance(cookies, Mapping) else cookies)
        for _, cookie in items:
            if isinstance(cookie, Morsel):
                _keep_as_set(cookie)
                cookie["domain"] = cookie["domain"].lower()
                _say_if_taken_back(cookie)
                self._note(cookie["domain"].removeprefix("."), response_url.raw_host or "")
        super().update_cookies(items, response_url)

    def filter_cookies(self, request_url: URL = URL()) -> BaseCookie[str]:  # noqa: B008 - aiohttp's own shape
        """The cookies that go along with a request."""
        host = request_url.raw_host or ""
        for domain in {cookie["domain"] for cookie in self}:
            foreign = host.endswith(f".{domain}") and self._own.get(domain) != host
            # Only now does it matter; to load the list takes 2 MB and 0.1 s.
            if foreign and is_public_suffix(domain):
                self.clear(partial(_is_for, domain))
        self._thin_out()  # not before: what was set is masked first
        if request_url.scheme == "http" and _is_this_machine(host):
            request_url = request_url.with_scheme("https")
        return super().filter_cookies(request_url)

    def _thin_out(self) -> None:
        """Give up the cookies in the middle of what a host has set, from the oldest of them on.

        A session is among the first, and what is needed next among the last. A kept one is used
        more often than any in a browser: a server that makes up a name with each answer would
        refuse it for its size.
        """
        of_hosts: dict[str, list[Morsel[str]]] = {}
        for cookie in self:
            of_hosts.setdefault(cookie["domain"], []).append(cookie)
        half = MOST_OF_A_HOST // 2
        spare = {id(each) for cookies in of_hosts.values() for each in cookies[half:-half]}
        if spare:
            self.clear(lambda cookie: id(cookie) in spare)

    def _note(self, domain: str, host: str) -> None:
        """Remember which domains a single host has set cookies for: its own come back to it."""
        if len(self._own) >= MOST_NOTED:
            self._own.clear()  # what is not known is looked up
        if host.endswith(f".{domain}") and self._own.setdefault(domain, host) != host:
            self._own[domain] = ""


def read(value: str) -> str:
    """What the value of a cookie says: less its quotes, and what is escaped in them as it was.

    Python's own takes quadratic time before 3.11.10.
    """
    quoted = _QUOTED.fullmatch(value)
    return _ESCAPED.sub(_unescaped, quoted[1]) if quoted else value


def readings(value: str) -> Iterator[str]:
    """The value of a cookie as those write it who take quotes for a part of it, and who do not."""
    yield value
    if quoted := _QUOTED.fullmatch(value):
        yield quoted[1]
        yield read(value)


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 8)) if found[1] else found[2]


def _keep_as_set(cookie: Morsel[str]) -> None:
    """Let the value of `cookie`, which a jar sends, be what stood in the header.

    The public way to set it takes names for reserved that servers use; aiohttp goes this one too.
    """
    text = cookie.coded_value
    state = {"key": cookie.key, "value": text, "coded_value": text}
    cookie.__setstate__(state)  # type: ignore[attr-defined]  # not in typeshed


def _say_if_taken_back(cookie: Morsel[str]) -> None:
    """Say by its age that a cookie has ended: aiohttp 3.14 takes the epoch for no date."""
    expires_at = http_date.parse(cookie["expires"])
    if expires_at is not None and expires_at <= 0 and not cookie["max-age"]:
        cookie["max-age"] = "0"


def _is_this_machine(host: str) -> bool:
    """Whether `host` is never left on the way there: browsers send it what is `Secure` over http.

    Keycloak marks its cookies so at such an address (W3C Secure Contexts, 3.1).
    """
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_for(domain: str, cookie: Morsel[str]) -> bool:
    return bool(cookie["domain"] == domain)

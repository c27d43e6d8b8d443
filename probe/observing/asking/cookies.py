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

# aiohttp warns of every invalid name, in the target's own words.
logging.getLogger("aiohttp.internal").setLevel(logging.ERROR)

MOST_OF_A_HOST: Final = 50
"""No browser keeps fewer (RFC 6265, 6.1), and many servers accept 8 kB of them in one request."""

MOST_NOTED: Final = 64
"""A session kept for weeks must not grow with whatever a target invents."""

_QUOTED: Final = re.compile(r'"(.*)"', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(?:([0-3][0-7]{2})|(.))")


class Jar(aiohttp.CookieJar):
    """A jar that also keeps cookies of IP addresses, and each value exactly as it was set.

    A server may write quotes and read them back (RFC 6265, 5.2); `read` interprets them.

    What a host sets for a whole public suffix (`co.uk`, `github.io`) reaches no other host:
    otherwise a stranger on the way of a login could plant his own session in it.
    """

    def __init__(self) -> None:
        super().__init__(unsafe=True, quote_cookie=False)
        self._own: dict[str, str] = {}

    def update_cookies_from_headers(self, headers: Sequence[str], response_url: URL) -> None:
        """Take over what an answer set; aiohttp's own jar would bypass `update_cookies`."""
        AbstractCookieJar.update_cookies_from_headers(self, headers, response_url)

    def update_cookies(self, cookies: LooseCookies, response_url: URL = URL()) -> None:  # noqa: B008 - aiohttp's signature
        """Take over cookies, whatever the case of their domains (RFC 6265, 5.2.3)."""
        items = list(cookies.items() if isinstance(cookies, Mapping) else cookies)
        for _, cookie in items:
            if isinstance(cookie, Morsel):
                _keep_as_set(cookie)
                cookie["domain"] = cookie["domain"].lower()
                _say_if_taken_back(cookie)
                self._note(cookie["domain"].removeprefix("."), response_url.raw_host or "")
        super().update_cookies(items, response_url)

    def filter_cookies(self, request_url: URL = URL()) -> BaseCookie[str]:  # noqa: B008 - aiohttp's signature
        """The cookies to send with a request."""
        host = request_url.raw_host or ""
        for domain in {cookie["domain"] for cookie in self}:
            foreign = host.endswith(f".{domain}") and self._own.get(domain) != host
            # Only now does it matter; loading the list takes 2 MB and 0.1 s.
            if foreign and is_public_suffix(domain):
                self.clear(partial(_is_for, domain))
        self._thin_out()  # not before: what was set is masked first
        if _is_this_machine(host):
            request_url = request_url.with_scheme("https")
        return super().filter_cookies(request_url)

    def _thin_out(self) -> None:
        """Keep only the first and the last half-limit of the cookies that each host has set.

        A session is among the first, and what is needed next among the last. A kept jar is used
        more often than any in a browser: a server that invents a name with each answer would refuse
        it for its size.
        """
        of_hosts: dict[str, list[Morsel[str]]] = {}
        for cookie in self:
            of_hosts.setdefault(cookie["domain"], []).append(cookie)
        half = MOST_OF_A_HOST // 2
        spare = {id(each) for cookies in of_hosts.values() for each in cookies[half:-half]}
        if spare:
            self.clear(lambda cookie: id(cookie) in spare)

    def _note(self, domain: str, host: str) -> None:
        """Remember which domains only one host has set cookies for: it gets its own back."""
        if len(self._own) >= MOST_NOTED:
            self._own.clear()  # an unknown domain is looked up
        if host.endswith(f".{domain}") and self._own.setdefault(domain, host) != host:
            self._own[domain] = ""


def read(value: str) -> str:
    """The meaning of a cookie's value: without its quotes, and with escapes in them undone.

    Python's own takes quadratic time before 3.11.10.
    """
    quoted = _QUOTED.fullmatch(value)
    return _ESCAPED.sub(_unescaped, quoted[1]) if quoted else value


def readings(value: str) -> Iterator[str]:
    """The value of a cookie as read by servers that keep its quotes, and by those that do not."""
    yield value
    if quoted := _QUOTED.fullmatch(value):
        yield quoted[1]
        yield read(value)


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 8)) if found[1] else found[2]


def _keep_as_set(cookie: Morsel[str]) -> None:
    """Make the value of `cookie`, which a jar sends, the exact text of the header.

    The public setter rejects names as reserved that servers use; aiohttp sets it this way too.
    """
    text = cookie.coded_value
    state = {"key": cookie.key, "value": text, "coded_value": text}
    cookie.__setstate__(state)  # type: ignore[attr-defined]  # not in typeshed


def _say_if_taken_back(cookie: Morsel[str]) -> None:
    """Mark an expired cookie by its max-age: aiohttp 3.14 does not take the epoch for a date."""
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

"""Where a redirect leads, and what is sent along."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from multidict import CIMultiDict
from yarl import URL

from probe.observing.answers.answer import Answer
from probe.observing.asking.reference import resolve
from probe.observing.asking.request import Outgoing
from probe.observing.failures import StepFailed

_MOVED: Final = frozenset({301, 302})
_SAME_METHOD: Final = frozenset({307, 308})
_REDIRECTS: Final = _MOVED | _SAME_METHOD | {HTTPStatus.SEE_OTHER}


def next_request(asked: Outgoing, answer: Answer) -> Outgoing | None:
    """The request that a redirect asks for; None if the answer is not a redirect.

    Raises StepFailed if it leads to no web address.
    """
    location = answer.headers.get("Location")
    if answer.status not in _REDIRECTS or location is None:
        return None
    url = _target(asked.url, location)
    if _is_elsewhere(asked.url, url):
        asked = asked.elsewhere(url)
    if _turns_into_get(asked.method, answer.status):
        kept = [item for item in asked.headers.items() if item[0].lower() != "content-type"]
        return replace(asked, method="GET", url=url, headers=CIMultiDict(kept), body=None)
    return replace(asked, url=url)


def _target(base: URL, location: str) -> URL:
    try:
        url = resolve(base, location)
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.raw_host:
        scheme = url.scheme or "nothing that is a URL"
        raise StepFailed("redirect", expected="an http or https URL", actual=scheme)
    return url


def _is_elsewhere(base: URL, url: URL) -> bool:
    if base.scheme == "https" and url.scheme == "http":
        return True
    return (base.raw_host, base.port) != (url.raw_host, url.port)


def _turns_into_get(method: str, status: int) -> bool:
    if status == HTTPStatus.SEE_OTHER:
        return method != "HEAD"
    return status in _MOVED and method == "POST"

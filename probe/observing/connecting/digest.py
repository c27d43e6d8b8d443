"""Digest authentication, which answers the first refusal of a request."""

import re
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Final, cast

import aiohttp
from aiohttp.client_middleware_digest_auth import DigestFunctions, parse_header_pairs

from probe.model.outcome import Outcome
from probe.observing.failures import StepFailed

_QUOTED_OR_BEGIN: Final = re.compile(
    r'"(?:[^"\\]|\\.?)*+"?|(?<![^\s,])(?P<begin>digest\s)', re.IGNORECASE
)


class _FirstKnown(aiohttp.DigestAuthMiddleware):
    """Answers the first challenge that it can; aiohttp 3.14 itself considers only the first one."""

    def _authenticate(self, response: aiohttp.ClientResponse) -> bool:
        text = ", ".join(response.headers.getall("WWW-Authenticate", ()))
        challenges = list(_challenges_in(text))
        chosen = next(filter(_is_known, challenges), "".join(challenges[:1]))
        headers = {"www-authenticate": chosen}
        seen = SimpleNamespace(status=response.status, url=response.url, headers=headers)
        return super()._authenticate(cast("aiohttp.ClientResponse", seen))


def _challenges_in(text: str) -> Iterator[str]:
    """The digest challenges among all, each with the text up to the next."""
    begins = [found.start() for found in _QUOTED_OR_BEGIN.finditer(text) if found["begin"]]
    return (text[begin:end] for begin, end in pairwise([*begins, len(text)]))


def _is_known(challenge: str) -> bool:
    return parse_header_pairs(challenge).get("algorithm", "MD5").upper() in DigestFunctions


def digest_authentication(user: str, password: str) -> aiohttp.ClientMiddlewareType:
    """Digest authentication that separates an unanswerable challenge from a connection fault."""
    answering = _FirstKnown(user, password)

    async def authenticate(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        under_way = False

        async def ask(request: aiohttp.ClientRequest) -> aiohttp.ClientResponse:
            nonlocal under_way
            under_way = True
            response = await handler(request)
            under_way = False
            return response

        try:
            return await answering(request, ask)
        except (aiohttp.ClientError, ValueError) as error:
            if under_way:
                raise
            raise StepFailed(
                "digest",
                expected="a challenge that can be answered",
                actual=str(error),
                outcome=Outcome.PROTOCOL_ERROR,
            ) from error

    return authenticate

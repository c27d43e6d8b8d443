"""Separates what a path's own proxy does from what the target does.

A proxy that is down, refuses us or wants another password is the operator's problem: the target was
not seen. A proxy that says it cannot reach the target has seen a network failure.
"""

from http import HTTPStatus
from ssl import SSLContext

import aiohttp

from probe.config.reach import Proxy
from probe.model.http_status import SERVER_ERROR
from probe.model.outcome import Outcome
from probe.observing.answers.answer import Answer
from probe.observing.exchange import Exchange
from probe.observing.failures import StepFailed, words_of


async def carry_out(
    exchange: Exchange,
    session: aiohttp.ClientSession,
    max_body: int,
    tls: SSLContext | None,
    proxy: Proxy | None,
) -> None:
    """Run `exchange`; through a `proxy`, separate its faults from the target's own."""
    if proxy is None:
        await exchange.run(session, max_body, tls)
        return
    try:
        await exchange.run(session, max_body, tls)
    except (aiohttp.ClientProxyConnectionError, aiohttp.ClientConnectorDNSError) as error:
        raise _fault("a proxy that can be reached", words_of(error), Outcome.UNOBSERVED) from error
    except aiohttp.ClientHttpProxyError as error:
        raise _answered(error.status) from error
    if tls is None and exchange.answer is not None:
        _check(exchange.answer)


def _check(answer: Answer) -> None:
    """Raise StepFailed if a plain-HTTP answer is the proxy's own, as far as it says so."""
    own = "X-Squid-Error" in answer.headers or "error=" in answer.headers.get("Proxy-Status", "")
    if own or answer.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED or _is_tinyproxy(answer):
        raise _answered(answer.status)


def _is_tinyproxy(answer: Answer) -> bool:
    """Its error pages; what it passes on has the target's Server, and a Via."""
    server = answer.headers.get("Server", "")
    return server.startswith("tinyproxy/") and "Via" not in answer.headers


def _answered(status: int) -> StepFailed:
    outcome = Outcome.CONNECT_FAILED if status in SERVER_ERROR else Outcome.UNOBSERVED
    return _fault("a way to the target", f"{status} from the proxy", outcome)


def _fault(expected: str, actual: str, outcome: Outcome) -> StepFailed:
    return StepFailed("proxy", expected=expected, actual=actual, outcome=outcome)

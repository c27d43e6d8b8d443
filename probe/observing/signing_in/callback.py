"""The end of an OAuth redirect chain: the redirect to our callback, which is not followed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from yarl import URL

from probe.model.outcome import Outcome
from probe.observing.failures import StepFailed
from probe.observing.masking import Masker

OUTCOMES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "access_denied": Outcome.UNAUTHORIZED,
        "server_error": Outcome.SERVER_ERROR,
        "temporarily_unavailable": Outcome.OVERLOADED,
    }
)
"""What an error in a redirect means (RFC 6749, 4.1.2.1); any other is bad content."""


def arrives(url: URL, callback: str) -> bool:
    """Whether `url` is the callback with an answer in its query."""
    return url.with_query(None).with_fragment(None) == URL(callback).with_query(None)


def check_arrival(url: URL, state: str, masker: Masker) -> None:
    """Raise StepFailed if the redirect reports an error, or answers another request."""
    error = url.query.get("error")
    if error is not None:
        words = masker.show(f"{error}: {url.query.get('error_description', 'no description')}")
        outcome = OUTCOMES.get(error, Outcome.BAD_CONTENT)
        raise StepFailed("redirect", expected="a code", actual=words, outcome=outcome)
    if url.query.get("state") != state:
        raise StepFailed("redirect", expected="the state that was sent", actual="another one")

"""The login's addresses: a kept session whose requests are led there has ended."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from yarl import URL

from probe.observing.answers.answer import Answer
from probe.observing.answers.classification import asks_for_a_password
from probe.observing.asking.redirects import next_request
from probe.observing.asking.request import Outgoing
from probe.observing.failures import StepFailed

LED_THERE: Final = "the session has ended: the request was led to where one signs in"


@dataclass(slots=True)
class LoginPages:
    """The addresses that a login used, up to the first one that it told who it is.

    `led_on` answered a stranger by a redirect: one who is let in there has been recognised. The
    steps of a login and their `max_redirects` bound how many there are.
    """

    addresses: set[URL] = field(default_factory=set)
    led_on: set[URL] = field(default_factory=set)
    signed_in: bool = False

    def note(self, asked: Outgoing, answer: Answer | None) -> None:
        """Note an exchange of the login."""
        if self.signed_in or answer is None:
            return
        self.signed_in = asked.credential or asked.method != "GET"
        self.addresses.add(_address(asked))
        if not self.signed_in and _following(asked, answer) is not None:
            self.led_on.add(_address(asked))

    def leads_to_login(self, asked: Sequence[Outgoing], answer: Answer) -> bool:
        """Whether requests were led to one of them, and neither back nor let in.

        Each of `asked` after the first was requested by a redirect; the last one got `answer`.
        """
        following = _following(asked[-1], answer)
        first, *led_to = map(_address, asked if following is None else (*asked, following))
        passed = [each for each in led_to if each in self.addresses and each != first]
        if not passed or following is not None:
            return bool(passed)
        last = led_to[-1]
        if last in {first, *self.led_on}:
            return False
        return last in passed or _is_a_form(last, passed[-1], first, answer)


def _is_a_form(last: URL, known: URL, first: URL, answer: Answer) -> bool:
    """Whether `last`, reached from `known`, asks who we are: some sites make one per visitor."""
    far = last.origin() == known.origin() != first.origin()
    return far or asks_for_a_password(answer)


def _following(asked: Outgoing, answer: Answer) -> Outgoing | None:
    try:
        return next_request(asked, answer)
    except StepFailed:
        return None


def _address(asked: Outgoing) -> URL:
    """The address of `asked`, without what differs between visitors."""
    url = asked.url
    return url.with_query(None).with_fragment(None).with_path(url.path.rstrip("/"))

"""Where one signs in: a kept session whose requests are led there has been ended."""

from typing import Final

from yarl import URL

from probe.config.once import once_each
from probe.config.settings import ProbePath
from probe.model.secret import reveal
from probe.observing.answer import Answer
from probe.observing.failures import ContentProblem
from probe.observing.redirects import next_request
from probe.observing.request import Outgoing

LED_THERE: Final = "the session has ended: the request was led to where one signs in"

Doors = frozenset[URL]
"""The pages that a login begins with, as `door` writes them."""


@once_each
def doors_of(login: ProbePath) -> Doors:
    """The pages that `login` asks for before it sends anything."""
    doors: set[URL] = set()
    for step in login.steps:
        if step.request.method != "GET":
            break
        url = reveal(step.request.url)
        if "{{" not in url:
            doors.add(_door(URL(url)))
    return frozenset(doors)


def is_led_to(doors: Doors, asked: Outgoing, answer: Answer, *, redirected: bool) -> bool:
    """Whether `answer` leads to one of `doors`, or came from one that a redirect led to."""
    if redirected and _door(asked.url) in doors:
        return True
    try:
        following = next_request(asked, answer)
    except ContentProblem:
        return False
    return following is not None and _door(following.url) in doors


def _door(url: URL) -> URL:
    """`url` without what changes from one visitor to the next."""
    return url.with_query(None).with_fragment(None).with_path(url.path.rstrip("/") or "/")

"""What the steps of one run share: cookies, variables, the page just seen."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ssl import SSLContext

import aiohttp

from probe.config.path import ProbePath
from probe.config.transaction.steps import Step
from probe.model.clock import Clock
from probe.observing.answers.answer import Answer
from probe.observing.asking.cookies import read, readings
from probe.observing.asking.templates import asks_for
from probe.observing.connecting.connections import Pool
from probe.observing.masking import Masker, given
from probe.observing.signing_in.login_pages import LoginPages
from probe.observing.signing_in.one_time import OneTimeCodes


@dataclass(slots=True, kw_only=True)
class Journey:
    """What the steps of one run share and hand on. `tls` gives the context when one is needed.

    `login_pages` are the addresses of the login: noted while `signing_in`, known in a kept session.
    The values of `public` variables are shown. `told` is whether a password was sent and nothing
    has shown yet that it was right. `hidden` is what was added to the masker since the run began.
    """

    path: ProbePath
    tls: Callable[[], SSLContext]
    pool: Pool
    http: aiohttp.ClientSession
    clock: Clock
    masker: Masker
    codes: OneTimeCodes = field(default_factory=OneTimeCodes)
    login_pages: LoginPages = field(default_factory=LoginPages)
    signing_in: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    public: set[str] = field(default_factory=set)
    page: Answer | None = None
    submitted: bool = False
    arrived: bool = False
    sent: bool = False
    told: bool = False
    hidden: set[str] = field(default_factory=set)

    def learn(self, variables: Mapping[str, str], *, public: Collection[str] = ()) -> None:
        """Keep what an answer gave, and show only what is `public`."""
        self.variables |= variables
        self.public = self.public - variables.keys() | variables.keys() & set(public)
        self.hide(text for name, text in variables.items() if name not in public)

    def hide(self, texts: Iterable[str] = ()) -> None:
        """Mask `texts` and the cookies that the run has by now."""
        cookies = (text for cookie in self.http.cookie_jar for text in readings(cookie.value))
        new = {*texts, *cookies} - self.hidden
        self.hidden |= new
        self.masker = self.masker.also(form for text in new for form in given(text))

    @contextmanager
    def minting(self, step: Step, sent: Callable[[], bool]) -> Iterator[None]:
        """Make the one-time code that `step` uses, which is spent once it was `sent`.

        Raises CodeSpent.
        """
        totp = self.path.totp
        if totp is None or not asks_for("totp", step):
            yield
            return
        code = self.codes.take(totp, self.clock.wall())
        self.learn({"totp": code})
        try:
            yield
        finally:
            if not sent():
                self.codes.give_back(totp, code)

    def cookies(self) -> dict[str, str]:
        """The meaning of every cookie that the run has, by name."""
        return {cookie.key: read(cookie.value) for cookie in self.http.cookie_jar}

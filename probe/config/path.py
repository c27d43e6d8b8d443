"""A path: its requests, how often they are made, and how strictly its runs are judged."""

from functools import cached_property
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from probe.config.addresses import ip_version
from probe.config.reach import AnyTotp, Transport
from probe.config.transaction.oauth_steps import Steps, expanded
from probe.config.transaction.steps import SUBMIT, VARIABLE, Request, Step
from probe.config.types import Duration, Interval, Name, Plain, Size, Timeout, as_tuple, matching
from probe.model.secret import Secret
from probe.model.state import WATCHED, Plane

USER_AGENT = "splitprobe/0.1 (+https://github.com/splitprobe/splitprobe)"

UserAgent = Annotated[
    Plain,
    matching(
        r"^[!-~]([ -~]{0,254}[!-~])?$",
        "a user agent is one line of ASCII that says who asks: acme (+mailto:me@acme.example)",
    ),
]


def _plane(value: object) -> object:
    if isinstance(value, str) and value in WATCHED:
        return Plane(value)
    raise PydanticCustomError("plane", "a plane is control or data")


def _growing(rounds: tuple[float, ...]) -> tuple[float, ...]:
    if list(rounds) != sorted(set(rounds)):
        raise PydanticCustomError("confirm_after", "each round comes later, as [2s, 4s, 6s]")
    return rounds


class Defaults(Transport):
    """How a path is probed and judged: what `defaults` sets and a path may override."""

    interval: Interval = 30.0
    """Time between two runs of the path, at least `1s`. The paths of a service are spread over it.
    """
    timeout: Timeout = 10.0
    """The maximum duration of a run with all its steps, at least `10ms`. `always` steps get 2 s
    more.
    """
    slow_after: Duration | None = None
    """A run that takes longer is `slow`, which impairs the path but is not a failure."""
    connection: Literal["fresh", "reuse"] = "fresh"
    """`fresh` opens a new connection for every run; `reuse` keeps connections for ten minutes, and
    so hides faults of DNS, TCP and TLS.
    """
    max_body: Size = 2**20
    """The largest body that is read; a longer one fails its step."""
    user_agent: UserAgent = USER_AGENT
    """Identifies the sender of every request: name a contact of yours."""
    confirm_after: Annotated[
        tuple[Duration, ...],
        BeforeValidator(as_tuple),
        AfterValidator(_growing),
        Field(examples=[["2s", "4s", "6s"]]),
    ] = (2.0, 4.0, 6.0)
    """When to run all paths of the service again after a first bad run; `[]` disables early
    confirmation.
    """
    fail_after: Annotated[int, Field(ge=2, le=20)] = 4
    """How many bad runs in a row, confirmations included, make a healthy path `down`."""
    recover_after: Annotated[int, Field(ge=1, le=20)] = 3
    """How many good runs in a row make it `up` again."""


_NOT_ASKED: Final = (
    "plane",
    "critical",
    "interval",
    "timeout",
    "slow_after",
    "confirm_after",
    "fail_after",
    "recover_after",
)
"""The keys of a path that do not change which requests its runs make."""


class ProbePath(Defaults):
    """One user action that can fail on its own."""

    name: Name
    """The path's label everywhere. Name a path that reads usage `usage`, for the finding
    `usage_only`.
    """
    plane: Annotated[
        Plane, BeforeValidator(_plane), WithJsonSchema({"enum": [plane.value for plane in WATCHED]})
    ]
    """`control` for login, sessions, usage and account; `data` for the API that does the work."""
    critical: bool = True
    """Whether this path alone brings its plane down; with `false`, the plane is down only if all
    its paths are.
    """
    session: Name | None = None
    """The path whose steps sign in: this path then runs inside that kept session."""
    totp: AnyTotp | None = None
    """A second factor: gives `{{ totp }}` to the steps, with a new code for every run."""
    written: Steps = Field(alias="steps")
    """The requests of a run, in order. After a failure, only steps with `always` are run."""

    @model_validator(mode="after")
    def _something_to_ask(self) -> Self:
        if all(isinstance(step, Step) and step.renew for step in self.written):
            message = "a run has nothing to ask: renew: belongs beside the steps of a login"
            raise PydanticCustomError("steps", message)
        return self

    @model_validator(mode="after")
    def _a_page_for_its_form(self) -> Self:
        first = next(step for step in self.written if not (isinstance(step, Step) and step.renew))
        if isinstance(first, Step) and first.request.method == SUBMIT:
            message = "SUBMIT fills in a form of the page just seen; a step before it must show it"
            raise PydanticCustomError("steps", message)
        return self

    @model_validator(mode="after")
    def _a_code_for_every_run(self) -> Self:
        if self.totp is not None and self.interval < self.totp.period:
            message = "a one-time code serves one login in {period} s; no interval may be shorter"
            raise PydanticCustomError("totp", message, {"period": self.totp.period})
        return self

    @model_validator(mode="after")
    def _addresses_of_its_version(self) -> Self:
        if self.ip is None or self.proxy is not None:
            return self
        for step in self.steps:
            host = _host_written_in(step.request)
            if ip_version(host) not in {None, self.ip}:
                message = "ip: {ip} leads to no address like {host}, which is of another version"
                raise PydanticCustomError("ip", message, {"ip": self.ip, "host": host})
        return self

    def asks_as(self, other: "ProbePath") -> bool:
        """Whether its runs do the same as those of `other`, apart from timing and judging."""
        return self.model_copy(update={key: getattr(other, key) for key in _NOT_ASKED}) == other

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every request that a run may make: OAuth steps are expanded."""
        return expanded(self.written)


def _host_written_in(request: Request) -> str:
    """The host of `request`; empty if only a run, or who knows a secret, can tell."""
    if request.method == SUBMIT or isinstance(request.url, Secret) or VARIABLE.search(request.url):
        return ""
    return urlsplit(request.url).hostname or ""

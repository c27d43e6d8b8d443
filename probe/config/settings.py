"""The whole configuration as frozen models."""

from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from probe.config.addresses import host_and_port, web_address
from probe.config.canaries import CanaryKey
from probe.config.maintenance import PlannedWork
from probe.config.notifications import Channel
from probe.config.presets import Presets
from probe.config.reach import AnyTotp, File, Way
from probe.config.transaction.oauth_steps import Steps, expanded
from probe.config.transaction.steps import Step
from probe.config.types import (
    Duration,
    Interval,
    Model,
    Name,
    Plain,
    Size,
    Timeout,
    as_tuple,
    matching,
)
from probe.config.vendor import NamedComponent, PageAddress, PoliteInterval
from probe.model.state import WATCHED, Plane

USER_AGENT = "splitprobe/0.1 (+https://github.com/splitprobe/splitprobe)"
MOST: Final = 1_000_000
"""No budget is larger: a number of hundreds of digits is too large to calculate with."""

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


# Behind a validator, pydantic checks the length but leaves it out of the schema.
_NOT_EMPTY = Field(min_length=1, json_schema_extra={"minItems": 1})


class Listen(Model):
    """Where the daemon answers."""

    host: str
    port: Annotated[int, Field(ge=0, le=65535)]

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _listen(value: object) -> object:
    if isinstance(value, Listen):
        return value
    host, port = host_and_port(value)
    return Listen(host=host, port=port)


def _growing(rounds: tuple[float, ...]) -> tuple[float, ...]:
    if list(rounds) != sorted(set(rounds)):
        raise PydanticCustomError("confirm_after", "each round comes later, as [2s, 4s, 6s]")
    return rounds


class Cadence(Way):
    """How a path is probed and judged: what `defaults` sets and a path may override."""

    interval: Interval = 30.0
    """Time between two runs of the path, at least `1s`. Paths of a service are spread over it."""
    timeout: Timeout = 10.0
    """The longest that a run may take, all its steps together, at least `10ms`. A step that is
    `always` done gets 2 s beyond it.
    """
    slow_after: Duration | None = None
    """A run that takes longer is `slow`, which impairs the path but is no failure."""
    connection: Literal["fresh", "reuse"] = "fresh"
    """`fresh` connects anew for every run; `reuse` keeps connections, and so hides faults of DNS,
    TCP and TLS.
    """
    max_body: Size = 2**20
    """No more of a body is read; a longer one fails its step."""
    user_agent: UserAgent = USER_AGENT
    """Who asks, on every request: name a contact of yours."""
    confirm_after: Annotated[
        tuple[Duration, ...],
        BeforeValidator(as_tuple),
        AfterValidator(_growing),
        Field(examples=[["2s", "4s", "6s"]]),
    ] = (2.0, 4.0, 6.0)
    """When, after a first bad run, all paths of the service are asked again at once; `[]` confirms
    nothing early.
    """
    fail_after: Annotated[int, Field(ge=2, le=20)] = 4
    """How many bad runs in a row, confirmations included, make a healthy path `down`."""
    recover_after: Annotated[int, Field(ge=1, le=20)] = 3
    """How many good runs in a row end that."""


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
"""The keys of a path that change nothing of what its runs show."""


class ProbePath(Cadence):
    """One thing a user does that can fail alone."""

    name: Name
    """Its label everywhere. A path that reads usage is called `usage`, for the finding
    `usage_only`.
    """
    plane: Annotated[
        Plane, BeforeValidator(_plane), WithJsonSchema({"enum": [plane.value for plane in WATCHED]})
    ]
    """`control` for login, sessions, usage and account; `data` for the API that does the work."""
    critical: bool = True
    """Whether the plane is down with this path alone; with `false`, only when all its paths are."""
    session: Name | None = None
    """The path whose steps sign in: this one then runs inside a session that is kept."""
    totp: AnyTotp | None = None
    """A second factor: gives `{{ totp }}` to the steps, a code of its own to every run."""
    written: Steps = Field(alias="steps")
    """The requests of a run, in order. After one that fails, only those that are `always` done."""

    @model_validator(mode="after")
    def _something_to_ask(self) -> Self:
        if all(isinstance(step, Step) and step.renew for step in self.written):
            message = "a run has nothing to ask: renew: belongs beside the steps of a login"
            raise PydanticCustomError("steps", message)
        return self

    @model_validator(mode="after")
    def _a_code_for_every_run(self) -> Self:
        if self.totp is not None and self.interval < self.totp.period:
            message = "a one-time code serves one login in {period} s; no interval may be shorter"
            raise PydanticCustomError("totp", message, {"period": self.totp.period})
        return self

    def asks_as(self, other: "ProbePath") -> bool:
        """Whether its runs show what those of `other` do, however often and strictly it looks."""
        return self.model_copy(update={key: getattr(other, key) for key in _NOT_ASKED}) == other

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every request that a run may make: what stands for several is taken apart."""
        return expanded(self.written)


_PATH: Final = {
    "name": "api",
    "plane": "data",
    "steps": [{"request": "GET https://api.example.com/"}],
}
_WORK: Final = {"name": "the move", "starts": "2026-03-08T02:00Z", "lasts": "2h"}


class Objective(Model):
    """The availability promised, in percent over a window."""

    availability: Annotated[float, Field(gt=0, lt=100)]
    """In percent, between 0 and 100: `99.9`."""
    window: Duration = 30 * 86400.0
    """The time over which that is promised."""


class Service(Model):
    """One provider: its paths, and what is promised of them."""

    name: Name
    """Its label everywhere. Beside a `preset` it may be left out: then it is that one's."""
    preset: Presets = ()  # what it gave is in the service already
    """A shipped service to start from, by its name, or several laid over each other."""
    status_page: PageAddress | None = None
    """The vendor's own status page, shown beside the verdict and never an input to it."""
    components: dict[Plain, NamedComponent] = Field(
        default={}, examples=[{"k8w3r06qmzrp": {"name": "web", "paths": ["api"]}}]
    )
    """Ids of components on that page, with the names they get here and the paths they speak for."""
    objective: Objective | None = Field(default=None, examples=[{"availability": 99.9}])
    """The availability promised; alerts and reports assume 99.9 % in 30 days where it is
    missing.
    """
    maintenance: Annotated[
        tuple[PlannedWork, ...], BeforeValidator(as_tuple), Field(examples=[[_WORK]])
    ] = ()
    """Planned work, during which trouble is told to nobody and burns no budget."""
    quiet_after: Duration = 600.0
    """How long a service must be healthy for its incident to be over. A shorter healthy stretch
    only separates two waves.
    """
    confirm_budget: Annotated[int, Field(ge=0, le=MOST)] | None = None
    """How many extra runs an hour confirmations may take. Unset: a fifth of the planned ones, and
    one whole confirmation at least.
    """
    paths: Annotated[
        tuple[ProbePath, ...], BeforeValidator(as_tuple), _NOT_EMPTY, Field(examples=[[_PATH]])
    ] = ()
    """What is probed; beside a `preset`, keys for its paths by their names, and further paths."""

    def path(self, name: str) -> ProbePath | None:
        """The path of that name."""
        return next((path for path in self.paths if path.name == name), None)

    @model_validator(mode="after")
    def _something_to_probe(self) -> Self:
        if not self.paths and not self.preset:
            raise PydanticCustomError("paths", "needs paths:, or a preset: that has them")
        return self


class Connectivity(Model):
    """How we know whether our own network works."""

    canaries: Annotated[tuple[CanaryKey, ...], BeforeValidator(as_tuple)] = ()
    """Several that have nothing in common, one of them by its host name: one right answer is
    enough.
    """


class Politeness(Model):
    """Bounds on what we ask of others."""

    host_requests_per_minute: Annotated[int, Field(ge=1, le=MOST)] | None = None
    """Bounds the requests to each host, all paths together. Unset: a fifth above what the schedule
    plans for it.
    """
    retry_after_cap: Duration = 900.0
    """The longest wait honoured from a `Retry-After`."""
    status_page_interval: PoliteInterval = 60.0
    """How often a status page is read, `60s` at least."""


class Retention(Model):
    """How long the journal keeps what grows. Incidents and states are kept for ever."""

    runs: Duration = 14 * 86400.0
    """How long runs that succeeded are kept."""
    failures: Duration = 90 * 86400.0
    """How long all other runs are kept."""
    hours: Duration = 400 * 86400.0
    """How long the hourly sums of forgotten runs are kept."""


def _retention(value: object) -> object:
    return {"runs": value, "failures": value} if isinstance(value, str) else value


class Settings(Model):
    """One configuration file."""

    location: Name = "local"
    """Where this daemon stands: a label on everything that it tells."""
    journal: File | None = None
    """The SQLite file in which runs, transitions and incidents are kept. Unset: nothing outlives
    the process.
    """
    retention: Annotated[
        Retention,
        BeforeValidator(_retention, json_schema_input_type=Duration | Retention),
        Field(examples=[{"runs": "14d", "failures": "90d"}]),
    ] = Retention()
    """How long the journal keeps runs; a plain duration is that of all of them."""
    listen: Annotated[
        Listen,
        BeforeValidator(_listen),
        PlainSerializer(str, when_used="json"),
        WithJsonSchema({"type": "string", "examples": ["127.0.0.1:9632"]}),
    ] = Listen(host="0.0.0.0", port=9632)  # noqa: S104 - a container publishes its port
    """Host and port where the page, the metrics and the API answer; 0.0.0.0 is every interface,
    without a password unless `web_config_file` asks for one.
    """
    web_config_file: File | None = None
    """TLS and passwords before that port, in the file of Prometheus' exporters."""
    enable_reload: bool = False
    """Whether `POST /-/reload` loads this file anew, as `SIGHUP` always does."""
    page_url: Annotated[Plain, AfterValidator(web_address)] | None = None
    """Where people reach the page: the link in messages and in the feed of incidents."""
    notifications: Annotated[
        tuple[Channel, ...],
        BeforeValidator(as_tuple),
        Field(examples=[[{"name": "team", "webhook": "https://hook.example.com/"}]]),
    ] = ()
    """Who is told of changes, without Alertmanager's help."""
    connectivity: Connectivity = Connectivity()
    """Who is asked whether our own network works."""
    politeness: Politeness = Politeness()
    """Bounds on what is asked of others."""
    defaults: Cadence = Cadence()
    """What holds of every path that does not say otherwise."""
    services: Annotated[
        tuple[Service, ...],
        BeforeValidator(as_tuple),
        _NOT_EMPTY,
        Field(examples=[[{"name": "example", "paths": [_PATH]}]]),
    ]
    """The services that are watched, each with its paths."""

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, data: Any) -> Any:
        """Give every path the defaults that it does not override."""
        if not isinstance(data, dict) or not isinstance(data.get("defaults"), dict):
            return data
        known = {
            key: value for key, value in data["defaults"].items() if key in Cadence.model_fields
        }
        services = [_with_defaults(service, known) for service in _list(data.get("services"))]
        return {**data, "services": services or data.get("services")}

    def service(self, name: str) -> Service | None:
        """The service of that name."""
        return next((service for service in self.services if service.name == name), None)

    def page_interval(self, service: Service) -> float:
        """Seconds between two readings of the service's status page."""
        page = service.status_page
        return (page and page.interval) or self.politeness.status_page_interval

    def page_way(self, service: Service) -> Cadence:
        """The defaults, with the way to the service's status page where that has one of its own."""
        page = service.status_page
        own = Way.model_fields.keys() & page.model_fields_set if page else ()
        return self.defaults.model_copy(update={key: getattr(page, key) for key in own})


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _with_defaults(service: Any, defaults: dict[str, Any]) -> Any:
    if not isinstance(service, dict) or not isinstance(service.get("paths"), list):
        return service
    paths = [{**defaults, **path} if isinstance(path, dict) else path for path in service["paths"]]
    return {**service, "paths": paths}

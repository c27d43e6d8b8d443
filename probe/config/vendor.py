"""A vendor's status page, and which of our paths each of its components covers."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from probe.config.addresses import web_address
from probe.config.reach import Transport
from probe.config.types import Duration, Model, Name, Plain, as_tuple, checked_name

PAGE_PATH = "status_page"
"""The name under which readings of a status page are recorded, as if it were a path."""

POLITE_S = 60.0

Format = Literal["statuspage", "incident_io", "google_cloud"]


def _polite(value: float) -> float:
    if value < POLITE_S:
        raise PydanticCustomError("polite", "a status page is read once a minute at most: 60s")
    return value


PoliteInterval = Annotated[Duration, AfterValidator(_polite)]


class StatusPage(Transport):
    """A vendor's status page, and how it is read.

    Each connection setting that is not set here is taken from `defaults`.
    """

    url: Annotated[Plain, AfterValidator(web_address)]
    """The page's front, or the document itself if it ends in `.json`."""
    format: Format | None = None
    """Unset: detected from the page's response."""
    interval: PoliteInterval | None = None
    """How often it is read, if different from `politeness`."""
    maintenance: bool = True
    """Whether work that it announces counts as maintenance; it is shown in any case."""


def _page(value: object) -> object:
    return {"url": web_address(value)} if isinstance(value, str) else value


PageAddress = Annotated[StatusPage, BeforeValidator(_page, json_schema_input_type=str | StatusPage)]
"""A status page, or its address alone."""


class Component(Model):
    """A component of the status page."""

    name: Name
    """The component's name here."""
    paths: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = ()
    """The paths that it covers; without any, the whole service."""


def _component(value: object) -> object:
    return {"name": checked_name(value)} if isinstance(value, str) else value


NamedComponent = Annotated[
    Component, BeforeValidator(_component, json_schema_input_type=Name | Component)
]
"""A component, or its name alone."""

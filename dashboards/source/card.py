"""What any panel needs: a title, what it shows, its size; its questions and how to ask them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from grafana_foundation_sdk.builders import (
    dashboard,
    heatmap,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

AnyPanel = stat.Panel | table.Panel | timeseries.Panel | statetimeline.Panel | heatmap.Panel
Panel = TypeVar(
    "Panel", stat.Panel, table.Panel, timeseries.Panel, statetimeline.Panel, heatmap.Panel
)
Manner = Callable[[prometheus.Dataquery], prometheus.Dataquery]

DATA_SOURCE: Final = shared.DataSourceRef(type_val="prometheus", uid="${datasource}")


@dataclass(frozen=True, slots=True)
class Question:
    """A query, and how each series of its answer is called."""

    expr: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a panel is about, and what it says when there is no answer."""

    title: str
    description: str
    size: "Size"
    ask: tuple[Question, ...]
    nothing: str
    link: str


@dataclass(frozen=True, slots=True)
class Size:
    """Room for a panel: `width` of 24 columns, `height` in rows of the grid."""

    width: int
    height: int

    def card(
        self,
        title: str,
        description: str,
        *ask: Question,
        nothing: str = "no data",
        link: str = "",
    ) -> Card:
        """A card of this size; its `link` is followed from the data."""
        return Card(
            title=title, description=description, size=self, ask=ask, nothing=nothing, link=link
        )


def now(query: prometheus.Dataquery) -> prometheus.Dataquery:
    """Ask for the values at the end of the time range."""
    return query.instant()


def rows(query: prometheus.Dataquery) -> prometheus.Dataquery:
    """Ask for the values at the end of the time range, as rows with the labels as columns."""
    return query.instant().format(PromQueryFormat.TABLE)


def over_time(query: prometheus.Dataquery) -> prometheus.Dataquery:
    """Ask for the whole time range."""
    return query.range()


def buckets(query: prometheus.Dataquery) -> prometheus.Dataquery:
    """Ask for the whole time range of a histogram's buckets."""
    return query.range().format(PromQueryFormat.HEATMAP)


def framed(panel: Panel, card: Card, manner: Manner) -> Panel:
    """`panel` with all that its card says."""
    panel.title(card.title).description(card.description)
    panel.span(card.size.width).height(card.size.height)
    panel.datasource(DATA_SOURCE).no_value(card.nothing)
    for index, question in enumerate(card.ask):
        query = prometheus.Dataquery().expr(question.expr).ref_id(letter(index))
        panel.with_target(manner(query.legend_format(question.name).datasource(DATA_SOURCE)))
    if card.link:
        panel.data_links([dashboard.DashboardLink("Open").url(card.link)])
    return panel


def letter(index: int) -> str:
    """The name by which Grafana knows a panel's question."""
    return chr(ord("A") + index)


def properties(**values: object) -> list[model.DynamicConfigValue]:
    """What an override sets; a dot in a property's name is written as two underscores."""
    return [
        model.DynamicConfigValue(id_val=name.replace("__", "."), value=value)
        for name, value in values.items()
    ]


def step(kind: str, **options: object) -> model.DataTransformerConfig:
    """A transformation of the answers before they are drawn."""
    return model.DataTransformerConfig(id_val=kind, options=options)

"""The kinds of panel: each draws one sort of answer, always in the same way.

Colour comes from the words alone; a number without a word has none.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    heatmap,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import heatmap as warmth

from dashboards.source.card import (
    Card,
    buckets,
    framed,
    letter,
    now,
    over_time,
    properties,
    rows,
    step,
)
from dashboards.source.words import GREY, Word, mappings

Column = list[model.DynamicConfigValue]
LAST: Final = "lastNotNull"
MOST_POINTS: Final = 400
ALONE_SIZE: Final = 30
NAMED_SIZE: Final = 22
"""In pixels: a verdict in words fits its tile on one line while there are five of them."""


def tiles(card: Card, words: Iterable[Word]) -> stat.Panel:
    """One coloured tile per series, a word on each."""
    return (
        _stat(card)
        .mappings(mappings(words))
        .color_mode(shared.BigValueColorMode.BACKGROUND_SOLID)
        .color_scheme(_fixed(GREY))
    )


def figure(card: Card, unit: str, decimals: int | None = None) -> stat.Panel:
    """Numbers without a colour."""
    panel = (
        _stat(card)
        .unit(unit)
        .color_mode(shared.BigValueColorMode.NONE)
        .color_scheme(_fixed("text"))
    )
    return panel if decimals is None else panel.decimals(decimals)


def count(card: Card, noun: str, colour: str, none: Word) -> stat.Panel:
    """How many, the noun behind the number; none at all has a word of its own."""
    steps = [model.Threshold(None, none.colour), model.Threshold(1, colour)]
    return (
        figure(card, f"suffix: {noun}", decimals=0)
        .mappings(mappings([none]))
        .thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .color_mode(shared.BigValueColorMode.BACKGROUND_SOLID)
    )


def history(card: Card, *vocabularies: Iterable[Word]) -> statetimeline.Panel:
    """A strip per series, in the colours of its words."""
    return (
        framed(statetimeline.Panel(), card, over_time)
        .mappings(mappings(*vocabularies))
        .color_scheme(_fixed(GREY))
        .show_value(shared.VisibilityMode.NEVER)
        .merge_values(True)
        .row_height(0.85)
        .fill_opacity(100)
        .line_width(0)
        .legend(_legend())
        .max_data_points(MOST_POINTS)
    )


def lines(card: Card, unit: str, *, stacked: bool = False) -> timeseries.Panel:
    """Numbers over time; stacked ones are filled."""
    panel = (
        framed(timeseries.Panel(), card, over_time)
        .unit(unit)
        .min(0)
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC))
        .line_width(1 if stacked else 2)
        .fill_opacity(60 if stacked else 0)
        .show_points(shared.VisibilityMode.NEVER)
        .legend(_legend())
        .tooltip(common.VizTooltipOptions().mode(shared.TooltipDisplayMode.MULTI))
        .max_data_points(MOST_POINTS)
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(shared.StackingMode.NORMAL).group("A"))
    return panel


def warm(card: Card) -> heatmap.Panel:
    """How many runs ended in each bucket of a histogram."""
    colours = heatmap.HeatmapColorOptions().mode(warmth.HeatmapColorMode.SCHEME).scheme("Oranges")
    return (
        framed(heatmap.Panel(), card, buckets)
        .calculate(False)
        .color(colours.steps(32))
        .y_axis(heatmap.YAxisConfig().unit("s").axis_placement(shared.AxisPlacement.LEFT))
        .cell_gap(1)
        .show_legend()
        .unit("short")
        .max_data_points(120)
    )


def sheet(
    card: Card, columns: Mapping[str, Column], *steps: model.DataTransformerConfig
) -> table.Panel:
    """A table of `columns`, by the names that they have after the `steps`."""
    panel = (
        framed(table.Panel(), card, rows)
        .transformations(list(steps))
        .cell_height(shared.TableCellHeight.SM)
        .align(shared.FieldTextAlignment.LEFT)
    )
    for name, column in columns.items():
        panel.override_by_name(name, column)
    return panel


def matrix(card: Card, words: Iterable[Word], down: str, across: str, row: str) -> table.Panel:
    """A table with a word in each cell: the label `down` names the rows, `across` the columns.

    A cell leads where the card's link says, the name of a row to `row`.
    """
    steps = (
        step("groupingToMatrix", rowField=down, columnField=across, valueField="Value"),
        step("organize", renameByName={f"{down}\\{across}": down}),
    )
    link = {"title": "Open", "url": row}
    plain = properties(custom__cellOptions={"type": "auto"}, mappings=[], links=[link])
    coloured = shared.TableColoredBackgroundCellOptions(
        mode=shared.TableCellBackgroundDisplayMode.BASIC
    )
    return (
        sheet(card, {down: plain}, *steps)
        .mappings(mappings(words))
        .color_scheme(_fixed("transparent"))
        .cell_options(coloured)
    )


def joined(card: Card, key: str, columns: Mapping[str, Column]) -> table.Panel:
    """A table in which each question is a column beside the label `key`, which they share."""
    answers = {f"Value #{letter(index)}": name for index, name in enumerate(columns)}
    join = step("joinByField", byField=key, mode="outer")
    keep = step("filterFieldsByName", include={"names": [key, *answers]})
    return sheet(card, columns, join, keep, step("organize", renameByName=answers))


def coloured(panel: timeseries.Panel, colours: Mapping[str, str]) -> timeseries.Panel:
    """`panel` with a fixed colour for the series that have these names."""
    for name, colour in colours.items():
        panel.override_by_name(name, properties(color={"mode": "fixed", "fixedColor": colour}))
    return panel


def number(unit: str, decimals: int = 1) -> Column:
    """A column of numbers."""
    return properties(unit=unit, decimals=decimals)


def _stat(card: Card) -> stat.Panel:
    reduce = common.ReduceDataOptions().calcs([LAST]).values(False).fields("")
    named = any(question.name for question in card.ask)
    mode = shared.BigValueTextMode
    return (
        framed(stat.Panel(), card, now)
        .reduce_options(reduce)
        .graph_mode(shared.BigValueGraphMode.NONE)
        .justify_mode(shared.BigValueJustifyMode.CENTER)
        .orientation(shared.VizOrientation.AUTO)
        .text_mode(mode.VALUE_AND_NAME if named else mode.VALUE)
        .wide_layout(False)
        .text(common.VizTextDisplayOptions().value_size(NAMED_SIZE if named else ALONE_SIZE))
    )


def _fixed(colour: str) -> dashboard.FieldColor:
    return dashboard.FieldColor().mode(model.FieldColorModeId.FIXED).fixed_color(colour)


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(shared.LegendDisplayMode.LIST)
        .placement(shared.LegendPlacement.BOTTOM)
        .calcs([])
    )

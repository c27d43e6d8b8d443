"""The formats by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from probe.model.report import Report
from probe.reporting.report.document import as_json
from probe.reporting.report.pages import as_html, as_markdown
from probe.reporting.report.table import as_csv

FORMATS: Final[Mapping[str, Callable[[Report], str]]] = MappingProxyType(
    {"markdown": as_markdown, "html": as_html, "json": as_json, "csv": as_csv}
)

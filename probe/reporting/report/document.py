"""A report for programs: its values as they are, times in seconds since the epoch."""

import json

from pydantic import TypeAdapter

from probe.model.report import Report

_REPORT = TypeAdapter(Report)


def as_json(report: Report) -> str:
    """One JSON object in pure ASCII, so that no text in it can hide or break anything."""
    plain = _REPORT.dump_python(report, warnings=False)
    return json.dumps(plain, indent=1, default=dict) + "\n"

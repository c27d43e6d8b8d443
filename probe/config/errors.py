"""The problems of a configuration.

ConfigError
    one exception with every Problem found, so that all of them can be fixed at once
"""

from dataclasses import dataclass
from pathlib import Path

from probe.model.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem at one place. Lines count from 1; `key` is a path such as `services[0].name`."""

    file: Path
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ConfigError(UserError):
    """The configuration cannot be used; `problems` says what to change, in the order of lines."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.line, problem.key))
        super().__init__("\n".join(str(problem) for problem in self.problems))

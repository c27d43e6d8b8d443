"""Short ways to a configuration, for the tests of this folder."""

from pathlib import Path

from probe.config.errors import ConfigError
from probe.config.loading import read
from probe.config.path import ProbePath
from probe.config.settings import Settings
from probe.config.transaction.steps import Step

HERE = Path(__file__).parent
SECRET = "hunter2-hunter2"


def written(step: str = "", path: str = "", top: str = "") -> str:
    """The text of a configuration of one step; each argument adds a line at its place."""
    return f"""
{top}
services:
  - name: example
    paths:
      - name: api
        plane: data
        {path}
        steps:
          - request: GET https://api.example.com/
            {step}
"""


def settings(step: str = "", path: str = "", top: str = "") -> Settings:
    return read(written(step, path, top), Path("probe.yaml"))


def path_of(settings: Settings) -> ProbePath:
    return settings.services[0].paths[0]


def step_of(settings: Settings) -> Step:
    return path_of(settings).steps[0]


def problems(text: str, file: Path = Path("probe.yaml")) -> list[str]:
    """The problems reported for `text`, without the file's name."""
    try:
        read(text, file)
    except ConfigError as error:
        return [str(problem).removeprefix(f"{file}:") for problem in error.problems]
    return []

"""From a file to Settings, or to every problem that stands in the way."""

from pathlib import Path

from pydantic import ValidationError

from probe.config.cross_checks import cross_check
from probe.config.document import Document
from probe.config.errors import ConfigError, Problem
from probe.config.parsing import parse
from probe.config.settings import Settings
from probe.config.types import WRITTEN
from probe.config.wording import report

_LONGEST_FILE = 8 * 2**20


def load(file: Path) -> Settings:
    """Read, resolve and validate `file`.

    Raises:
        ConfigError: it cannot be read or has problems; all of them are in it.
    """
    try:
        with file.open(encoding="utf-8") as stream:
            text = stream.read(_LONGEST_FILE + 1)
    except OSError as error:
        raise _unreadable(file, error.strerror or "no reason was given") from error
    except ValueError as error:
        raise _unreadable(file, "it is not UTF-8 text") from error
    if len(text) > _LONGEST_FILE:
        raise _unreadable(file, f"it is longer than {_LONGEST_FILE // 2**20} MiB")
    return read(text, file)


def read(text: str, file: Path) -> Settings:
    """Validate `text`, which came from `file`; raises as `load` does."""
    document = parse(text, file)
    if document.data is None and not document.problems:
        document.report((), "the file is empty; it needs services:")
    settings = _validate(document)
    cross_check(document)
    if document.problems or settings is None:
        raise ConfigError(document.problems)
    return settings


def _unreadable(file: Path, reason: str) -> ConfigError:
    message = f"cannot be read: {reason}; name a readable YAML file"
    return ConfigError([Problem(file=file, line=1, key="", message=message)])


def _validate(document: Document) -> Settings | None:
    if document.data is None:
        return None
    try:
        return Settings.model_validate(document.data, context=WRITTEN)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            report(document, detail)
        return None

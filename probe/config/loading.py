"""Loads a file into its model, or reports every problem that prevents that."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from probe.config.certificates import unusable, unusable_for_targets
from probe.config.cross_checks import cross_check
from probe.config.errors import ConfigError, Problem
from probe.config.expansion import expand
from probe.config.reach import Tls
from probe.config.reading.document import Document, Location
from probe.config.reading.parsing import parse
from probe.config.reading.wording import report
from probe.config.settings import Settings
from probe.config.types import WRITTEN, Model
from probe.config.web import WebConfig

M = TypeVar("M", bound=Model)
_LONGEST_FILE = 8 * 2**20


def load(file: Path) -> Settings:
    """Read, resolve and validate `file`.

    Raises:
        ConfigError: it cannot be read or has problems; the error contains all of them.
    """
    return read(_text(file), file)


def read(text: str, file: Path) -> Settings:
    """Validate `text`, the content of `file`; raises as `load` does."""
    document = parse(text, file)
    if document.data is None and not document.problems:
        document.report((), "the file is empty; it needs services:")
    expand(document)
    settings = _validate(document, Settings)
    cross_check(document)
    if settings is not None:
        _check_certificates(document, settings)
    _check_web(document)
    if document.problems or settings is None:
        raise ConfigError(document.problems)
    return settings


def load_web(file: Path | None) -> WebConfig:
    """The web configuration in `file`; without one, no TLS or passwords. Raises as `load` does."""
    if file is None:
        return WebConfig()
    document = parse(_text(file), file)
    if document.data is None:
        document.data = {}
    web = (_validate(document, WebConfig) or WebConfig()).beside(file.parent)
    for key, problem in unusable(web.tls_server_config):
        document.report(("tls_server_config", *key), problem)
    if document.problems:
        raise ConfigError(document.problems)
    return web


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as stream:
            text = stream.read(_LONGEST_FILE + 1)
    except OSError as error:
        raise _unreadable(file, error.strerror or "no reason was given") from error
    except ValueError as error:
        raise _unreadable(file, "it is not UTF-8 text") from error
    if len(text) > _LONGEST_FILE:
        raise _unreadable(file, f"it is longer than {_LONGEST_FILE // 2**20} MiB")
    return text


def _unreadable(file: Path, reason: str) -> ConfigError:
    message = f"cannot be read: {reason}; name a readable YAML file"
    return ConfigError([Problem(file=file, line=1, key="", message=message)])


def _check_certificates(document: Document, settings: Settings) -> None:
    """Add each set of files below `tls` that cannot be used, where it is written first."""
    used: list[tuple[Location, Tls]] = [(("defaults",), settings.defaults.tls)]
    for number, service in enumerate(settings.services):
        at: Location = ("services", number)
        if service.status_page is not None:
            used.append(((*at, "status_page"), service.status_page.tls))
        used += [((*at, "paths", i), path.tls) for i, path in enumerate(service.paths)]
    checked = {Tls()}
    for at, tls in used:
        if tls not in checked and (problem := unusable_for_targets(tls)):
            document.report((*at, "tls"), problem)
        checked.add(tls)


def _check_web(document: Document) -> None:
    """Add the problems of the web configuration file that `document` names."""
    named = document.value(("web_config_file",))
    if isinstance(named, str):
        try:
            load_web(Path(named))
        except ConfigError as error:
            document.problems += error.problems


def _validate(document: Document, model: type[M]) -> M | None:
    if document.data is None:
        return None
    try:
        return model.model_validate(document.data, context=WRITTEN)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            report(document, detail, model)
        return None

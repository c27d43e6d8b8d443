"""From a file to Settings, or to every problem that stands in the way."""

import difflib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from probe.config.cross_checks import cross_check
from probe.config.document import Document, Location, parse
from probe.config.errors import ConfigError, Problem
from probe.config.settings import Settings

_WORDS = {
    "missing": "this key is required",
    "bool_type": "should be true or false",
    "int_type": "should be a whole number",
    "float_type": "should be a number",
    "string_type": "should be text; write it in quotes",
    "dict_type": "should be a mapping of keys to values",
    "model_type": "should be a mapping of keys to values",
    "tuple_type": "should be a list",
    "list_type": "should be a list",
    "string_pattern_mismatch": (
        "a name starts with a letter and has letters, digits, '_', '-' and '.'"
    ),
    "too_short": "needs at least one entry",
}


def load(file: Path) -> Settings:
    """Read, resolve and validate `file`.

    Raises:
        ConfigError: it cannot be read or has problems; all of them are in it.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"cannot be read: {reason}; name a readable YAML file"
        raise ConfigError([Problem(file=file, line=1, key="", message=message)]) from error
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


def _validate(document: Document) -> Settings | None:
    if document.data is None:
        return None
    try:
        return Settings.model_validate(document.data)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False, include_context=True):
            _report(document, detail)
        return None


def _report(document: Document, detail: ErrorDetails) -> None:
    location = _written(detail["loc"], document.data)
    written = detail["type"] == "missing" or location in document.lines
    if not written and location[:1] == ("services",):
        return  # inherited: reported where it stands, under defaults
    document.report(location, _message(detail))


def _written(location: Location, data: Any) -> Location:
    """`location` without the union members and validators that pydantic puts into it."""
    kept: list[str | int] = []
    for part in location:
        if isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        elif isinstance(data, dict) and (part in data or part == location[-1]):
            data = data.get(part)
        else:
            continue
        kept.append(part)
    return tuple(kept)


def _message(detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return _unknown_key(detail["loc"])
    return _WORDS.get(detail["type"], detail["msg"])


def _unknown_key(location: Location) -> str:
    known = _keys(_model_at(location[:-1]))
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(known)}"
    return f"unknown key; {hint}"


def _keys(model: type[BaseModel] | None) -> list[str]:
    return [info.alias or key for key, info in model.model_fields.items()] if model else []


def _model_at(location: Location) -> type[BaseModel] | None:
    """The model that describes `location`."""
    model: type[BaseModel] | None = Settings
    for part in location:
        if model is None or isinstance(part, int):
            continue
        fields = {info.alias or key: info for key, info in model.model_fields.items()}
        if part in fields:
            model = _model_in(fields[part].annotation)
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)

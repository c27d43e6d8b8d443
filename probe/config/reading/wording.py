"""Turns pydantic's errors into messages that say what to change in the file."""

import difflib
import json
import re
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from probe.config.reading.document import Document, Location
from probe.model.secret import Secret

_WORDS = {
    "missing": "this key is required",
    "bool_type": "should be true or false",
    "int_type": "should be a whole number",
    "float_type": "should be a number",
    "string_type": "should be text; write it in quotes",
    "dict_type": "should be a mapping of keys to values",
    "model_type": "should be a mapping of keys to values",
    "model_attributes_type": "should be a mapping of keys to values",
    "tuple_type": "should be a list",
    "list_type": "should be a list",
    "is_instance_of": "should be text; write it in quotes",
    "too_short": "needs at least one entry",
}
_SHAPES = _WORDS.keys() - {"missing"}
_SPEAKS_OF_SECRETS = {
    "request",
    "url",
    "header",
    "bcrypt",
    "proxy",
    "totp",
    "apprise",
    "webhook_secret",
}
"""The kinds of errors in texts in which a secret is allowed."""

_PLAIN = re.compile(r"[0-9]*[A-Za-z](?:[\w /.-]|:(?! ))*")
"""Text that YAML reads as text without quotes; all other text is shown in quotes."""


def report(document: Document, detail: ErrorDetails, model: type[BaseModel]) -> None:
    """Note `detail`, an error of `model`, at its place in the file.

    One in an inherited value is noted only under `defaults`.
    """
    location = detail["loc"]
    if location[-1:] == ("[key]",) and location not in document.places:
        location = location[:-1]  # the key itself is wrong
    if detail["type"] == "missing" or not _is_inherited(location, document):
        document.report(location, _message(detail, document.value(location), model))


def _is_inherited(location: Location, document: Document) -> bool:
    """Whether `location` is a key that is not written there, but inherited from the defaults."""
    match location:
        case ("services", _, "paths", _, "tls", *_):
            return location[:6] not in document.places
        case ("services", _, "status_page", "tls", *_):
            return location[:5] not in document.places
        case ("services", _, "paths", _, _, *_):
            return location[:5] not in document.places
    return False


def _message(detail: ErrorDetails, value: Any, model: type[BaseModel]) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(detail["loc"], model)
    if isinstance(value, Secret) and kind not in _SPEAKS_OF_SECRETS:
        return "a secret reference is not allowed here"
    words = _WORDS.get(kind, detail["msg"].removeprefix("Input "))
    example = _example(detail["loc"], model)
    if kind in _SHAPES and example is not None:
        words += f", such as {_flow(example)}"
    if kind == "missing" and (choices := _choices(detail["loc"], model)):
        words += f": {' or '.join(choices)}"
    source = value.source if isinstance(value, Secret) else ""
    return f"{words} (with {source} filled in)" if source else words


def _unknown_key(location: Location, model: type[BaseModel]) -> str:
    known = _keys(_models(_described(location[:-1], model))[0])
    if location[-1] in known:
        return "this key does not go with the others here; give it a place of its own"
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    if not close:
        return f"unknown key; known are: {', '.join(known)}"
    example = _example((*location[:-1], close[0]), model)
    meant = close[0] if example is None else f"{close[0]}: {_flow(example)}"
    return f"unknown key; did you mean {meant!r}?"


def _flow(value: Any) -> str:
    """`value` as it is written in YAML, on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case str() if _PLAIN.fullmatch(value) is None:
            return json.dumps(value)
    return str(value)


def _example(location: Location, model: type[BaseModel]) -> Any:
    """A possible value at `location`, by the example of its key; None if that has none."""
    if not location:
        return None
    key = _key(_described(location[:-1], model), location[-1])
    if key is not None:
        return key.examples[0] if key.examples else None
    match _example(location[:-1], model):
        case dict() as entries:
            return next(iter(entries.values()))
        case list() as items:
            return items[0]
    return None


def _choices(location: Location, model: type[BaseModel]) -> list[str]:
    """The values to which the key at `location` is limited; none if it is not an enumeration."""
    key = _key(_described(location[:-1], model), location[-1])
    if key is None:
        return []
    if get_origin(key.annotation) is Literal:
        return [str(choice) for choice in get_args(key.annotation)]
    schemas = [each.json_schema or {} for each in key.metadata if isinstance(each, WithJsonSchema)]
    return [str(choice) for schema in schemas for choice in schema.get("enum", ())]


def _keys(model: type[BaseModel]) -> list[str]:
    return [info.alias or key for key, info in model.model_fields.items()]


def _described(location: Location, model: type[BaseModel]) -> Any:
    """The type of the value at `location` in the data that `model` describes."""
    described: Any = model
    for part in location:
        key = _key(described, part)
        described = _entries(described) if key is None else key.annotation
    return described


def _key(described: Any, part: str | int) -> FieldInfo | None:
    """The field of key `part` in the type `described`; None if `part` is an entry, not a key."""
    for model in _models(described):
        for key, info in model.model_fields.items():
            if part == (info.alias or key):
                return info
    return None


def _models(described: Any) -> list[type[BaseModel]]:
    """The models among the alternatives of a type."""
    return [
        kind
        for kind in _alternatives(described)
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    ]


def _entries(described: Any) -> Any:
    """The type of a mapping's values or of a tuple's items."""
    for kind in _alternatives(described):
        if get_origin(kind) is dict:
            return get_args(kind)[1]
        if get_origin(kind) is tuple:
            return get_args(kind)[0]
    return None


def _alternatives(described: Any) -> list[Any]:
    """The members of a union, or the type alone, without annotations."""
    if get_origin(described) is Annotated:
        return _alternatives(get_args(described)[0])
    if get_origin(described) in {Union, UnionType}:
        return [kind for member in get_args(described) for kind in _alternatives(member)]
    return [described]

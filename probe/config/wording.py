"""From what pydantic says of the models to what a person can mend in the file."""

import difflib
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from probe.config.document import Document, Location
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
"""What may be wrong with a text in which a secret is allowed."""


def report(document: Document, detail: ErrorDetails, model: type[BaseModel]) -> None:
    """Note `detail`, which `model` found, where it stands in the file.

    What is inherited stands under `defaults`.
    """
    location = detail["loc"]
    if location[-1:] == ("[key]",) and location not in document.places:
        location = location[:-1]  # it is the key itself that is wrong
    stands = detail["type"] == "missing" or location in document.places
    if stands or location[:1] != ("services",):
        document.report(location, _message(detail, document.value(location), model))


def _message(detail: ErrorDetails, value: Any, model: type[BaseModel]) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(detail["loc"], model)
    if isinstance(value, Secret) and kind not in _SPEAKS_OF_SECRETS:
        return "a secret reference is not allowed here"
    words = _WORDS.get(kind, detail["msg"].removeprefix("Input "))
    source = value.source if isinstance(value, Secret) else ""
    return f"{words} (with {source} filled in)" if source else words


def _unknown_key(location: Location, model: type[BaseModel]) -> str:
    known = _keys(_model_at(location[:-1], model))
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(known)}"
    return f"unknown key; {hint}"


def _keys(model: type[BaseModel]) -> list[str]:
    return [info.alias or key for key, info in model.model_fields.items()]


def _model_at(location: Location, model: type[BaseModel]) -> type[BaseModel]:
    """The model that describes `location` in what `model` describes."""
    described: Any = model
    for part in location:
        described = _part_of(described, part)
    return _models(described)[0]


def _part_of(described: Any, part: str | int) -> Any:
    """The type of `part` in a value of the type `described`."""
    for model in _models(described):
        for key, info in model.model_fields.items():
            if part == (info.alias or key):
                return info.annotation
    return _entries(described)


def _models(described: Any) -> list[type[BaseModel]]:
    """The models among the alternatives of a type."""
    return [
        kind
        for kind in _alternatives(described)
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    ]


def _entries(described: Any) -> Any:
    """What a mapping's values or a tuple's items are."""
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

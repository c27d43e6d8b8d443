"""The JSON Schema with which editors complete and check a configuration."""

import ast
import json
from collections.abc import Iterator
from inspect import cleandoc, getsource
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema

from probe.config.presets import preset_names
from probe.config.settings import Settings
from probe.config.types import Model


class AsWritten(GenerateJsonSchema):
    """Describes keys by their docstrings, and writes defaults as in a file: `30s`, not 30.0.

    pydantic could read the docstrings itself, but it would do so when the models are built: at
    every start, and for a quarter of the time that `probe check` takes.
    """

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        """The schema of one model."""
        document, model = super().model_schema(schema), schema["cls"]
        bare = model.model_construct(set(model.model_fields))
        defaults = bare.model_dump(mode="json", exclude_unset=True)
        meanings = _meanings(model)
        for name, field in model.model_fields.items():
            key = document["properties"][field.alias or name]
            key["description"] = meanings[name]
            if "default" in key:
                key["default"] = defaults[name]
        return document


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """The docstring of each field, by the field's name; a subclass overrides its bases."""
    bases = [base for base in reversed(model.__mro__) if issubclass(base, Model)]
    return {name: text for base in bases for name, text in _texts_beneath(base)}


def _texts_beneath(model: type[Model]) -> Iterator[tuple[str, str]]:
    (written,) = ast.parse(getsource(model)).body
    for field, below in pairwise(getattr(written, "body", ())):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=text)):
                yield name, cleandoc(str(text))


def schema() -> str:
    """The schema as the text of `config/schema.json`."""
    document = Settings.model_json_schema(schema_generator=AsWritten)
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["title"] = "splitprobe configuration"
    _tell_steps_apart(document["$defs"]["ProbePath"])
    _tell_of_presets(document["$defs"])
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _tell_steps_apart(path: dict[str, Any]) -> None:
    """Check a step only as what it is, for clear errors: with `oauth` a grant, else a request."""
    ordinary, grant = path["properties"]["steps"]["items"]["anyOf"]
    path["properties"]["steps"]["items"] = {
        "if": {"required": ["oauth"]},
        "then": grant,
        "else": ordinary,
    }


def _tell_of_presets(kinds: dict[str, Any]) -> None:
    """With a preset, a service requires no other key, and its paths only their names."""
    kinds["PathOverride"] = {**kinds["ProbePath"], "required": ["name"], "title": "PathOverride"}
    service = kinds["Service"]
    paths = service["properties"]["paths"]
    own = {key: paths.pop(key) for key in ("items", "minItems")}
    override = {"properties": {"paths": {"items": {"$ref": "#/$defs/PathOverride"}}}}
    service["if"] = {"required": ["preset"]}
    service["then"] = override
    service["else"] = {"required": [*service.pop("required"), "paths"]}
    service["else"]["properties"] = {"paths": own}
    kinds["PresetUse"]["properties"]["name"]["enum"] = preset_names()

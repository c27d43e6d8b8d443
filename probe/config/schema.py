"""The JSON Schema by which editors complete a configuration."""

import json
from typing import Any

from probe.config.presets import preset_names
from probe.config.settings import Settings


def schema() -> str:
    """The schema as the text of `config/schema.json`."""
    document = Settings.model_json_schema(by_alias=True)
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["title"] = "splitprobe configuration"
    _tell_of_presets(document["$defs"])
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _tell_of_presets(kinds: dict[str, Any]) -> None:
    """Beside a preset, a service needs nothing, and its paths nothing but their names."""
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

"""The JSON Schema by which editors complete a configuration."""

import json

from probe.config.settings import Settings


def schema() -> str:
    """The schema as the text of `config/schema.json`."""
    document = Settings.model_json_schema(by_alias=True)
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["title"] = "splitprobe configuration"
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

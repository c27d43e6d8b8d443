"""The shipped schema is what the models say, and says what the loader does."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from written_configs import HERE

from probe.config.loading import load
from probe.config.reading.parsing import parse
from probe.config.schema import schema
from probe.config.shipped import shipped

DOCS = Path(__file__).parents[2] / "docs"
VALID = sorted((HERE / "valid").glob("*.yaml"))
CONFIGURATIONS = sorted(
    file for file in shipped("probe.yaml").parent.rglob("*.yaml") if "services:" in file.read_text()
)


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    document = json.loads(schema())
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


def kinds(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every mapping that a file may hold."""
    return [document, *document["$defs"].values()]


def plain(file: Path) -> object:
    """What an editor reads of `file`: references stay as they are written."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=PlainLoader)  # noqa: S506 - safe


class PlainLoader(yaml.SafeLoader):
    """All that the scalar rules of YAML 1.1 would turn into something else stays text."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if "timestamp" not in tag]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_the_shipped_schema_is_the_one_that_is_generated() -> None:
    assert shipped("schema.json").read_text(encoding="utf-8") == schema(), "run `make schema`"


def test_the_reference_of_the_keys_is_the_one_that_is_generated() -> None:
    made = runpy.run_path(str(DOCS / "configuration.py"))["page"]()
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == made, "run `make schema`"


def test_every_default_in_the_schema_may_be_written_where_it_stands(
    validator: Draft202012Validator,
) -> None:
    misfits = {
        key: value["default"]
        for kind in kinds(validator.schema)
        for key, value in kind["properties"].items()
        if "default" in value and not validator.evolve(schema=value).is_valid(value["default"])
    }
    assert misfits == {}


def test_the_schema_says_of_every_key_what_it_means(validator: Draft202012Validator) -> None:
    untold = [
        key
        for kind in kinds(validator.schema)
        for key, value in kind["properties"].items()
        if not value.get("description") and "$ref" not in value
    ]
    assert untold == []


@pytest.mark.parametrize("file", CONFIGURATIONS, ids=lambda file: file.name)
def test_every_shipped_configuration_loads_and_fits_the_schema(
    validator: Draft202012Validator, file: Path
) -> None:
    assert load(file).services
    assert list(validator.iter_errors(plain(file))) == []


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_the_schema_accepts_what_the_loader_accepts(
    validator: Draft202012Validator, file: Path
) -> None:
    assert [error.message for error in validator.iter_errors(plain(file))] == []


@pytest.mark.parametrize(
    "name",
    [
        "wrong-type",
        "unknown-key",
        "missing-key",
        "duration-without-a-unit",
        "size-without-a-unit",
        "status-out-of-range",
        "request-without-a-method",
        "plane",
        "connection",
        "name",
        "empty-services",
        "empty-paths",
        "no-services",
        "equals-a-list",
        "comparison-with-text",
        "json-type",
    ],
)
def test_the_schema_refuses_what_an_editor_can_know(
    validator: Draft202012Validator, name: str
) -> None:
    data = parse((HERE / "invalid" / f"{name}.yaml").read_text(encoding="utf-8"), Path(name)).data
    assert not validator.is_valid(data)

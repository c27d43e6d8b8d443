"""How `preset:` becomes a service, and what is said where it cannot."""

from pathlib import Path

import pytest
import yaml

from probe.config.errors import ConfigError
from probe.config.loading import read
from probe.config.presets import PresetUse, environment, preset, preset_names
from probe.config.service import Service
from probe.model.secret import Secret, reveal

FILE = Path("probe.yaml")
API = "{name: rest-api, parameters: {api_url: http://api.invalid/}}"


def service(text: str) -> Service:
    """The only service of this YAML."""
    return read(f"services:\n  - {text}", FILE).services[0]


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as refusal:
        service(text)
    return str(refusal.value).splitlines()


def test_a_name_alone_is_a_whole_service() -> None:
    claude = service("preset: anthropic")
    assert claude.name == "claude"
    assert [path.name for path in claude.paths] == ["web", "login", "token", "console", "api"]


def test_the_grade_account_adds_paths_to_those_of_public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-1")
    public, account = (
        service("preset: anthropic"),
        service("preset: {name: anthropic, grade: account}"),
    )
    assert account.paths[: len(public.paths)] == public.paths
    assert len(account.paths) > len(public.paths)


def test_keys_beside_the_preset_override_those_of_the_service() -> None:
    found = service("{preset: anthropic, name: mine, objective: {availability: 99}}")
    assert found.name == "mine"
    assert found.objective is not None
    assert found.objective.availability == 99


def test_a_path_of_the_same_name_overrides_key_by_key() -> None:
    found = service(f"{{name: it, preset: {API}, paths: [{{name: api, interval: 2m}}]}}")
    (path,) = found.paths
    assert path.interval == 120
    assert path.steps[0].name == "refuse"


def test_a_path_of_another_name_is_added() -> None:
    steps = "[{request: GET http://api.invalid/}]"
    path = f"{{name: health, plane: data, steps: {steps}}}"
    found = service(f"{{name: it, preset: {API}, paths: [{path}]}}")
    assert [path.name for path in found.paths] == ["api", "health"]


def test_a_path_that_is_left_out_is_left_out_of_the_components_too() -> None:
    found = service("preset: {name: anthropic, without: [web]}")
    assert "web" not in [path.name for path in found.paths]
    assert "web" not in {path for part in found.components.values() for path in part.paths}


def test_several_presets_make_one_service() -> None:
    found = service(
        f"{{name: it, preset: [{API}, {{name: oidc, parameters: {{issuer: http://id.invalid}}}}]}}"
    )
    assert [path.name for path in found.paths] == ["api", "keys", "token"]


def test_a_parameter_that_is_a_secret_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_KEY", "sk-of-my-own")
    found = service(
        "preset: {name: anthropic, grade: account, parameters: {key: '${env:OWN_KEY}'}}"
    )
    path = next(path for path in found.paths if path.name == "api_models")
    assert path.steps[0].headers["x-api-key"] == Secret("sk-of-my-own")
    assert "sk-of-my-own" not in repr(found)


def test_a_key_that_is_written_into_the_file_is_a_secret_all_the_same() -> None:
    found = service("preset: {name: anthropic, grade: account, parameters: {key: sk-in-clear}}")
    assert "sk-in-clear" not in repr(found) + found.model_dump_json()


def test_what_is_replaced_is_never_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_KEY", raising=False)
    use = "{name: rest-api, grade: account, parameters: {api_url: http://api.invalid/}}"
    path = "{name: api_call, steps: [{request: GET http://api.invalid/health}]}"
    assert len(service(f"{{name: it, preset: {use}, paths: [{path}]}}").paths) == 2


def test_a_preset_keeps_its_pace_where_the_file_has_a_default() -> None:
    text = "defaults: {interval: 5s, timeout: 3s}\nservices: [preset: anthropic]"
    path = read(text, FILE).services[0].paths[0]
    assert (path.interval, path.timeout) == (300, 15)


def test_a_missing_credential_is_told_once_and_where_the_preset_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    (said,) = problems("preset: {name: anthropic, grade: account}")
    assert said == (
        "probe.yaml:2: services[0].preset: the preset anthropic needs parameters: {key: ...}; "
        "the environment variable ANTHROPIC_API_KEY is not set; set it before start"
    )


def test_a_value_that_does_not_fit_is_told_with_both_places() -> None:
    given = '{api_url: "https://a.example", header: X-Key, wrong_key: "two\\nlines"}'
    (said,) = problems(f"{{name: it, preset: {{name: rest-api, parameters: {given}}}}}")
    file = preset("rest-api")[1].file
    line = 1 + next(
        i for i, line in enumerate(file.read_text().splitlines()) if "${param:wrong_key}" in line
    )
    place = "paths[0].steps[0].headers"
    there = f"{file}:{line}: public.{place}.${{param:header}}"
    assert said.startswith(f"{there}: a header's value is one line")
    assert said.endswith(f"(it stands as services[0].{place}.X-Key of probe.yaml)")


@pytest.mark.parametrize("name", preset_names())
def test_a_url_that_is_none_is_told_once_and_where_it_was_given(name: str) -> None:
    parameters = preset(name)[0].parameters
    urls = [key for key, parameter in parameters.items() if parameter.url]
    assert {key for key in parameters if key.endswith("_url")} <= set(urls)
    for key in urls:
        others = {each: "https://a.example" for each in urls if each != key} | {key: "here"}
        said = problems(f"{{name: it, preset: {{name: {name}, parameters: {others}}}}}")
        place = f"probe.yaml:2: services[0].preset.parameters.{key}"
        why = "a URL needs http:// or https:// and a host; a port lies between 1 and 65535"
        assert [words for words in said if "URL" in words] == [f"{place}: {why}"]


@pytest.mark.parametrize("name", preset_names())
def test_a_slash_at_the_end_of_an_address_is_not_doubled(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = preset(name)[0].parameters
    for key in environment(PresetUse(name=name, grade="account")):
        monkeypatch.setenv(key, "given")

    def requests(slash: str) -> list[str]:
        given = {key: "a" for key, each in parameters.items() if each.default is None}
        given |= {key: f"https://{key}.example{slash}" for key in parameters if parameters[key].url}
        use = {"name": name, "grade": "account", "parameters": given}
        found = service(f"{{name: it, preset: {use}}}")
        return [reveal(step.request.url) for path in found.paths for step in path.steps]

    assert requests("/")
    assert not [url for url in requests("/") if "//" in url.removeprefix("https://")]
    assert [url.rstrip("/") for url in requests("/")] == [url.rstrip("/") for url in requests("")]


def test_an_issuer_is_compared_as_it_was_given_whatever_its_address_is() -> None:
    use = "{name: oidc, parameters: {issuer: https://id.example/}}"
    step = service(f"{{name: it, preset: {use}}}").paths[0].steps[0]
    assert reveal(step.request.url) == "https://id.example/.well-known/openid-configuration"
    assert step.expect.json_["issuer"].equals == "https://id.example/"


def test_an_address_that_is_a_secret_stays_one_without_its_slash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MIRROR", "https://mirror.example/of-my-own/")
    use = "{name: anthropic, parameters: {api_url: '${env:MIRROR}'}}"
    (api,) = [path for path in service(f"{{preset: {use}}}").paths if path.name == "api"]
    assert api.steps[0].request.url == Secret("https://mirror.example/of-my-own/v1/models")


def test_the_shipped_parameters_are_the_ones_that_their_presets_use() -> None:
    for name in preset_names():
        text = preset(name)[1].file.read_text()
        used = {part.partition("}")[0] for part in text.split("${param:")[1:]}
        assert used == set(preset(name)[0].parameters), name


def test_a_preset_names_the_environment_in_its_parameters_alone() -> None:
    for name in preset_names():
        layers = yaml.safe_load(preset(name)[1].file.read_text())
        assert "${env:" not in str([layers["public"], layers["account"]]), name


def test_a_status_page_is_read_at_the_pace_that_its_preset_knows() -> None:
    settings = read("services: [{preset: anthropic}, {name: b, preset: " + API + "}]", FILE)
    claude, other = settings.services
    assert settings.page_interval(claude) == 900
    assert settings.page_interval(other) == settings.politeness.status_page_interval

"""`probe init`: from options or answers to a configuration that loads and runs."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from staged_presets import STAGES, routes
from standins import KEY, on_a_thread
from typer.testing import CliRunner, Result

from probe.cli.commands import app
from probe.config.loading import load
from probe.config.presets import PresetUse, environment, open_parameters, preset, preset_names
from probe.config.starter import StarterError, write
from probe.model.secret import Secret


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to write into; the file is `probe.yaml`."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "probe.yaml"


@pytest.fixture
def provider() -> Iterator[str]:
    with on_a_thread(routes("anthropic")) as address:
        yield address


def init(*arguments: str, answers: str = "") -> Result:
    return CliRunner().invoke(app, ["init", *arguments], input=answers)


def at(address: str) -> list[str]:
    """The options that point Anthropic's preset at `address`."""
    urls = STAGES["anthropic"].urls
    return [word for name in urls for word in ("--parameter", f"{name}={address}")]


def test_a_preset_and_a_location_are_enough(here: Path) -> None:
    result = init("--preset", "anthropic", "--location", "fra1", "--no-run")
    assert (result.exit_code, "fine, 1 service(s), 5 path(s)" in result.output) == (0, True)
    settings = load(here)
    assert (settings.location, settings.services[0].name) == ("fra1", "claude")


def test_a_name_that_yaml_takes_for_no_text_is_quoted(here: Path) -> None:
    result = init("--preset", "github", "--name", "true", "--location", "null", "--no-run")
    assert result.exit_code == 0, result.output
    assert (load(here).location, load(here).services[0].name) == ("null", "true")


def test_the_schema_stands_in_the_first_line(here: Path) -> None:
    init("--preset", "github", "--no-run")
    first, second, *_ = here.read_text().splitlines()
    schema = Path(first.removeprefix("# yaml-language-server: $schema="))
    assert schema.name == "schema.json"
    assert schema.is_file()
    assert second.startswith("# Made by `probe init`")


def test_what_was_written_is_run_once_and_shown(here: Path, provider: str) -> None:
    result = init("--preset", "anthropic", *at(provider))
    assert result.exit_code == 0, result.output
    assert "claude/api ok" in result.output
    assert here.exists()


def test_a_failing_path_is_exit_status_one(here: Path) -> None:
    result = init("--preset", "anthropic", *at("http://127.0.0.1:1"))
    assert (result.exit_code, "claude/api connect_failed" in result.output) == (1, True)
    assert here.exists()


def test_an_older_file_is_overwritten_only_by_force(here: Path) -> None:
    here.write_text("mine")
    result = init("--preset", "github", "--no-run")
    assert (result.exit_code, "--force overwrites it" in result.output) == (2, True)
    assert here.read_text() == "mine"
    assert init("--preset", "github", "--no-run", "--force").exit_code == 0
    assert "github" in here.read_text()


def test_a_folder_that_is_not_there_is_a_clear_sentence(here: Path) -> None:
    result = init("--preset", "github", "--no-run", "--output", f"{here.parent}/no/probe.yaml")
    assert result.exit_code == 2
    assert "cannot be written: No such file or directory" in result.output
    assert "name another file with --output" in result.output


def test_a_folder_in_place_of_a_file_is_not_to_be_forced(here: Path) -> None:
    here.mkdir()
    result = init("--preset", "github", "--no-run")
    problem = "probe.yaml is a folder; name a file with --output\n"
    assert (result.exit_code, result.output) == (2, problem)


def test_of_a_file_that_finds_no_room_nothing_is_left(here: Path) -> None:
    command = 'ulimit -f 0; exec "$0" -m probe init --preset github --no-run'
    ended = subprocess.run(
        ["sh", "-c", command, sys.executable], capture_output=True, text=True, check=False
    )
    problem = "probe.yaml cannot be written: File too large; name another file with --output\n"
    assert (ended.returncode, ended.stderr) == (2, problem)
    assert not here.exists()


def test_a_file_that_was_there_is_not_lost_when_none_can_be_opened(here: Path) -> None:
    here.write_text("mine")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        with pytest.raises(StarterError, match="Too many open files"):
            write("new", here, force=False)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert here.read_text() == "mine"


def test_the_variables_of_a_credential_are_named_and_missing_ones_refused(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    result = init("--preset", "openai", "--grade", "account")
    assert result.exit_code == 2
    assert "set before start: OPENAI_API_KEY" in result.output
    assert "the environment variable OPENAI_API_KEY is not set" in result.output
    assert "Set before start: OPENAI_API_KEY." in here.read_text()


def test_no_secret_is_written(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    result = init("--preset", "anthropic", "--grade", "account", "--no-run")
    assert result.exit_code == 0, result.output
    assert KEY not in here.read_text() + result.output
    models = next(path for path in load(here).services[0].paths if path.name == "api_models")
    assert models.steps[0].headers["x-api-key"] == Secret(KEY)


def test_a_secret_as_an_option_is_refused_and_a_reference_is_taken(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--preset", "anthropic", "--grade", "account", "--no-run")
    refused = init(*options, "--parameter", f"key={KEY}")
    assert refused.exit_code == 2
    assert "key is a secret; name it, as ${env:NAME} or ${file:/path}" in refused.output
    assert not here.exists()
    monkeypatch.setenv("OWN_KEY", KEY)
    taken = init(*options, "--parameter", "key=${env:OWN_KEY}")
    assert (taken.exit_code, "set before start: OWN_KEY" in taken.output) == (0, True)


def test_own_addresses_make_one_service_of_two_planes(here: Path) -> None:
    result = init(
        *("--login-url", "http://app.invalid/login", "--api-url", "http://api.invalid/v1"),
        *("--name", "mine", "--no-run"),
    )
    assert result.exit_code == 0, result.output
    (service,) = load(here).services
    assert service.name == "mine"
    assert {path.plane.value: path.name for path in service.paths} == {
        "control": "login_page",
        "data": "api",
    }


def test_what_the_options_leave_open_is_asked_for(here: Path) -> None:
    answers = "nonsense\noidc\nn\nams2\nhttp://id.invalid\n"
    result = init("--no-run", answers=answers)
    assert result.exit_code == 0, result.output
    assert "no preset is called 'nonsense'" in result.output
    assert all(f"  {name}: " in result.output for name in preset_names())
    settings = load(here)
    assert settings.location == "ams2"
    assert settings.services[0].preset[0].parameters == {"issuer": "http://id.invalid"}


@pytest.mark.parametrize("grade", ["public", "account"])
@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_written_by_answers_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch, name: str, grade: str
) -> None:
    use = PresetUse.model_validate({"name": name, "grade": grade})
    for variable in environment(use):
        monkeypatch.setenv(variable, "of-my-own")
    parameters = preset(name)[0].parameters
    asked = ["https://a.example/" if parameters[key].url else "x" for key in open_parameters(use)]
    answers = [name, "y" if grade == "account" else "n", "ams2", *asked]
    result = init("--no-run", answers="\n".join([*answers, ""]))
    assert result.exit_code == 0, result.output
    (service,) = load(here).services
    layers = [getattr(preset(name)[0], layer) for layer in use.layers]
    assert [path.name for path in service.paths] == [
        path["name"] for layer in layers for path in layer["paths"]
    ]


def test_an_answer_that_is_no_url_is_asked_for_again(here: Path) -> None:
    result = init("--preset", "oidc", "--no-run", answers="id.invalid\nhttp://id.invalid\n")
    assert result.exit_code == 0, result.output
    assert "Error: a URL needs http:// or https:// and a host" in result.output
    assert load(here).services[0].preset[0].parameters == {"issuer": "http://id.invalid"}


def test_an_option_that_is_no_url_is_refused_before_anything_is_written(here: Path) -> None:
    result = init("--login-url", "app.invalid/login")
    assert result.exit_code == 2
    assert "login_url: a URL needs http:// or https:// and a host" in result.output
    assert not here.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "\nno answer; give it as an option, see --help\n"),
        (("--preset", "oidc"), "\nissuer: no answer; give it as --parameter issuer=...\n"),
    ],
)
def test_without_an_answer_nothing_is_written(
    here: Path, options: tuple[str, ...], said: str
) -> None:
    result = init(*options)
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert not here.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--preset", "anthropc"), "no preset is called 'anthropc'; there are: anthropic,"),
        (("--preset", "github", "--grade", "x"), "no grade is called 'x'; there are: account"),
        (("--preset", "github", "--parameter", "x=1"), "no parameter is called 'x'; there are:"),
        (("--preset", "github", "--location", "Frankfurt 1"), "'Frankfurt 1': a name starts with"),
        (("--preset", "github", "--name", "a: b"), "name 'a: b': a name starts with a letter"),
    ],
)
def test_a_wrong_option_names_what_there_is(
    here: Path, options: tuple[str, ...], said: str
) -> None:
    result = init(*options)
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert not here.exists()

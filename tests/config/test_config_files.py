"""Every fault has a file of its own beside the exact words that must be said of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import trustme
from written_configs import HERE, SECRET, problems, settings, step_of

from probe.config.errors import ConfigError
from probe.config.loading import load
from probe.model.secret import Secret

INVALID = sorted((HERE / "invalid").glob("*.yaml"))
VALID = sorted((HERE / "valid").glob("*.yaml"))


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_an_invalid_file_is_refused_with_these_words(file: Path) -> None:
    expected = file.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    with pytest.raises(ConfigError) as refusal:
        load(file)
    assert str(refusal.value).splitlines() == [f"{file}:{line}" for line in expected]
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_valid_file_loads(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    authority = trustme.CA()
    authority.cert_pem.write_to_path("ca.pem")
    client = authority.issue_cert("probe.example")
    client.cert_chain_pems[0].write_to_path("client.pem")
    client.private_key_pem.write_to_path("client.key")
    assert load(file).services


def test_problems_are_told_in_the_order_of_the_file() -> None:
    with pytest.raises(ConfigError) as refusal:
        load(HERE / "invalid" / "several-problems.yaml")
    lines = [problem.line for problem in refusal.value.problems]
    assert len(lines) > 1
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory"),
        (b"\xff\xfe\xfa", "it is not UTF-8 text"),
        (b"#" * (8 * 2**20 + 1), "it is longer than 8 MiB"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "probe.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=f"cannot be read: {reason}; name a readable YAML file"):
        load(file)


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff", "is not UTF-8 text"),
        (b"x" * 70_000, "is longer than 65536 bytes"),
    ],
)
def test_a_secret_file_must_hold_one_text(tmp_path: Path, content: bytes, reason: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(content)
    (found,) = problems(f"location: '${{file:{secret}}}'\n")[:1]
    assert found == f"1: location: the secret file {secret} {reason}"


def test_a_variable_must_hold_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_TEST_VALUE", os.fsdecode(b"p\xe9ssword"))
    (found,) = problems("location: '${env:PROBE_TEST_VALUE}'\n")[:1]
    assert found == "1: location: the environment variable PROBE_TEST_VALUE is not UTF-8 text"


def test_a_variable_is_read_alike_in_every_locale() -> None:
    program = (
        "from probe.config.reading.references import resolve\n"
        "print(ascii(resolve('${env:A}').reveal()))"
    )
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "A": "pässword"}
    said = subprocess.run(
        [sys.executable, "-c", program], env=plain, capture_output=True, text=True, check=True
    )
    assert said.stdout == "'p\\xe4ssword'\n"


def test_a_pipe_that_nobody_writes_to_keeps_nobody_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (found,) = problems(f"location: '${{file:{pipe}}}'\n")[:1]
    assert found == f"1: location: the secret file {pipe} is no regular file; name one that is"


def test_a_secret_file_may_be_a_link_as_kubernetes_makes_them(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("fra1\n")
    (tmp_path / "token").symlink_to("data")
    step = f'bearer: "${{file:{tmp_path}/token}}"'
    assert step_of(settings(step=step)).bearer == Secret("fra1")


def test_a_secret_file_named_with_a_nul_byte_is_a_problem() -> None:
    assert "is no path of a file" in problems('location: "${file:/a\\0b}"\n')[0]

"""The web configuration file: exporter-toolkit's names, and every problem with its line."""

from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from written_configs import SECRET, written

from probe.config.errors import ConfigError
from probe.config.loading import load, load_web
from probe.config.web import TlsServer, WebConfig

TLS = "tls_server_config: {cert_file: a, key_file: b"
HASH = "$2y$10$" + "a" * 53


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a certificate, its key, the authority, and the key of another one."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name in ("server", "other"):
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_pem.write_to_path(tmp_path / f"{name}.key")
        issued.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
    return tmp_path


def problems(folder: Path, text: str) -> list[str]:
    """What is said of the web configuration `text`, each without the file's name."""
    file = folder / "web.yaml"
    file.write_text(text)
    try:
        load_web(file)
    except ConfigError as error:
        return [str(problem).removeprefix(f"{file}:") for problem in error.problems]
    return []


def test_without_a_file_and_with_an_empty_one_everything_is_open(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text("# nothing yet\n")
    assert load_web(None) == load_web(tmp_path / "web.yaml") == WebConfig()


def test_the_defaults_are_those_of_exporters() -> None:
    tls = TlsServer(cert_file=Path("a"), key_file=Path("b"))
    assert tls.client_auth_type == "NoClientCert"
    assert tls.client_ca_file is None
    assert (tls.min_version, tls.max_version) == ("TLS12", "TLS13")
    assert WebConfig().basic_auth_users == {}


def test_paths_are_taken_from_the_folder_of_the_file(folder: Path) -> None:
    text = "tls_server_config: {cert_file: server.pem, key_file: %s}\n"
    (folder / "web.yaml").write_text(text % (folder / "server.key"))
    tls = load_web(folder / "web.yaml").tls_server_config
    assert tls is not None
    assert tls.files == {"cert_file": folder / "server.pem", "key_file": folder / "server.key"}


def test_a_whole_file_is_fine(folder: Path) -> None:
    text = f"""
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS13
  max_version: TLS13
basic_auth_users:
  prometheus: {HASH}
"""
    assert problems(folder, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tls_server_config: {cert_file: server.pem}", ["1: tls_server_config.key_file: this key"]),
        (
            "tls_server_config:\n  cert_file: none.pem\n  key_file: none.key",
            [
                "2: tls_server_config.cert_file: {folder}/none.pem cannot be read: No such file",
                "3: tls_server_config.key_file: {folder}/none.key cannot be read: No such file",
            ],
        ),
        (
            "tls_server_config: {cert_file: server.pem, key_file: other.key}",
            ["1: tls_server_config: no PEM certificates with their key: key values mismatch"],
        ),
        (
            "tls_server_config: {cert_file: web.yaml, key_file: server.key}",
            ["1: tls_server_config: no PEM certificates with their key: "],
        ),
        (
            f"{TLS}, client_auth_type: RequestClientCert}}",
            ["1: tls_server_config.client_auth_type: should be 'NoClientCert', 'VerifyClient"],
        ),
        (
            f"{TLS}, client_ca_file: c}}",
            ["1: tls_server_config: client_ca_file and a client_auth_type that verifies need"],
        ),
        (
            f"{TLS}, client_auth_type: VerifyClientCertIfGiven}}",
            ["1: tls_server_config: client_ca_file and a client_auth_type that verifies need"],
        ),
        (
            f"{TLS}, min_version: TLS10}}",
            ["1: tls_server_config.min_version: should be 'TLS12' or 'TLS13'"],
        ),
        (
            f"{TLS}, min_version: TLS13, max_version: TLS12}}",
            ["1: tls_server_config: min_version is above max_version"],
        ),
        (
            "basic_auth_users:\n  alice: secret\n  a:b: " + HASH,
            [
                "2: basic_auth_users.alice: a password is a bcrypt hash of a cost from 4 to 15",
                "3: basic_auth_users.a:b: a user's name has no ':' in it",
            ],
        ),
        (
            "basic_auth_users: {alice: '${env:PROBE_TEST_SECRET}'}",
            ["1: basic_auth_users.alice: a password is a bcrypt hash of a cost from 4 to 15"],
        ),
        (
            "basic_auth_users: {alice: $2y$16$" + "a" * 53 + "}",
            ["1: basic_auth_users.alice: a password is a bcrypt hash of a cost from 4 to 15"],
        ),
        ("rate_limit: {burst: 1}", ["1: rate_limit: unknown key; known are: tls_server_config, "]),
        ("tls_server_config: {", ["2: not valid YAML in column 1: "]),
    ],
)
def test_a_wrong_file_is_refused_with_these_words(
    folder: Path, text: str, expected: list[str]
) -> None:
    found = problems(folder, text)
    assert len(found) == len(expected), found
    for said, start in zip(found, expected, strict=True):
        assert said.startswith(start.format(folder=folder))
        assert SECRET not in said


def test_its_problems_are_told_beside_those_of_the_configuration(folder: Path) -> None:
    (folder / "web.yaml").write_text("\nbasic_auth_users: {alice: plain}\n")
    file = folder / "probe.yaml"
    file.write_text(written("slow: 1", top=f"web_config_file: {folder}/web.yaml"))
    with pytest.raises(ConfigError) as refusal:
        load(file)
    assert [(p.file.name, p.line) for p in refusal.value.problems] == [
        ("web.yaml", 2),
        ("probe.yaml", 11),
    ]


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "probe.yaml"
    file.write_text(written(top=f"web_config_file: {tmp_path}/none.yaml"))
    with pytest.raises(ConfigError, match=r"none\.yaml:1: cannot be read: No such file"):
        load(file)


def test_a_key_behind_a_password_is_refused_without_asking_for_it(folder: Path) -> None:
    key = load_pem_private_key((folder / "server.key").read_bytes(), password=None)
    locked = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a password")
    )
    (folder / "server.key").write_bytes(locked)
    found = problems(folder, "tls_server_config: {cert_file: server.pem, key_file: server.key}")
    assert [said.partition(": no PEM")[0] for said in found] == ["1: tls_server_config"]

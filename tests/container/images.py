"""The image as CI builds it: with buildah, on a base that needs no registry."""

import configparser
import os
import re
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from processes import CHECKOUT, tool

HERE = Path(__file__).parent
BASE = "docker.io/library/python:3.13-slim-bookworm"
AUTHORITIES = "/run/secrets/authorities"


def run(*command: str | Path, within: float = 600) -> str:
    """What `command` writes; a failure shows all of its output."""
    ended = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=within,
        cwd=CHECKOUT,
        check=False,
    )
    assert ended.returncode == 0, f"{command}: {ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
    return ended.stdout.strip()


def ensure_base() -> None:
    """Make a stand-in for the base unless the real one, or a stand-in, is in the storage."""
    if os.geteuid() != 0:
        pytest.skip("needs root: debootstrap and buildah's chroot isolation")
    buildah = tool("buildah", "buildah")
    if not run(buildah, "images", "--quiet", "--filter", f"reference={BASE}"):
        tool("debootstrap", "debootstrap")
        run(HERE / "base.sh", BASE)


def build(tag: str, folder: Path) -> None:
    """Build the Dockerfile as `tag`; pip uses the same index in it as here."""
    run(
        *(tool("buildah", "buildah"), "build", "--isolation", "chroot", "--format", "docker"),
        *("--pull-never", "--secret", f"id=pip,src={_pip_configuration(folder)}"),
        *("--secret", f"id=authorities,src={_authorities()}"),
        *("--tag", tag, CHECKOUT),
    )


def _pip_configuration(folder: Path) -> Path:
    """This machine's pip settings, except those that name local files."""
    listed = run(sys.executable, "-m", "pip", "config", "list")
    settings = dict(re.findall(r"(?m)^(?:global|install|:env:)\.([a-z-]+)='(.*)'$", listed))
    kept = {key: value for key, value in settings.items() if not value.startswith(("/", "~"))}
    made = configparser.ConfigParser(interpolation=None)
    made["global"] = {**kept, "cert": AUTHORITIES}
    file = folder / "pip.conf"
    with file.open("w") as stream:
        made.write(stream)
    return file


def _authorities() -> str:
    found = ssl.get_default_verify_paths().cafile or ssl.get_default_verify_paths().openssl_cafile
    return os.environ.get("PIP_CERT") or found

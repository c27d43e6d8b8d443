"""The preview is installed from exact versions and from no particular place."""

import json
from typing import Any

import pytest

from dashboards.source.files import FOLDER

PREVIEW = FOLDER.parent / "preview"


def read(name: str) -> dict[str, Any]:
    return dict(json.loads((PREVIEW / name).read_text(encoding="utf-8")))


def test_the_packages_are_pinned_exactly() -> None:
    pinned = read("package.json")["dependencies"].values()
    assert all(version.replace(".", "").isdigit() for version in pinned)


def test_the_lock_file_holds_hashes_and_no_addresses() -> None:
    locked = {name: each for name, each in read("package-lock.json")["packages"].items() if name}
    assert all(each["integrity"].startswith("sha512-") for each in locked.values())
    assert not any("resolved" in each for each in locked.values())


@pytest.mark.parametrize("name", ["overview", "service", "path", "stream", "self"])
def test_every_dashboard_has_its_picture(name: str) -> None:
    assert (PREVIEW / f"{name}.png").read_bytes().startswith(b"\x89PNG")

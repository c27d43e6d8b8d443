"""How much the container image adds to its base, uncompressed. Needs buildah, podman, and root."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import images
from processes import tool

from benchmarks.figure import Figure

TAG: Final = "localhost/splitprobe-bench"


def measure() -> Iterator[Figure]:
    """The size above the base."""
    images.ensure_base()
    with tempfile.TemporaryDirectory() as folder:
        images.build(TAG, Path(folder))
    added = _size(TAG) - _size(images.BASE)
    images.run(tool("podman", "podman"), "rmi", "--force", TAG)
    yield Figure(what="image above its base", value=added, unit="MB", at_most=130)


def _size(image: str) -> float:
    """MB of all its layers."""
    podman = tool("podman", "podman")
    return int(images.run(podman, "image", "inspect", "--format", "{{.Size}}", image)) / 1e6

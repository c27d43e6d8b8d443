"""Finds the files that are shipped with the package."""

from importlib.resources import files
from pathlib import Path


def shipped(name: str) -> Path:
    """The shipped file or folder `name`, such as `demo.yaml` or `scenarios`.

    An installed package has it in `probe/shipped`; a checkout has it in `config`, beside the
    package.

    Raises:
        FileNotFoundError: nothing of that name is shipped.
    """
    package = Path(str(files("probe")))
    for home in (package / "shipped", package.parent / "config"):
        if (home / name).exists():
            return home / name
    raise FileNotFoundError(f"nothing named {name!r} is shipped with splitprobe")

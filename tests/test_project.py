"""What holds of the repository as a whole."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
from coverage_gate import missed, shares
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from probe.config.shipped import shipped

pytestmark = pytest.mark.unwatched  # files are tested here, and no code
ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
SHIPPED = sorted((ROOT / "config").glob("*.yaml"))
# Put together here, so that this file does not hold what it looks for.
FOREIGN = re.compile(
    "|".join(["/" + "work/", "/" + "root/", "/" + "home/", "(?<!emit-)index-" + "url"])
)


def git(repository: Path, *arguments: str) -> str:
    """What git says of the files here as those of `repository`."""
    command = ["git", f"--git-dir={repository}", f"--work-tree={ROOT}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout


def text_files(empty: Path) -> Iterator[tuple[Path, str]]:
    """All that is not ignored; an `empty` repository tells, since an unpacked archive has none."""
    git(empty, "init", "--quiet")
    listed = git(empty, "ls-files", "--others", "--exclude-standard", "-z")
    for name in filter(None, listed.split("\0")):
        file = ROOT / name
        if file.suffix not in {".png", ".ico"}:
            yield file, file.read_text(encoding="utf-8")


def pinned(lock: Path) -> dict[str, str]:
    """Each package of a lock file and the text of its entry."""
    entries = re.split(r"(?m)^(?=[a-z0-9])", lock.read_text(encoding="utf-8"))
    return {entry.partition("==")[0].partition("[")[0]: entry for entry in entries if entry}


def imports(module: ast.Module) -> Iterator[str]:
    """The top-level names that `module` imports."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def required(*groups: str) -> set[str]:
    """The names that pyproject.toml asks for, in itself or in `groups`."""
    wanted = list(PYPROJECT["project"]["dependencies"]) if not groups else []
    for group in groups:
        wanted += [item for item in PYPROJECT["dependency-groups"][group] if isinstance(item, str)]
    return {canonicalize_name(Requirement(item).name) for item in wanted}


@pytest.mark.parametrize(
    "file", sorted((ROOT / "probe").rglob("__init__.py")), ids=lambda file: file.parent.name
)
def test_a_package_says_what_belongs_in_it_and_holds_nothing_else(file: Path) -> None:
    module = ast.parse(file.read_text(encoding="utf-8"))
    assert ast.get_docstring(module)
    assert len(module.body) == 1


def test_no_file_names_a_machine_or_a_package_index(tmp_path: Path) -> None:
    texts = dict(text_files(tmp_path / "empty"))
    assert len(texts) > 500
    named = [file.relative_to(ROOT) for file, text in texts.items() if FOREIGN.search(text)]
    assert named == []


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in sorted((ROOT / "config").glob("*.yaml"))
        if "\nservices:" in file.read_text()
    ],
    ids=lambda file: file.name,
)
def test_a_shipped_configuration_names_its_schema_first(file: Path) -> None:
    first, _, _ = file.read_text(encoding="utf-8").partition("\n")
    assert first == "# yaml-language-server: $schema=schema.json"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_locked_package_has_its_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"(?m)^\s*-(?!-hash=sha256:)", text)
    for name, entry in pinned(lock).items():
        assert re.match(rf"{re.escape(name)}(\[[a-z,-]+\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, name


@pytest.mark.parametrize(
    ("lock", "groups"),
    [
        ("runtime", ()),
        ("build", ("build",)),
        ("dev", ("build", "dev")),
    ],
)
def test_every_dependency_is_locked(lock: str, groups: tuple[str, ...]) -> None:
    assert required(*groups) <= set(pinned(ROOT / "requirements" / f"{lock}.lock"))


def test_every_import_of_a_package_is_of_a_declared_one() -> None:
    known = packages_distributions()
    imported = {
        canonicalize_name(known[name][0])
        for file in (ROOT / "probe").rglob("*.py")
        for name in imports(ast.parse(file.read_text(encoding="utf-8")))
        if name in known and name != "probe"
    }
    assert imported == required()


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    versions = {
        name: {
            stem: re.split(r"[\s;]", pinned(ROOT / "requirements" / f"{stem}.lock")[name])[0]
            for stem in ("runtime", "dev")
        }
        for name in pinned(ROOT / "requirements" / "runtime.lock")
    }
    assert [found for found in versions.values() if len(set(found.values())) > 1] == []


def test_shipped_files_are_found_and_unknown_ones_are_not() -> None:
    assert shipped("demo.yaml").is_file()
    assert shipped("scenarios").is_dir()
    with pytest.raises(FileNotFoundError, match="nothing named 'nowhere' is shipped"):
        shipped("nowhere")


def test_the_wheel_carries_the_shipped_files_and_finds_them(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = "from probe.config.shipped import shipped; print(shipped('scenarios/quiet-day.yaml'))"
    found = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed")},
        check=True,
        capture_output=True,
        text=True,
    )
    expected = tmp_path / "installed" / "probe" / "shipped" / "scenarios" / "quiet-day.yaml"
    assert found.stdout.strip() == str(expected)


def test_lines_and_branches_are_counted_apart() -> None:
    totals = {
        "covered_lines": 95,
        "num_statements": 100,
        "covered_branches": 4,
        "num_branches": 8,
    }
    assert shares(totals) == {"lines": 95, "branches": 50}


def test_lines_and_branches_that_no_test_took_are_named() -> None:
    files = {
        "probe/a.py": {"missing_lines": [3, 9], "missing_branches": [[2, 3], [8, -1]]},
        "probe/b.py": {"missing_lines": [], "missing_branches": []},
    }
    assert list(missed(files)) == ["probe/a.py: 3, 9, 2->3, 8->-1"]


# What a pytest of its own is given to pass over: nothing of ours is switched off here.
SKIP, WANT = "skip", "no nginx here"
SKIPPING = {
    "call": f"def test_a():\n    pytest.{SKIP}({WANT!r})\n",
    "file": f"pytest.{SKIP}({WANT!r}, allow_module_level=True)\n",
    "mark": f"@pytest.mark.{SKIP}if(True, reason={WANT!r})\ndef test_a(): ...\n",
}


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"CI": "true"}, {"call": "FAILED", "file": "ERROR", "mark": "ERROR"}),
        ({}, dict.fromkeys(SKIPPING, "SKIPPED")),
    ],
)
def test_a_skipped_test_fails_in_ci(
    tmp_path: Path, environment: dict[str, str], found: dict[str, str]
) -> None:
    conftest = (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(conftest, encoding="utf-8")
    for name, text in {**SKIPPING, "passing": "def test_b(): ...\n"}.items():
        (tmp_path / f"test_{name}.py").write_text(f"import pytest\n\n{text}", encoding="utf-8")
    options = ["-q", "-rsfE", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    told = re.findall(r"(?m)^([A-Z]+) .*?\btest_(\w+)\.py\b.*" + WANT + "$", run.stdout)
    assert {name: outcome for outcome, name in told} == found, run.stdout
    assert "1 passed" in run.stdout
    assert bool(run.returncode) == ("SKIPPED" not in found.values())
    assert ("CI skips nothing" in run.stdout) == bool(run.returncode)

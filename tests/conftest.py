"""In CI nothing is skipped: a test that could not run proves nothing."""

import asyncio
import gc
import os
import sys
from collections.abc import Generator, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import pytest
import structlog
from hypothesis import HealthCheck, settings

# On import, jsonschema builds grammars of internationalised addresses, which takes seconds, for a
# format that no schema here uses. It does without them if they are missing.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from _typeshed import TraceFunction  # only type checkers know it

WATCHER: "pytest.StashKey[TraceFunction | None]" = pytest.StashKey()
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

# The result of a property test does not depend on how busy the machine is.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

WHOLLY_SCENARIO = "\npytestmark = pytest.mark.scenario\n"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no file into the unit suite whose tests are all deselected: that takes seconds."""
    if config.option.markexpr != "not scenario" or not collection_path.match("test_*.py"):
        return None
    return WHOLLY_SCENARIO in collection_path.read_text(encoding="utf-8") or None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without searching for garbage: what is imported stays.

    And of all that pytest does meanwhile, coverage traces only the modules of the package.
    """
    gc.disable()
    watcher, execute = sys.gettrace(), SourceFileLoader.exec_module

    def watched(loader: SourceFileLoader, module: ModuleType) -> None:
        outer = sys.gettrace()
        sys.settrace(watcher if module.__name__.partition(".")[0] == "probe" else None)
        try:
            execute(loader, module)
        finally:
            sys.settrace(outer)

    sys.settrace(None)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SourceFileLoader, "exec_module", watched)
            return (yield)
    finally:
        sys.settrace(watcher)
        gc.freeze()
        gc.enable()


LONGEST = (
    *("test_damaged_journal.py", "test_project.py", "test_benchmarks.py"),
    *("test_quiet_day.py", "test_march_second.py", "test_notifications.py", "test_container.py"),
    *("test_replays.py", "test_daemon_process.py", "test_rule_mutants.py", "test_maintenance.py"),
    "test_taken_up.py",
    *("test_web_hostile_pages.py", "test_vendors_word.py", "test_outcomes.py"),
    *("test_real_servers.py", "test_web_browser.py"),
)
"""Of the unit suite, then of scenarios. There the files that mostly wait are spread among those
that compute: four workers share two processors."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, so that no worker is left with one of them at the end."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(LONGEST)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Let coverage trace tests, not pytest between them, which it makes several times slower."""
    session.stash[WATCHER] = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(session.stash[WATCHER])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    if item.get_closest_marker("unwatched"):
        return (yield)
    return (yield from _watched(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Do not trace property tests: their hundred examples take the same ways as their neighbours.

    Tracing them doubles their time. Coverage is counted without them, which can only lower it.
    """
    if item.get_closest_marker("hypothesis") or item.get_closest_marker("unwatched"):
        return (yield)
    return (yield from _watched(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    return (yield from _watched(item))


def _watched(item: pytest.Item) -> Generator[None, object, object]:
    sys.settrace(item.session.stash[WATCHER])
    try:
        return (yield)
    finally:
        sys.settrace(None)


@pytest.fixture(scope="session", autouse=True)
def _current_loop() -> Iterator[None]:
    """pytest-asyncio saves the current loop before each test; make sure that it gets closed."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="module", autouse=True)
def _closed_at_the_end() -> Iterator[None]:
    """Let what a file's tests leave open fail them, not a test of another file that runs later."""
    yield
    gc.collect()
    gc.freeze()  # survivors are not searched again after every file


@pytest.fixture(autouse=True)
def _log_of_its_own() -> Iterator[None]:
    """A command that a test runs configures the log of this whole process."""
    yield
    structlog.reset_defaults()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return _failed_if_skipped(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    return _failed_if_skipped(report)


def _failed_if_skipped(report: Report) -> Report:
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI skips nothing: {_reason(report)}"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        file, line, reason = report.longrepr
        return f"{file}:{line}: {reason.removeprefix('Skipped: ')}"
    return str(report.longrepr)

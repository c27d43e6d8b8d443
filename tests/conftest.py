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

# At its import jsonschema has grammars of internationalised addresses built, which takes seconds,
# for a format that no schema here names. It does without them where they are missing.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from _typeshed import TraceFunction  # type checkers alone know it

WATCHER: "pytest.StashKey[TraceFunction | None]" = pytest.StashKey()
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

# What a property says does not depend on how busy the machine is.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

WHOLLY_SCENARIO = "\npytestmark = pytest.mark.scenario\n"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The unit suite imports no file whose tests are all deselected: that costs it seconds."""
    if config.option.markexpr != "not scenario" or not collection_path.match("test_*.py"):
        return None
    return WHOLLY_SCENARIO in collection_path.read_text(encoding="utf-8") or None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported stays: to search it for garbage, then or later, is in vain.

    And of all that pytest does meanwhile, coverage watches the modules of the package alone.
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
"""Of the unit suite, then of scenarios. There what mostly waits stands between what reckons: four
workers share two processors.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files: no worker is left with one of them at the end."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(LONGEST)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Coverage watches what tests do, not pytest between them, which that slows several times."""
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
    """A property's hundred examples go where its neighbours' single ones go.

    To watch that doubles their time. Coverage is counted without them, which can only make it less.
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
    """pytest-asyncio saves the current loop before each test; make sure that somebody closes it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="module", autouse=True)
def _closed_at_the_end() -> Iterator[None]:
    """What the tests of a file leave open fails them, not another file's test that runs later."""
    yield
    gc.collect()
    gc.freeze()  # what lives on is not searched at the end of every file


@pytest.fixture(autouse=True)
def _log_of_its_own() -> Iterator[None]:
    """A command that a test runs sets the log up for this whole process."""
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

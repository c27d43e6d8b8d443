import asyncio

import pytest

from probe.running.supervision import Supervisor, TaskEndedError


async def _fail() -> None:
    raise ValueError("broken part")


async def _end() -> None:
    await asyncio.sleep(0)


async def test_a_task_that_fails_ends_the_watch_with_its_cause() -> None:
    supervisor = Supervisor()
    supervisor.keep(_fail(), "dispatch")
    with pytest.raises(TaskEndedError, match="'dispatch' ended unexpectedly") as caught:
        await supervisor.watch(asyncio.Event())
    assert isinstance(caught.value.__cause__, ValueError)


async def test_a_lasting_task_that_just_returns_ends_the_watch_too() -> None:
    supervisor = Supervisor()
    supervisor.keep(_end(), "vitals")
    with pytest.raises(TaskEndedError, match="vitals"):
        await supervisor.watch(asyncio.Event())


async def test_a_short_task_may_end() -> None:
    supervisor, stop = Supervisor(), asyncio.Event()
    supervisor.spawn(_end(), "confirm")
    asyncio.get_running_loop().call_later(0.02, stop.set)
    await supervisor.watch(stop)


async def test_a_short_task_that_fails_ends_the_watch() -> None:
    supervisor = Supervisor()
    supervisor.spawn(_fail(), "confirm")
    with pytest.raises(TaskEndedError, match="confirm"):
        await supervisor.watch(asyncio.Event())


async def test_the_end_cancels_everything() -> None:
    supervisor = Supervisor()
    supervisor.keep(asyncio.Event().wait(), "lasting")  # type: ignore[arg-type]
    supervisor.spawn(asyncio.Event().wait(), "short")
    await asyncio.wait_for(supervisor.end(), 1)
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not names & {"lasting", "short"}

import asyncio
import time
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from probe.model.clock import Clock
from probe.rehearsing.virtual import run_virtually

START = datetime(2026, 3, 2, 11, tzinfo=UTC).timestamp()


def test_hours_of_waiting_take_no_time() -> None:
    async def main(clock: Clock) -> float:
        await asyncio.sleep(8 * 3600)
        return clock.now()

    began = time.monotonic()
    assert run_virtually(main, start=START) == pytest.approx(START + 8 * 3600)
    assert time.monotonic() - began < 5


def test_a_server_that_waits_is_measured_in_virtual_time() -> None:
    async def main(clock: Clock) -> float:
        async def slow(_: web.Request) -> web.Response:
            await asyncio.sleep(90)
            return web.Response(text="done")

        app = web.Application()
        app.router.add_get("/", slow)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address = runner.addresses[0]
        began = clock.monotonic()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{address[1]}/") as answer,
        ):
            await answer.text()
        took = clock.monotonic() - began
        await runner.cleanup()
        return took

    assert run_virtually(main, start=START) == pytest.approx(90, abs=0.01)


def test_the_scheduler_lives_on_the_same_clock() -> None:
    async def main(clock: Clock) -> list[float]:
        seen: list[float] = []

        async def job() -> None:
            seen.append(clock.now() - START)

        scheduler = AsyncIOScheduler(timezone=UTC)
        scheduler.add_job(job, "interval", seconds=30)
        scheduler.start()
        await asyncio.sleep(3601)
        scheduler.shutdown(wait=False)
        return seen

    seen = run_virtually(main, start=START)
    assert len(seen) == 120
    assert seen[:2] == pytest.approx([30, 60], abs=0.01)


def test_the_pace_holds_virtual_time_back() -> None:
    async def main(_: Clock) -> None:
        await asyncio.sleep(30)

    began = time.monotonic()
    run_virtually(main, start=START, speed=200)
    assert time.monotonic() - began >= 0.14


def test_work_for_a_thread_is_done_before_time_moves() -> None:
    async def main(clock: Clock) -> tuple[int, float]:
        before = clock.now()
        result = await asyncio.get_running_loop().run_in_executor(None, sum, [1, 2])
        return result, clock.now() - before

    assert run_virtually(main, start=START) == (3, 0.0)

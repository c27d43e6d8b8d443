"""Single runs on real time, without a daemon."""

import asyncio
from typing import Final

import structlog

from probe.config.path import ProbePath
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.clock import SYSTEM
from probe.model.outcome import Outcome
from probe.model.run import Run, new_run_id
from probe.observing.observer import Observer
from probe.running import loop
from probe.running.restraint.accounts import Account, Accounts

REFUSED_BEFORE: Final = (
    "not tried: another path was refused with the same credential, or may have been"
)
_log = structlog.get_logger("probe")


def run_once(settings: Settings, chosen: list[tuple[Service, ProbePath]]) -> list[Run]:
    """Run each of `chosen` once, in order, as soon as it can sign in.

    Once an account has refused one of them, no other uses it: six wrong passwords lock many.
    """

    async def main() -> list[Run]:
        observer, accounts = Observer(settings, SYSTEM), Accounts()
        try:
            return [await _once(observer, accounts, *each) for each in chosen]
        finally:
            await observer.close()

    return loop.run(main())


async def _once(observer: Observer, accounts: Accounts, service: Service, path: ProbePath) -> Run:
    login = None if path.session is None else service.path(path.session)
    own = accounts.of(service, path)
    entered = own if login is None else accounts.of(service, login)
    if any(account.refused_by for account in (*own, *entered)):
        return _not_tried(service, path)
    while wait_s := observer.wait_s(service, path):
        words = {"service": service.name, "path": path.name, "seconds": round(wait_s)}
        _log.info("waiting for a one-time code that was not sent yet", **words)
        await asyncio.sleep(wait_s)
    run = await observer.observe(service, path)
    if run.outcome is Outcome.UNAUTHORIZED or run.perhaps_refused:
        _refuse(entered if run.failed_signing_in else own, run, path)
    return run


def _refuse(accounts: list[Account], run: Run, path: ProbePath) -> None:
    for account in accounts:
        account.refuse((run.service, run.path), run, path.interval)


def _not_tried(service: Service, path: ProbePath) -> Run:
    return Run(
        id=new_run_id(),
        service=service.name,
        path=path.name,
        plane=path.plane,
        started_at=SYSTEM.now(),
        duration_s=0.0,
        outcome=Outcome.UNOBSERVED,
        note=REFUSED_BEFORE,
    )

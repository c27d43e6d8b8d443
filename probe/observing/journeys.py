"""Creates journeys, with the connections, TLS contexts and secrets that outlive each run."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial

import aiohttp

from probe.config.path import ProbePath
from probe.config.reach import Totp
from probe.config.service import Service
from probe.config.settings import Settings
from probe.model.clock import Clock
from probe.observing.connecting.connections import Pools
from probe.observing.connecting.tls import Contexts
from probe.observing.journey import Journey
from probe.observing.masking import Masker, secrets_in
from probe.observing.signing_in.one_time import OneTimeCodes, fresh_values


class Journeys:
    """Begins journeys, all of which hide the same secrets and share the same one-time codes."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._secrets = frozenset(secrets_in(settings))
        self._maskers: dict[str, tuple[Service, Masker]] = {}
        self._pools = Pools(clock.monotonic)
        self._contexts = Contexts()
        self._codes = OneTimeCodes(clock.wall())

    @asynccontextmanager
    async def begin(
        self, service: Service, path: ProbePath, jar: aiohttp.CookieJar
    ) -> AsyncIterator[Journey]:
        """A journey along `path`, with the cookies in `jar`."""
        async with self._pools.lend(service.name, path) as pool, pool.session(jar) as http:
            journey = Journey(
                path=path,
                tls=partial(self._contexts.of, path.tls),
                pool=pool,
                http=http,
                clock=self._clock,
                masker=self.masker(service),
                codes=self._codes,
            )
            journey.learn(fresh_values(path))
            yield journey

    def masker(self, service: Service) -> Masker:
        """A masker of every secret of the configuration, and those that `service` derives."""
        known, masker = self._maskers.get(service.name, (None, None))
        if known is not service or masker is None:
            used = [service, [path.steps for path in service.paths]]
            masker = Masker(self._secrets.union(secrets_in(used)))
            self._maskers[service.name] = service, masker
        return masker

    def wait_s(self, totp: Totp) -> float:
        """Seconds until it has an unused code."""
        return self._codes.wait_s(totp, self._clock.wall())

    def turn(self, totp: Totp | None) -> AbstractAsyncContextManager[object]:
        """Held by a run so that no other takes the code that it waits for."""
        return nullcontext() if totp is None else self._codes.turn(totp)

    def has_code(self, totp: Totp) -> bool:
        """Whether there is an unused code now that no run waits for."""
        return not self._codes.turn(totp).locked() and not self.wait_s(totp)

    def adopt(self, settings: Settings) -> None:
        """Hide the secrets of `settings` from now on, and keep what its paths connect with."""
        self._secrets = frozenset(secrets_in(settings))
        self._maskers.clear()
        paths = [(service.name, path) for service in settings.services for path in service.paths]
        self._pools.keep(paths)
        self._contexts.keep({path.tls for _, path in paths})

    async def close(self) -> None:
        """Close every connection that was kept."""
        await self._pools.close()

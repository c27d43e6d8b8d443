"""A second factor: the code of the run's own clock, and none of them sent twice."""

import hashlib
from collections.abc import Mapping

import pytest
from aiohttp import web
from lookout import anything, settings, web_server

from probe.config.reach import Totp
from probe.config.settings import Settings
from probe.model.clock import SYSTEM, Clock
from probe.model.outcome import Outcome
from probe.observing.minting import CodeSpent, OneTimeCodes
from probe.observing.observer import Observer

RFC_6238: Mapping[str, tuple[str, dict[int, str]]] = {
    "sha1": (
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        {59: "94287082", 1111111109: "07081804", 20000000000: "65353130"},
    ),
    "sha256": (
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA",
        {59: "46119246", 1111111109: "68084774", 20000000000: "77737706"},
    ),
}
"""The vectors of the RFC's appendix B."""


@pytest.mark.parametrize("algorithm", RFC_6238)
def test_the_codes_are_those_of_the_rfc(algorithm: str) -> None:
    assert algorithm in hashlib.algorithms_available
    secret, codes = RFC_6238[algorithm]
    totp = Totp.model_validate({"secret": secret, "digits": 8, "algorithm": algorithm})
    for at, code in codes.items():
        assert OneTimeCodes().take(totp, at) == code


def test_a_code_is_given_once_in_its_period_and_the_next_period_has_another() -> None:
    codes, totp = OneTimeCodes(), Totp(secret="GEZDGNBVGY3TQOJQ")
    first = codes.take(totp, 60)
    with pytest.raises(CodeSpent, match="wait 1 s"):
        codes.take(totp, 89)
    assert codes.take(totp, 90) != first
    assert codes.take(Totp(secret="MFRGGZDFMZTWQ2LK"), 90)


LOGIN = """
- name: login
  plane: control
  totp: {{secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ, digits: 8}}
  steps:
    - request: GET {url}/
    - {{name: submit, request: POST {url}/, form: {{code: "{{{{ totp }}}}"}}}}
- name: kept
  plane: control
  session: login
  steps: [{{request: GET {url}/kept}}]
"""


async def test_two_runs_of_an_account_never_send_the_same_code() -> None:
    sent: list[str] = []
    now = 59.0

    async def note(request: web.Request) -> web.Response:
        sent.extend(str(value) for value in (await request.post()).values())
        return web.Response()

    async with web_server(anything(note)) as url:
        service = settings(LOGIN.format(url=url)).services[0]
        clock = Clock(now=lambda: now, monotonic=SYSTEM.monotonic)
        observer = Observer(Settings(services=(service,)), clock)
        login, kept = service.paths
        first = await observer.observe(service, login)
        second = await observer.observe(service, login)
        inside = await observer.observe(service, kept)
        now = 60.0
        third = await observer.observe(service, kept)
    assert sent[0] == "94287082"
    assert len(sent) == len(set(sent)) == 2
    assert [run.outcome for run in (first, third)] == [Outcome.OK] * 2
    assert [run.outcome for run in (second, inside)] == [Outcome.UNOBSERVED] * 2
    assert "one-time code was sent before; wait 1 s" in second.note
    assert "94287082" not in repr([first, second, inside, third])

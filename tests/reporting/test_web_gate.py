"""Who is let in, who is not, and what a stranger can cost."""

import asyncio
import base64

import aiohttp
import bcrypt
import pytest
from web_stage import Served, serving

from probe.reporting.web.gate import MOST_WAITING, OPEN, Gate

PASSWORD = "correct horse"
EVERYTHING_ELSE = ("/", "/metrics", "/probe?target=acme/api", "/api/v1/services", "/events", "/no")


def hashed(password: str) -> str:
    """As htpasswd writes it."""
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode().replace("2b", "2y", 1)


def basic(name: str, password: str) -> dict[str, str]:
    credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


@pytest.fixture
def guarded() -> Served:
    return Served(users={"prometheus": hashed(PASSWORD), "zoë": hashed("ä" * 40)})


async def status(client: aiohttp.ClientSession, route: str, headers: dict[str, str]) -> int:
    async with client.get(route, headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize("route", EVERYTHING_ELSE)
async def test_nothing_is_shown_without_credentials(guarded: Served, route: str) -> None:
    async with serving(guarded) as client, client.get(route) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "acme" not in await answer.text()


@pytest.mark.parametrize("route", sorted(OPEN))
async def test_the_daemons_own_health_is_told_to_anybody(guarded: Served, route: str) -> None:
    async with serving(guarded) as client:
        assert await status(client, route, {}) == 200


@pytest.mark.parametrize(("name", "password"), [("prometheus", PASSWORD), ("zoë", "ä" * 40)])
async def test_the_right_password_opens_every_route(
    guarded: Served, name: str, password: str
) -> None:
    async with serving(guarded) as client:
        for route in ("/", "/metrics", "/api/v1/services"):
            assert await status(client, route, basic(name, password)) == 200


@pytest.mark.parametrize(
    "headers",
    [
        basic("prometheus", "wrong"),
        basic("prometheus", ""),
        basic("prometheus", "x" * 5000),
        basic("nobody", PASSWORD),
        basic("", ""),
        {"Authorization": "Basic"},
        {"Authorization": "Basic not base64"},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:x").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"prometheus").decode()},
        {
            "Authorization": basic("prometheus", PASSWORD)["Authorization"].replace(
                "Basic", "Bearer"
            )
        },
    ],
)
async def test_wrong_or_malformed_credentials_open_nothing(
    guarded: Served, headers: dict[str, str]
) -> None:
    async with serving(guarded) as client:
        for _ in range(2):  # the first time must not open it for the second
            assert await status(client, "/metrics", headers) == 401


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The passwords that bcrypt was asked for."""
    asked: list[bytes] = []
    real = bcrypt.checkpw

    def counted(password: bytes, against: bytes) -> bool:
        asked.append(password)
        return real(password, against)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    return asked


async def test_a_right_password_costs_bcrypt_once(guarded: Served, checks: list[bytes]) -> None:
    async with serving(guarded) as client:
        for _ in range(5):
            assert await status(client, "/metrics", basic("prometheus", PASSWORD)) == 200
    assert checks == [PASSWORD.encode()]


async def test_an_unknown_name_costs_bcrypt_as_a_known_one_does(
    guarded: Served, checks: list[bytes]
) -> None:
    async with serving(guarded) as client:
        assert await status(client, "/metrics", basic("nobody", "guess")) == 401
    assert checks == [b"guess"]


async def test_wrong_passwords_leave_nothing_in_the_memory(checks: list[bytes]) -> None:
    guard = Gate({"prometheus": hashed(PASSWORD)})
    for number in range(20):
        assert not await guard._known("prometheus", b"%d" % number)
        assert not await guard._known(f"nobody{number}", b"guess")
    assert await guard._known("prometheus", PASSWORD.encode())
    assert len(checks) == 41
    assert list(guard._verified) == ["prometheus"]
    guard.close()


async def test_a_crowd_of_strangers_is_turned_away_and_those_who_are_known_go_on(
    guarded: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(guarded) as client:
        assert await status(client, "/metrics", basic("prometheus", PASSWORD)) == 200
        blocked = asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow(*_: bytes) -> bool:
            asyncio.run_coroutine_threadsafe(blocked.wait(), loop).result()
            return False

        monkeypatch.setattr(bcrypt, "checkpw", slow)
        strangers = [
            asyncio.create_task(status(client, "/metrics", basic("prometheus", f"{number}")))
            for number in range(MOST_WAITING + 3)
        ]
        while sum(each.done() for each in strangers) < 3:
            await asyncio.wait(
                [each for each in strangers if not each.done()],
                return_when=asyncio.FIRST_COMPLETED,
            )
        assert await status(client, "/metrics", basic("prometheus", PASSWORD)) == 200
        blocked.set()
        seen = sorted(await asyncio.gather(*strangers))
    assert seen == [401] * MOST_WAITING + [503] * 3


async def test_new_users_replace_the_old_ones_and_what_was_verified() -> None:
    guard = Gate({"alice": hashed("old")})
    assert await guard._known("alice", b"old")
    guard.admit({"alice": hashed("new")})
    assert not await guard._known("alice", b"old")
    assert await guard._known("alice", b"new")
    guard.close()

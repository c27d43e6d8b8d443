"""A real browser sees the pages as people do: live, by keyboard, in any light and at any width."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Response, async_playwright, expect
from processes import tool
from web_history import INCIDENT, written
from web_stage import LOGIN_DOWN, NOW, Served, board, failed, path, run, status

from probe.model.event import IncidentUpdated, Reviewed
from probe.model.state import State, Verdict
from probe.model.status import ServiceStatus
from probe.reporting.board import Board
from probe.reporting.web.server import CONTENT_SECURITY_POLICY

# One loop, because one browser serves all tests; each opens a page that shares nothing with others.
pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="module")]

HEALTHY = status(Verdict.HEALTHY, path("login", last_run=run()), path("api", last_run=run("api")))
PAGES = ("/", "/incidents", "/incidents/acme-1", "/services/acme/login", "/incidents/none")
HOSTILE = "<img src=x onerror=document.title='broken'><script>document.title='broken'</script>"


def split() -> ServiceStatus:
    seen = failed("an error page")
    down = path("login", State.DOWN, last_run=seen, last_failure=seen)
    return status(Verdict.CONTROL_PLANE_DOWN, down, path("api"), planes=LOGIN_DOWN)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    executable = tool("chromium", "chromium")
    async with async_playwright() as driver:
        started = await driver.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        await started.close()


@pytest.fixture
def made() -> Board:
    return board(split())


@pytest_asyncio.fixture(loop_scope="module")
async def address(made: Board, tmp_path: Path) -> AsyncIterator[str]:
    with written(tmp_path / "journal.db") as past:
        server = Served(board=made, past=past).server()
        yield await server.start()
        await server.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, address: str) -> AsyncIterator[Page]:
    """A page that fails its test when the browser complains of anything but a missing page.

    It is closed before the server at `address` stops, which would cut its stream of events.
    """
    assert address
    complaints: list[str] = []
    opened = await browser.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text))
    yield opened
    await opened.close()
    assert [each for each in complaints if "404 (Not Found)" not in each] == []


async def go(page: Page, url: str) -> Response:
    """Open `url`, and wait until the script has brought it up to date."""
    answer = await page.goto(url)
    assert answer is not None
    await expect(page.locator("#feed")).to_be_visible()
    return answer


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.textContent.trim()"))


async def test_a_change_appears_without_a_reload_and_is_announced(
    page: Page, address: str, made: Board
) -> None:
    made.handle(Reviewed(status=HEALTHY))
    await go(page, f"{address}/")
    await expect(page.locator(".word")).to_have_text("Healthy")
    await expect(page.locator("#feed")).to_have_text("Live")
    await page.evaluate("window.untouched = true")
    made.handle(Reviewed(status=split()))
    await expect(page.locator(".word")).to_have_text("Login down · API up")
    await expect(page).to_have_title("Login down · API up · acme · splitprobe")
    await expect(page.get_by_role("status")).to_have_text("acme: Login down · API up.")
    assert await page.evaluate("window.untouched")


async def test_an_open_incidents_page_is_live_too(page: Page, address: str, made: Board) -> None:
    await go(page, f"{address}/incidents/acme-1")
    await expect(page.locator(".lead")).to_contain_text("Over.")
    reopened = replace(INCIDENT, closed_at=None)
    made.handle(IncidentUpdated(incident=reopened, status=HEALTHY))
    await expect(page.locator(".lead")).to_contain_text("Open.")


async def test_a_password_in_the_address_loses_no_connection(page: Page, address: str) -> None:
    await go(page, f"{address}/".replace("//", "//user:password@", 1))
    await expect(page.locator("#feed")).to_have_text("Live")


async def test_a_page_that_is_not_there_is_no_lost_connection(page: Page, address: str) -> None:
    answer = await go(page, f"{address}/services/acme/none")
    assert answer.status == 404
    await expect(page.locator("#feed")).to_have_text("Live")


async def test_what_a_reader_opened_and_focused_survives_an_update(
    page: Page, address: str, made: Board
) -> None:
    await go(page, f"{address}/")
    summary = page.locator("details summary").first
    await summary.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("details pre").first).to_be_visible()
    made.handle(Reviewed(status=replace(split(), since=NOW - 60)))
    await expect(page.locator(".since b")).to_have_text("1 min")
    await expect(page.locator("details pre").first).to_be_visible()
    assert (await focused(page)).startswith("What it answered")


async def test_without_a_script_the_page_says_the_same(browser: Browser, address: str) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{address}/")
    await expect(page.locator(".word")).to_have_text("Login down · API up")
    await page.get_by_role("link", name="login", exact=True).click()
    await expect(page.locator("h1")).to_have_text("acme/login: Down")
    await context.close()


async def test_the_keyboard_reaches_content_paths_and_incidents(page: Page, address: str) -> None:
    await go(page, f"{address}/")
    await page.keyboard.press("Tab")
    assert await focused(page) == "Skip to the services"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await focused(page) == "login"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert await page.evaluate(outline) == "solid"
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("acme/login: Down")
    await page.get_by_role("link", name="Incidents").press("Enter")
    await page.get_by_role("link", name="10:11:30 UTC").press("Enter")
    await expect(page.locator("h1")).to_have_text("acme: Login down")


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("light", ["light", "dark"])
async def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, address: str, url: str, width: int, light: str
) -> None:
    page = await browser.new_page(
        color_scheme="dark" if light == "dark" else "light",
        viewport={"width": width, "height": 800},
    )
    await go(page, address + url)
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.close()


@pytest.mark.parametrize("url", ["/incidents/acme-1", "/services/acme/login"])
async def test_no_time_beneath_a_picture_sticks_out_of_it_on_a_phone(
    browser: Browser, address: str, url: str
) -> None:
    page = await browser.new_page(viewport={"width": 360, "height": 800})
    await go(page, address + url)
    out = "texts => texts.map(text => [text.getBoundingClientRect(),"
    out += " text.ownerSVGElement.getBoundingClientRect()])"
    out += ".filter(([text, box]) => text.left < box.left || text.right > box.right).length"
    assert await page.locator(".scale text").count() > 0
    assert await page.locator(".scale text").evaluate_all(out) == 0
    await page.close()


@pytest.mark.parametrize("url", ["/", "/incidents"])
async def test_a_name_is_not_broken_on_a_phone_unless_it_would_stick_out(
    browser: Browser, address: str, made: Board, url: str
) -> None:
    for name in ("standin", "x" * 64):
        made.seed(incidents=[replace(INCIDENT, id=f"{name}-1", service=name, opened_at=NOW)])
    page = await browser.new_page(viewport={"width": 360, "height": 800})
    await go(page, address + url)
    lines = "node => { const all = document.createRange(); all.selectNodeContents(node);"
    lines += "return all.getClientRects().length; }"
    cell = page.locator("td.name", has_text="standin")
    assert await cell.evaluate(lines) == 1
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.close()


async def test_dark_is_dark_and_light_is_light(browser: Browser, address: str) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        page = await browser.new_page(color_scheme=scheme)
        await go(page, address)
        grounds[scheme] = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        await page.close()
    assert grounds == {"light": "rgb(244, 245, 247)", "dark": "rgb(15, 18, 22)"}


@pytest.mark.parametrize("url", ["/", "/services/acme/login"])
async def test_hostile_text_runs_nothing_in_a_real_browser(
    page: Page, address: str, made: Board, url: str
) -> None:
    seen = failed(HOSTILE)
    down = path("login", State.DOWN, last_run=seen, last_failure=seen)
    made.handle(Reviewed(status=status(Verdict.OUTAGE, down, planes=LOGIN_DOWN)))
    answer = await go(page, address + url)
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    await expect(page.locator("img")).to_have_count(0)
    assert "broken" not in await page.title()
    assert HOSTILE[:20] in await page.inner_text("main")

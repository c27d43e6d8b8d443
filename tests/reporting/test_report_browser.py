"""A real browser shows and prints a report: axe finds nothing, no edge cuts anything off."""

from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright
from processes import tool
from test_report_formats import AT, report

from probe.model.report import Budget
from probe.model.state import State
from probe.reporting.report.formats import FORMATS

pytestmark = pytest.mark.scenario
A4_PX = 718
"""The width of A4 within margins of 1 cm, at 96 pixels an inch."""


def widest() -> str:
    """A page whose cells all hold the longest that they can."""
    long_s = 27 * 3600 + 59 * 60.0
    whole = report("control_plane_and_console")
    (service,) = whole.services
    lane = replace(
        service.paths[0],
        seconds=dict.fromkeys(State, long_s),
        resting=((AT + 20, AT + 40),),
        maintenance_s=long_s,
        hidden_s=long_s,
        budget=Budget(objective=99.9, window_s=30 * 86400.0, allowed_s=long_s, spent_s=3 * long_s),
    )
    filled = replace(service, planes=(lane,), paths=(lane,))
    return FORMATS["html"](replace(whole, services=(filled,)))


@pytest.mark.parametrize("width", [360, 1180])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_a_report_and_nothing_sticks_out(
    scheme: str, width: int, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(widest(), encoding="utf-8")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=tool("chromium", "chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": 1000},
        )
        await page.goto(file.as_uri())
        found = await Axe().run(page)
        across = await page.evaluate("document.documentElement.scrollWidth")
        await browser.close()
    assert found.violations_count == 0, found.generate_report()
    assert across <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_printed_report_fits_the_paper_and_is_black_on_white(
    scheme: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(widest(), encoding="utf-8")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=tool("chromium", "chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": A4_PX, "height": 1000})
        await page.emulate_media(media="print", color_scheme=scheme)  # type: ignore[arg-type]
        await page.goto(file.as_uri())
        right = await page.evaluate(
            "Math.max(...[...document.querySelectorAll('body *')]"
            ".map(each => each.getBoundingClientRect().right))"
        )
        colours = await page.evaluate(
            "(style => [style.color, style.backgroundColor])(getComputedStyle(document.body))"
        )
        await browser.close()
    assert right <= A4_PX
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]

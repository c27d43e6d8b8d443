"""What the README says of the product must be so."""

import re
import runpy
from pathlib import Path

import pytest

from probe.cli.commands import app
from probe.config.loading import read
from probe.model.state import Verdict

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
PAGES = [*sorted(CHECKOUT.glob("*.md")), *sorted(CHECKOUT.glob("docs/**/*.md"))]


def test_the_readme_lists_every_metric_as_the_catalogue_has_it() -> None:
    rows = runpy.run_path(str(CHECKOUT / "docs/metric_table.py"))["rows"]()
    assert "\n".join(rows) in README, "renew the table: python docs/metric_table.py"


def test_the_readme_explains_every_verdict() -> None:
    assert all(f"| `{verdict}` |" in README for verdict in Verdict)


def test_the_readme_names_every_command() -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"probe {command.name or command.callback.__name__}" in README


def test_the_minimal_configuration_of_the_readme_is_valid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PROBE_USER", "PROBE_PASSWORD", "API_KEY"):
        monkeypatch.setenv(name, "secret value")
    (block,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    settings = read(block, Path("README.md"))
    assert [path.name for path in settings.services[0].paths] == ["login", "usage", "api"]
    usage = settings.services[0].path("usage")
    assert usage is not None
    assert (usage.session, usage.critical) == ("login", False)


def test_the_logins_of_the_guide_are_valid_and_the_first_is_the_requests_that_it_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOTP_SECRET", "GEZDGNBVGY3TQOJQ")
    monkeypatch.setenv("PASSWORD", "secret value")
    guide = (CHECKOUT / "docs/logins.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    path, sanctum = (read(block, Path("logins.md")).services[0].paths[0] for block in blocks)
    assert sanctum.steps[0].extract["xsrf"].decode == "url"
    names = [step.name for step in path.steps if step.name and not step.renew]
    ways = ("discovery", "keys", "authorize", "login", "login2")
    assert names[:6] == [*(f"token/{way}" for way in ways), "token"]
    assert all(f"`{name}`" in guide for name in names if name.startswith("token"))


def test_the_login_of_the_guide_that_says_when_its_session_ends_is_valid() -> None:
    guide = (CHECKOUT / "docs/logins.md").read_text(encoding="utf-8")
    (extract,) = re.findall(r"`(extract: .*expires_in.*)`", guide)
    step = f"{{request: POST https://app.example.com/login, {extract}}}"
    text = f"services: [{{name: a, paths: [{{name: b, plane: control, steps: [{step}]}}]}}]"
    (path,) = read(text, Path("logins.md")).services[0].paths
    assert path.steps[0].extract["expires_in"].json_ == "data.expires_in"


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(CHECKOUT)) for page in PAGES])
def test_every_file_that_a_page_links_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_every_page_of_the_documents_can_be_reached_from_the_readme() -> None:
    known, found = set[Path](), {CHECKOUT / "README.md"}
    while new := found - known:
        known |= new
        for page in new:
            links = re.findall(r"\]\(([^)#\s]+\.md)[^)]*\)", page.read_text(encoding="utf-8"))
            found |= {(page.parent / link).resolve() for link in links if "://" not in link}
    assert set(PAGES) <= known

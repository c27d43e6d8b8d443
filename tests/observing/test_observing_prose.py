"""What is shown of a page that was not the expected one: what it says to people."""

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from lookout import always, look, only_step, web_server

from probe.model.secret import MASK
from probe.observing.answers.evidence import EXCERPT
from probe.observing.answers.prose import prose_of

HEAD = "<title>Sign in</title><style>" + "a { color: #123 } " * 100 + "</style>"


async def shown(text: str, content_type: str = "text/html", key: str = "none") -> str:
    """The excerpt of an answer with this body to a request with this key."""
    body = always(status=400, text=text, content_type=content_type)
    async with web_server(web.get("/", body)) as url:
        run = await look(f"- {{request: GET {url}/, headers: {{X-Key: '{key}'}}}}")
    return only_step(run).evidence.excerpt


async def test_of_a_page_its_words_are_shown_and_not_its_style() -> None:
    page = f"<!doctype html><html><head>{HEAD}<body><p>Cookie  not\nfound.<p>Please &amp; <b>again"
    assert await shown(page) == "Sign in Cookie not found. Please & again"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<script>if (a < b) { say('<p>no') }</script>yes", "yes"),
        ("<SCRIPT src=x>no</Script >yes", "yes"),
        ("<!-- <p>no --><select><option>no</select><svg><text>no</text></svg>yes", "yes"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("some<br>words<img alt='no", "some words"),
        ("some words<script>no", "some words"),
    ],
)
def test_what_no_browser_shows_as_words_is_left_out(page: str, words: str) -> None:
    assert prose_of(page) == words


@pytest.mark.parametrize(
    ("text", "content_type"),
    [("<div id=root></div>", "text/html"), ("<a>1</a>", "text/xml"), ('{"a": 1}', "text/plain")],
)
async def test_what_has_no_words_or_is_no_page_is_shown_as_it_stands(
    text: str, content_type: str
) -> None:
    assert await shown(text, content_type) == text


async def test_of_a_secret_that_looks_like_a_tag_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEY", "begin<b>end  of")
    page = "<p>no: begin<b>end  of</p><p>no: begin&lt;b&gt;end  of"
    assert await shown(page, key="${env:KEY}") == f"no: {MASK} no: {MASK}"


async def test_no_more_of_a_page_is_shown_than_of_anything_else() -> None:
    assert len(await shown(f"<p>{'word ' * EXCERPT}")) == EXCERPT


@given(text=st.text(alphabet="<>!-/scriptyle a&;"))
def test_any_text_has_its_words(text: str) -> None:
    assert "  " not in prose_of(text)

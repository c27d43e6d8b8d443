"""A form on a foreign page: where it is sent, and which of its fields are sent with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from yarl import URL

from probe.model.outcome import Outcome
from probe.observing.answers.answer import Answer
from probe.observing.answers.classification import asks_for_a_password
from probe.observing.answers.page import Element, NoPage, beside_the_loop, elements
from probe.observing.asking.reference import resolve
from probe.observing.failures import StepFailed

_PLACE: Final = re.compile(r"(?:/[A-Za-z_.-]{1,15})+/?")
"""A path of words; what has a digit, or is as long as a token, may be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageForm:
    """A form as found on `page`. `hidden` keeps the order, and names that come twice.

    `buttons` submit it, the one that the Enter key presses first; one without a name sends nothing.
    """

    page: URL
    action: URL
    hidden: tuple[tuple[str, str], ...]
    buttons: tuple[tuple[str, str], ...]

    @property
    def secrets(self) -> Iterator[str]:
        """What is hidden, but for the place on the site that one is sent to once signed in.

        Django's `next` is `/admin/`: masked, it would hide where each request of the run went.
        """
        site = str(self.page.origin())
        return (text for _, text in self.hidden if not _PLACE.fullmatch(text.removeprefix(site)))


async def find_form(page: Answer | None, selector: str, *, filled_before: bool) -> PageForm:
    """The first posting form among those that `selector` finds on `page`, the last one seen.

    `filled_before` says that a form led here: being asked for a password again means a refusal.

    Raises StepFailed if there is no such form, or it goes to another origin.
    """
    found = await beside_the_loop(_find, page, selector) if page is not None else None
    if page is None or found is None:
        refused = page is not None and filled_before and asks_for_a_password(page)
        raise StepFailed(
            "form",
            expected=f"a form {selector}",
            actual="the page asks for a password" if refused else "none on the page that posts",
            outcome=Outcome.UNAUTHORIZED if refused else Outcome.BAD_CONTENT,
        )
    if found.action.origin() != page.url.origin():
        raise StepFailed(
            "form",
            expected=f"a form that goes to {page.url.origin()}",
            actual=f"one that goes to {found.action.origin()}",
        )
    return found


def _find(page: Answer, selector: str) -> PageForm | None:
    try:
        form = next(filter(_posts, elements(page, selector)), None)
        if form is None:
            return None
        action = _action(page.url, form)
    except (NoPage, ValueError):
        return None
    if not _is_web(action):
        return None
    return PageForm(
        page=page.url,
        action=action,
        hidden=tuple(_hidden(form)),
        buttons=tuple(_buttons(form)),
    )


def _posts(found: Element) -> bool:
    """Whether it is a form that may receive a password; a search in the page's head uses GET."""
    return found.tag == "form" and str(found.get("method", "")).lower() == "post"


def _action(page: URL, form: Element) -> URL:
    """Where `form` is sent. Raises ValueError if that is not a URL."""
    written = (form.get("action") or "").strip()
    return resolve(_base(page, form) if written else page, written)


def _base(page: URL, form: Element) -> URL:
    """The base of addresses on the page: its first base, as long as that is a web address."""
    for base in form.getroottree().iterfind(".//base[@href]"):
        try:
            url = resolve(page, base.get("href").strip())
        except ValueError:
            return page
        return url if _is_web(url) else page
    return page


def _is_web(url: URL) -> bool:
    return url.scheme in {"http", "https"} and bool(url.raw_host)


def _hidden(form: Element) -> Iterator[tuple[str, str]]:
    for field in _fields(form, "input[name]"):
        if field.get("type", "").lower() == "hidden":
            yield field.get("name"), field.get("value", "")


def _buttons(form: Element) -> Iterator[tuple[str, str]]:
    """The submitting ones, disabled ones included: they wait for a script, as Enter does."""
    for button in filter(_submits, _fields(form, "input, button")):
        named = button.get("name") and button.get("type", "").lower() != "image"
        yield (button.get("name"), button.get("value", "")) if named else ("", "")


def _fields(form: Element, selector: str) -> Iterator[Element]:
    """The fields of `form`, by position or by naming it, in the order of the page."""
    for field in form.getroottree().getroot().cssselect(selector):
        named = field.get("form")
        around = next(field.iterancestors("form"), None)
        if around is form if named is None else named == form.get("id"):
            yield field


def _submits(field: Element) -> bool:
    kind = field.get("type", "").lower()
    return kind in {"submit", "image"} or (
        field.tag == "button" and kind not in {"button", "reset"}
    )

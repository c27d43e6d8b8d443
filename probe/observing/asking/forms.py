"""A form on a foreign page: where it goes, and the hidden fields that must go along."""

from dataclasses import dataclass

from yarl import URL

from probe.model.outcome import Outcome
from probe.observing.answers.answer import Answer
from probe.observing.answers.classification import asks_for_a_password
from probe.observing.answers.page import Element, NoPage, beside_the_loop, elements
from probe.observing.asking.reference import resolve
from probe.observing.failures import ContentProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class PageForm:
    """A form as it stands on `page`. `hidden` keeps the order, and names that come twice."""

    page: URL
    action: URL
    hidden: tuple[tuple[str, str], ...]


async def find_form(page: Answer | None, selector: str, *, filled_before: bool) -> PageForm:
    """The form that `selector` finds on `page`, the last that the run saw.

    `filled_before` says that a form led here: asked for a password once more, we were refused.
    Raises ContentProblem where there is no such form, or none that may be sent.
    """
    found = await beside_the_loop(_find, page, selector) if page is not None else None
    if page is None or found is None:
        refused = page is not None and filled_before and asks_for_a_password(page)
        raise ContentProblem(
            "form",
            expected=f"a form {selector}",
            actual="the page asks for a password" if refused else "no such form on the page",
            outcome=Outcome.UNAUTHORIZED if refused else Outcome.BAD_CONTENT,
        )
    if found.action.origin() != page.url.origin():
        raise ContentProblem(
            "form",
            expected=f"a form that goes to {page.url.origin()}",
            actual=f"one that goes to {found.action.origin()}",
        )
    return found


def _find(page: Answer, selector: str) -> PageForm | None:
    try:
        form = next(iter(elements(page, selector)), None)
        if form is None or form.tag != "form" or form.get("method", "").lower() != "post":
            return None
        action = resolve(page.url, (form.get("action") or "").strip())
    except (NoPage, ValueError):
        return None
    if action.scheme not in {"http", "https"} or not action.raw_host:
        return None
    return PageForm(page=page.url, action=action, hidden=tuple(_hidden(form)))


def _hidden(form: Element) -> list[tuple[str, str]]:
    named = form.cssselect("input[name]")
    hidden = (field for field in named if field.get("type", "").lower() == "hidden")
    return [(field.get("name"), field.get("value", "")) for field in hidden]

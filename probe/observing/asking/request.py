"""From a configured step and the variables so far to the request that is sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from multidict import CIMultiDict
from yarl import URL

from probe.config.once import once_each
from probe.config.path import ProbePath
from probe.config.transaction.steps import Step
from probe.model.secret import Secret
from probe.observing.answers.answer import Answer
from probe.observing.asking.credential import HEADERS, says_who_asks
from probe.observing.asking.forms import PageForm
from probe.observing.asking.templates import (
    Variables,
    names_in,
    render,
    render_header,
    render_json,
    render_url,
)
from probe.observing.masking import basic_token

_ALWAYS_GUARDED: Final = HEADERS | {"proxy-authorization", "cookie", "host"}
_UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Outgoing:
    """One request, ready to send: it holds secrets in the clear and has no repr.

    `guarded` names the headers (in lower case) that must not reach another host, and `body_guarded`
    says so of the body. `credential` is whether it says who is asking.
    """

    method: str
    url: URL
    headers: CIMultiDict[str]
    body: bytes | None
    guarded: frozenset[str]
    body_guarded: bool
    credential: bool
    digest: tuple[str, str] | None = None

    def elsewhere(self, url: URL) -> "Outgoing":
        """The same request to another host, without anything meant only for this one."""
        kept = [
            (key, text) for key, text in self.headers.items() if key.lower() not in self.guarded
        ]
        body = None if self.body_guarded else self.body
        return replace(
            self, url=url, headers=CIMultiDict(kept), body=body, credential=False, digest=None
        )


def compose(
    step: Step,
    path: ProbePath,
    variables: Variables,
    form: PageForm | None = None,
    page: Answer | None = None,
) -> Outgoing:
    """The request of `step`; one that submits sends `form`. `page` is what the run saw last.

    Raises StepFailed if a variable does not fit into it.
    """
    url = form.action if form is not None else render_url(step.request.url, variables)
    if step.query:
        url = url.extend_query({key: render(text, variables) for key, text in step.query.items()})
    headers = CIMultiDict(
        {key: render_header(key, text, variables) for key, text in step.headers.items()}
    )
    headers.setdefault("User-Agent", path.user_agent)
    body = _body(step, variables, headers, form)
    _authorize(step, variables, headers)
    shown_on = form.page if form is not None else _shown_on(step, url, page)
    told = {} if shown_on is None else _told_of(shown_on, headers)
    headers.update(told)
    manners = _manners(step)
    return Outgoing(
        method=step.request.method if form is None else "POST",
        url=url,
        headers=headers,
        body=body,
        guarded=manners.guarded.union(map(str.lower, told)),
        body_guarded=form is not None or manners.body_guarded,
        credential=path.session is not None or manners.says_who_asks,
        digest=_digest(step, variables),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manners:
    """What the configuration alone says about how to treat a step's request."""

    guarded: frozenset[str]
    body_guarded: bool
    says_who_asks: bool


@once_each
def _manners(step: Step) -> _Manners:
    guarded = {key.lower() for key, text in step.headers.items() if _is_sensitive(text)}
    return _Manners(
        guarded=_ALWAYS_GUARDED | guarded if guarded else _ALWAYS_GUARDED,
        body_guarded=_is_sensitive((step.form, step.json_, step.body)),
        says_who_asks=says_who_asks(step),
    )


def _body(
    step: Step, variables: Variables, headers: CIMultiDict[str], form: PageForm | None
) -> bytes | None:
    if step.form is not None or form is not None:
        fields = {key: render(text, variables) for key, text in (step.form or {}).items()}
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return urlencode([*_carried(form, fields), *fields.items()]).encode()
    if "json_" in step.model_fields_set:
        headers.setdefault("Content-Type", "application/json")
        return json.dumps(render_json(step.json_, variables)).encode()
    return None if step.body is None else render(step.body, variables).encode()


def _carried(form: PageForm | None, filled_in: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is sent from a page's form: its first button too, unless another is named."""
    if form is None:
        return []
    named = any(name in filled_in for name, _ in form.buttons)
    pressed = [] if named else [each for each in form.buttons[:1] if each[0]]
    return [*(each for each in form.hidden if each[0] not in filled_in), *pressed]


def _shown_on(step: Step, url: URL, page: Answer | None) -> URL | None:
    """The page with the form that `step` sends by hand, if it is the one just seen.

    A token endpoint belongs to no page, and may refuse a request that claims one.
    """
    if step.form is None or "grant_type" in step.form or step.request.method not in _UNSAFE:
        return None
    if page is None or not page.is_page or page.url.origin() != url.origin():
        return None
    return None if any(map(_names_another_host, step.headers)) else page.url


def _names_another_host(header: str) -> bool:
    """Whether this header makes the site assume another origin than the one requested."""
    return header.lower() == "host" or header.lower().startswith("x-forwarded-")


def _told_of(page: URL, headers: CIMultiDict[str]) -> dict[str, str]:
    """What a browser says about the page a form was on: some servers refuse requests without it."""
    told = {"Referer": str(page), "Origin": str(page.origin())}
    return {name: text for name, text in told.items() if name not in headers}


def _digest(step: Step, variables: Variables) -> tuple[str, str] | None:
    if step.digest is None:
        return None
    return render(step.digest.user, variables), render(step.digest.password, variables)


def _authorize(step: Step, variables: Variables, headers: CIMultiDict[str]) -> None:
    if step.basic is not None:
        user, password = render(step.basic.user, variables), render(step.basic.password, variables)
        token = basic_token(user, password, form_encoded=step.basic.form_encoded)
        headers["Authorization"] = f"Basic {token}"
    elif step.bearer is not None:
        token = render_header("Authorization", step.bearer, variables)
        headers["Authorization"] = f"Bearer {token}"


def _is_sensitive(value: object) -> bool:
    """Whether anything in it came from a secret or from an answer."""
    match value:
        case Secret():
            return True
        case str():
            return bool(names_in(value))
        case dict():
            return any(map(_is_sensitive, value.values()))
        case list() | tuple():
            return any(map(_is_sensitive, value))
    return False

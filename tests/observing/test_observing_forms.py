"""Form logins as sites make them: hidden fields, double submits, chains of hosts, odd cookies."""

import pytest
from aiohttp import web
from lookout import Handler, always, failed, look, raw, web_server

from probe.model.outcome import Outcome
from probe.model.secret import MASK


def page(form: str) -> Handler:
    return always(text=f"<html><p>hello{form}</html>", content_type="text/html")


async def submitted(form: str, step: str = "form: {password: secret-word}") -> list[str] | str:
    """The pairs that a form was sent with, or why it was not."""
    sent: list[str] = []

    async def note(request: web.Request) -> web.Response:
        for name, value in (await request.post()).items():
            assert isinstance(value, str)
            sent.append(f"{name}={value}")
        return web.Response()

    async with web_server(web.get("/in/", page(form)), web.post("/in/sent", note)) as url:
        run = await look(f"""
            - request: GET {url}/in/
            - request: SUBMIT form
              {step}
            """)
    return sent if run.outcome is Outcome.OK else failed(run)[0].actual


async def test_hidden_fields_go_along_in_order_and_what_is_filled_in_replaces_them() -> None:
    hidden = "".join(
        f"<input type=hidden name={name} value='{value}'>"
        for name, value in (("a", "1"), ("a", "2"), ("password", "old"), ("empty", ""))
    )
    form = f"<form method=POST action=sent>{hidden}<input name=seen value=x></form>"
    assert await submitted(form) == ["a=1", "a=2", "empty=", "password=secret-word"]


async def test_a_form_with_nothing_to_fill_in_is_sent_as_it_stands() -> None:
    form = "<form method=post action=sent><input type=hidden name=a value=1></form>"
    assert await submitted(form, "follow: true") == ["a=1"]


async def test_a_hidden_field_is_one_whatever_the_case_it_is_written_in() -> None:
    form = "<FORM METHOD=POST ACTION=sent><INPUT TYPE=HIDDEN NAME=a VALUE=B></FORM>"
    assert await submitted(form) == ["a=B", "password=secret-word"]


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("/admin/", True),
        ("/gate/wp-login.php", True),
        ("{url}/admin/", True),
        ("https://other.example/admin/", False),
        ("//other.example/admin/", False),
        ("/reset/a1b2c3", False),
        ("/reset/abcdefghijklmnop", False),
        ("/admin/?key=abcdef", False),
        ("abcdef", False),
    ],
)
async def test_of_what_a_form_hides_only_a_place_on_its_site_is_shown(
    hidden: str, *, shown: bool
) -> None:
    async def form(request: web.Request) -> web.Response:
        value = hidden.format(url=request.url.origin())
        text = f"<form method=post action=sent><input type=hidden name=next value='{value}'></form>"
        return web.Response(text=text, content_type="text/html")

    async def fail(request: web.Request) -> web.Response:
        told = str((await request.post())["next"])
        return web.Response(status=500, text=f"no {told} here")

    async with web_server(web.get("/in/", form), web.post("/in/sent", fail)) as url:
        run = await look(f"""
            - request: GET {url}/in/
            - {{request: SUBMIT form, form: {{user: monitor}}}}
            """)
    excerpt = run.steps[-1].evidence.excerpt
    assert excerpt == f"no {hidden.format(url=url) if shown else MASK} here"


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("<form id=in {to}></form><input type=hidden name=csrf value=1 form=in>", ["csrf=1"]),
        ("<form {to}><input type=hidden name=no value=1 form=out></form><form id=out>", []),
        ("<form {to}><input type=hidden name=no value=1 form=''></form>", []),
        ("<form id=in {to}></form><button name=go value=1 form=in>", ["go=1"]),
        ("<form {to}></form><form><input type=hidden name=no></form><button name=no>", []),
    ],
)
async def test_what_a_browser_takes_for_a_field_of_the_form_goes_along(
    page: str, sent: list[str]
) -> None:
    written = page.format(to="method=post action=sent")
    assert await submitted(written) == [*sent, "password=secret-word"]


async def test_a_hidden_field_that_looks_like_a_variable_is_sent_as_it_stands() -> None:
    form = "<form method=post action=sent><input type=hidden name=a value='{{ b }}'></form>"
    assert await submitted(form) == ["a={{ b }}", "password=secret-word"]


@pytest.mark.parametrize(
    ("buttons", "sent"),
    [
        ("<button name=action value=default>Continue</button>", ["action=default"]),
        ("<input type=submit name=go value='Sign in'>", ["go=Sign in"]),
        ("<INPUT TYPE=SUBMIT NAME=go><button name=other value=x>", ["go="]),
        ("<button type=button name=show value=x>i</button><button name=go value=1>", ["go=1"]),
        ("<button type=reset name=no></button><div><button type=odd name=go>", ["go="]),
        ("<button>Sign in</button><button name=cancel value=1>Cancel</button>", []),
        ("<input type=image name=map value=x><button name=go value=1>", []),
        ("<button disabled name=go value=1>until a script has looked", ["go=1"]),
        ("<button name=password value=x>", []),
        ("<button name=reject value=x>No</button><button name=password value=x>Yes</button>", []),
    ],
)
async def test_the_button_that_the_key_enter_presses_goes_along(
    buttons: str, sent: list[str]
) -> None:
    form = f"<form method=post action=sent><input type=hidden name=a value=1>{buttons}</form>"
    assert await submitted(form) == ["a=1", *sent, "password=secret-word"]


@pytest.mark.parametrize(
    ("base", "action", "sent"),
    [
        ("/base/", "check?a=1", "/base/check?a=1"),
        ("../base/page?x=1#y", "check", "/in/base/check"),
        ("/base/", " /check ", "/check"),
        ("/base/", "", "/in/deep/"),
        ("/base/' target=_top><base href='/other/", "check", "/base/check"),
        ("javascript:alert(1)", "check", "/in/deep/check"),
        ("http://[::1", "check", "/in/deep/check"),
    ],
)
async def test_a_form_goes_where_its_action_leads_from_the_base_of_its_page(
    base: str, action: str, sent: str
) -> None:
    asked: list[str] = []
    shown = page(f"<base target=_top><base href='{base}'><form method=post action='{action}'>")

    async def note(request: web.Request) -> web.Response:
        asked.append(request.path_qs)
        return web.Response()

    async with web_server(web.get("/in/deep/", shown), web.post("/{tail:.*}", note)) as url:
        await look(f"""
            - request: GET {url}/in/deep/
            - request: SUBMIT form
            """)
    assert asked == [sent]


async def test_a_base_at_another_origin_gets_no_password() -> None:
    form = "<base href='http://127.0.0.1:1/'><form method=post action=sent></form>"
    assert await submitted(form) == "one that goes to http://127.0.0.1:1"


async def test_a_form_is_sent_where_its_action_says_to_the_octet() -> None:
    form = b"<form method=post action='sent?RelayState=http%3A%2F%2Fapp&amp;s=a%2Bb'></form>"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
    async with raw(head % len(form), form) as server:
        await look(f"""
            - request: GET http://127.0.0.1:{server.port}/in/
            - request: SUBMIT form
            """)
    assert server.requests[1].startswith(b"POST /in/sent?RelayState=http%3A%2F%2Fapp&s=a%2Bb HTTP")


@pytest.mark.parametrize(
    "form",
    [
        "",
        "<form action=sent><input type=password></form>",
        "<form method=get action=sent></form>",
        "<form method=post action='javascript:alert(1)'></form>",
        "<form method=post action='file:///etc/passwd'></form>",
        "<form method=post action='http://[::1'></form>",
    ],
)
async def test_no_password_goes_anywhere_but_to_a_form_that_posts(form: str) -> None:
    assert await submitted(form) == "none on the page that posts"


async def test_a_search_before_the_login_is_not_taken_for_it() -> None:
    search = "<form action=/search><input name=q></form><form method=dialog></form>"
    login = "<form method=post action=sent><input type=hidden name=csrf value=1></form>"
    assert await submitted(search + login) == ["csrf=1", "password=secret-word"]


async def test_a_form_goes_to_the_port_that_showed_it_or_nowhere() -> None:
    form = "<form method=post action='http://127.0.0.1:1/'></form>"
    assert await submitted(form) == "one that goes to http://127.0.0.1:1"


async def told_of_its_page(
    shown: Handler, step: str = "POST $url/sent, form: {user: me}"
) -> tuple[str | None, str | None]:
    """The Referer, without its host, and the Origin, likewise, of a request after a page."""
    told: list[tuple[str | None, str | None]] = []

    async def note(request: web.Request) -> web.Response:
        own = f"http://{request.host}"
        sent = (request.headers.get(name) for name in ("Referer", "Origin"))
        referer, origin = (text if text is None else text.replace(own, "") for text in sent)
        told.append((referer, origin))
        return web.Response()

    routes = (web.get("/login", shown), web.route("*", "/sent", note))
    async with web_server(*routes) as url, web_server(*routes) as elsewhere:
        step = step.replace("$url", url).replace("$elsewhere", elsewhere)
        run = await look(f"""
            - request: GET {url}/login?next=/
              expect: {{status: [200, 302, 401]}}
            - {{request: {step}}}
            """)
    assert run.outcome is Outcome.OK, run
    return told[0]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_form_by_hand_says_on_which_page_it_was_filled_in(method: str) -> None:
    """Django compares the Referer where it is asked over https, Rails the Origin."""
    step = f"{method} $url/sent, form: {{user: me}}"
    assert await told_of_its_page(page(""), step) == ("/login?next=/", "")


async def test_a_form_that_a_refused_page_shows_says_so_too() -> None:
    again = always(status=401, text="<form>", content_type="text/html")
    assert await told_of_its_page(again) == ("/login?next=/", "")


async def test_what_a_step_says_of_its_page_itself_is_sent() -> None:
    own = "POST $url/sent, form: {a: b}, headers: {referer: here, ORIGIN: there}"
    assert await told_of_its_page(page(""), own) == ("here", "there")


@pytest.mark.parametrize(
    "step",
    [
        "POST $url/sent, json: {user: me}",
        "POST $url/sent, body: user=me",
        "GET $url/sent",
        "GET $url/sent, form: {user: me}",
        "POST $url/sent, form: {grant_type: refresh_token}",
        "POST $elsewhere/sent, form: {user: me}",
        "POST $url/sent, form: {user: me}, headers: {Host: app.example.com}",
        "POST $url/sent, form: {user: me}, headers: {X-Forwarded-Proto: https}",
    ],
)
async def test_what_a_page_would_not_send_as_its_form_says_of_no_page(step: str) -> None:
    assert await told_of_its_page(page(""), step) == (None, None)


@pytest.mark.parametrize(
    "shown",
    [
        always(text="{}", content_type="application/json"),
        always(status=302, text="<p>", content_type="text/html", headers={"Location": "/x"}),
    ],
    ids=["json", "redirect"],
)
async def test_a_form_after_no_page_says_of_none(shown: Handler) -> None:
    assert await told_of_its_page(shown) == (None, None)


async def test_who_a_redirect_leads_to_is_not_told_of_the_page_of_another() -> None:
    told: list[bool] = []

    async def note(request: web.Request) -> web.Response:
        told.append(
            bool({"Referer", "Origin"} & {*request.headers}) or "csrf" in await request.text()
        )
        return web.Response()

    async with web_server(web.post("/", note)) as stranger:
        away = always(status=307, headers={"Location": stranger})
        shown = page("<form method=post action=/sent><input type=hidden name=csrf></form>")
        async with web_server(web.get("/", shown), web.post("/sent", away)) as url:
            for step in (f"POST {url}/sent\n  form: {{user: me}}", "SUBMIT form"):
                await look(f"- request: GET {url}/?code=1\n- request: {step}\n  follow: true")
    assert told == [False, False]


async def test_a_double_submit_sends_the_cookie_as_header_and_field() -> None:
    async def check(request: web.Request) -> web.Response:
        form = await request.post()
        proofs = {request.cookies["csrf"], request.headers["X-CSRF-Token"], form["csrf"]}
        return web.Response(status=200 if proofs == {"t0ken=="} else 403)

    shown = always(headers={"Set-Cookie": "csrf=t0ken==; Path=/"})
    async with web_server(web.get("/", shown), web.post("/", check)) as url:
        run = await look(f"""
            - request: GET {url}/
              extract: {{csrf: {{cookie: csrf}}}}
            - request: POST {url}/
              headers: {{X-CSRF-Token: "{{{{ csrf }}}}"}}
              form: {{csrf: "{{{{ csrf }}}}"}}
            """)
    assert run.outcome is Outcome.OK


async def test_a_cookie_that_is_encoded_as_in_urls_is_sent_decoded_in_a_header() -> None:
    """Laravel Sanctum compares the header with the cookie, which axios and Angular decode."""

    async def check(request: web.Request) -> web.Response:
        right = request.headers["X-XSRF-TOKEN"] == "eyJpdiI6I/+kl="
        return web.Response(status=204 if right else 419)

    shown = always(status=204, headers={"Set-Cookie": "XSRF-TOKEN=eyJpdiI6I%2F%2Bkl%3D; Path=/"})
    async with web_server(web.get("/", shown), web.post("/", check)) as url:
        run = await look(f"""
            - request: GET {url}/
              extract: {{xsrf: {{cookie: XSRF-TOKEN, decode: url}}}}
            - request: POST {url}/
              headers: {{X-XSRF-TOKEN: "{{{{ xsrf }}}}"}}
              json: {{email: me}}
            """)
    assert run.outcome is Outcome.OK, run


async def test_a_login_through_another_host_keeps_every_cookie_where_it_belongs() -> None:
    seen: dict[str, list[str]] = {}

    async def provider(request: web.Request) -> web.StreamResponse:
        seen["provider"] = sorted(request.cookies)
        answer = web.HTTPSeeOther(request.query["back"])
        answer.headers.add("Set-Cookie", "sso=one; Path=/")
        raise answer

    async def home(request: web.Request) -> web.Response:
        seen["home"] = sorted(request.cookies)
        return web.Response(text="Welcome")

    async with web_server(web.get("/sso", provider)) as elsewhere:
        there = elsewhere.replace("127.0.0.1", "localhost")

        async def start(request: web.Request) -> web.StreamResponse:
            answer = web.HTTPFound(f"{there}/sso?back=http://{request.host}/home")
            theirs = ("other=3; Domain=example.com", "sso=4; Domain=localhost; Path=/")
            for cookie in ("a=1; Path=/", "b=2; Path=/home", *theirs):
                answer.headers.add("Set-Cookie", cookie)
            raise answer

        async with web_server(web.get("/", start), web.get("/home", home)) as url:
            run = await look(f"""
                - request: GET {url}/
                  follow: true
                  expect: {{body: {{contains: Welcome}}, url: {{matches: "/home$"}}}}
                """)
    assert run.outcome is Outcome.OK
    assert seen == {"provider": [], "home": ["a", "b"]}
    assert [hop.status for hop in run.steps[0].hops] == [302, 303, 200]


async def test_a_login_that_answers_a_token_in_json_serves_the_steps_after_it() -> None:
    async def who(request: web.Request) -> web.Response:
        return web.Response(status=200 if request.headers["Authorization"] == "Bearer t1" else 401)

    token = always(text='{"token": "t1"}', content_type="application/json")
    async with web_server(web.post("/login", token), web.get("/who", who)) as url:
        run = await look(f"""
            - request: POST {url}/login
              json: {{user: me, password: word}}
              extract: {{token: {{json: token}}}}
            - request: GET {url}/who
              bearer: "{{{{ token }}}}"
            """)
    assert run.outcome is Outcome.OK

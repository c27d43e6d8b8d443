"""The web front: login with CSRF, sessions, lock-outs, logout, account, usage, console."""

from visitor import Visitor
from yarl import URL

CREDENTIALS = {"user": "probe@example.com", "password": "correct-horse"}


async def test_the_login_page_shows_its_marker_and_a_fresh_token_each_time(
    visitor: Visitor,
) -> None:
    status, page = await visitor.get("/login")
    assert (status, "Sign in to Standin" in page) == (200, True)
    assert await visitor.csrf() != await visitor.csrf()


async def test_the_right_password_opens_a_session_and_leads_home(visitor: Visitor) -> None:
    form = CREDENTIALS | {"csrf": await visitor.csrf()}
    async with visitor.http.post("/login", data=form, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/home")
        cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert cookie.endswith("; HttpOnly; Path=/")
    status, page = await visitor.get("/home")
    assert (status, "Welcome back to Standin" in page) == (200, True)


async def test_a_wrong_password_shows_the_form_again(visitor: Visitor) -> None:
    status, page = await visitor.sign_in("wrong")
    assert status == 200
    assert "Wrong e-mail or password" in page
    assert 'name="csrf"' in page


async def test_a_token_is_bound_to_its_own_cookie(visitor: Visitor) -> None:
    old = await visitor.csrf()
    await visitor.csrf()
    status, _ = await visitor.post("/login", data=CREDENTIALS | {"csrf": old})
    assert status == 403


async def test_a_login_without_the_form_cookie_is_forbidden(visitor: Visitor) -> None:
    form = CREDENTIALS | {"csrf": await visitor.csrf()}
    visitor.http.cookie_jar.clear()
    assert (await visitor.post("/login", data=form))[0] == 403


async def test_six_wrong_passwords_lock_the_right_one_out_for_five_minutes(
    visitor: Visitor,
) -> None:
    for _ in range(6):
        assert (await visitor.sign_in("wrong"))[0] == 200
    form = CREDENTIALS | {"csrf": await visitor.csrf()}
    async with visitor.http.post("/login", data=form, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "300")
    visitor.hands.seconds += 299
    assert (await visitor.sign_in())[0] == 429
    visitor.hands.seconds += 1
    assert (await visitor.sign_in())[0] == 303


async def test_a_good_login_forgives_the_wrong_passwords_before_it(visitor: Visitor) -> None:
    for password in ["wrong"] * 5 + ["correct-horse"] + ["wrong"] * 5:
        await visitor.sign_in(password)
    assert (await visitor.sign_in())[0] == 303


async def test_home_sends_strangers_to_the_login(visitor: Visitor) -> None:
    async with visitor.http.get("/home", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "/login")


async def test_logout_ends_the_session_and_not_only_the_cookie(visitor: Visitor) -> None:
    await visitor.sign_in()
    cookies = visitor.http.cookie_jar.filter_cookies(URL(visitor.url))
    kept = {"Cookie": f"session={cookies['session'].value}"}
    async with visitor.http.post("/logout", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/login")
    assert (await visitor.get("/api/account", headers=kept))[0] == 401


async def test_logout_without_a_session_is_refused(visitor: Visitor) -> None:
    assert (await visitor.post("/logout"))[0] == 401


async def test_one_logout_leaves_the_other_sessions_open(visitor: Visitor) -> None:
    await visitor.sign_in()
    cookies = visitor.http.cookie_jar.filter_cookies(URL(visitor.url))
    first = {"Cookie": f"session={cookies['session'].value}"}
    await visitor.sign_in()
    await visitor.post("/logout")
    assert (await visitor.get("/api/account", headers=first))[0] == 200


async def test_the_account_holds_a_canary_in_its_history(visitor: Visitor) -> None:
    await visitor.sign_in()
    account = await visitor.json("/api/account")
    assert account["email"] == "probe@example.com"
    assert account["history"][0]["title"] == "canary-conversation"


async def test_usage_counts_tokens_against_a_limit(visitor: Visitor) -> None:
    await visitor.sign_in()
    usage = (await visitor.json("/api/usage"))["usage"]
    assert isinstance(usage["tokens"], int)
    assert isinstance(usage["limit"], int)
    assert usage["resets_at"].startswith("2026-03-02T")


async def test_usage_and_account_refuse_strangers_in_json(visitor: Visitor) -> None:
    for path in ("/api/usage", "/api/account"):
        async with visitor.http.get(path) as answer:
            assert (answer.status, await answer.json()) == (
                401,
                {"error": {"message": "Unauthorized"}},
            )


async def test_the_console_shows_its_marker_to_anyone(visitor: Visitor) -> None:
    status, page = await visitor.get("/console")
    assert (status, "Standin Console" in page) == (200, True)

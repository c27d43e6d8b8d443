"""Stand-ins for the presets' providers, on loopback, in the formats that these document.

A provider is a mapping of `METHOD /path` to its answer; a test replaces an answer to make it fail.
The facts are documented, with their sources, in the presets themselves.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

from aiohttp import BasicAuth, web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Routes = Mapping[str, Answer]
KEY = "sk-the-right-key-0001"
REQUEST_ID = {"request-id": "req_011CSHoEeqs5C35K2UUqR7Fy"}


@asynccontextmanager
async def serving(routes: Routes) -> AsyncIterator[str]:
    """Serve `routes` and yield their address."""

    async def answer(request: web.Request) -> web.StreamResponse:
        chosen = routes.get(f"{request.method} {request.path}")
        return await chosen(request) if chosen else web.Response(status=404, text="no such route")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@contextmanager
def on_a_thread(routes: Routes) -> Iterator[str]:
    """Serve `routes` for a test that has no event loop, or another one."""
    loop, ended, started = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    addresses: list[str] = []

    async def serve() -> None:
        async with serving(routes) as address:
            addresses.append(address)
            started.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert started.wait(10), "the stand-in answers"
        yield addresses[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


def says(
    body: object, status: int = 200, *, kind: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    """Always this answer: a text as HTML, anything else as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    form = kind or ("text/html" if isinstance(body, str) else "application/json")

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type=form, headers=headers)

    return answer


def streams(*events: str) -> Answer:
    """Server-sent events, and then the end of the connection."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event in events:
            await response.write(f"{event}\n\n".encode())
        return response

    return answer


def keyed(right: Answer, refused: Answer, *headers: str) -> Answer:
    """`right` for a request that shows KEY in one of `headers`, `refused` for all others."""

    async def answer(request: web.Request) -> web.StreamResponse:
        shown = {request.headers.get(name, "").removeprefix("Bearer ") for name in headers}
        return await (right if KEY in shown else refused)(request)

    return answer


def by_stream(plain: Answer, streamed: Answer) -> Answer:
    """`streamed` for a request that asks for a stream, `plain` for any other."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (streamed if (await request.json()).get("stream") else plain)(request)

    return answer


CHALLENGE = says("<title>Just a moment...</title>", 403, headers={"cf-mitigated": "challenge"})
UPSTREAM = says("upstream connect error or disconnect/reset before headers", 503, kind="text/plain")


def anthropic_error(kind: str, status: int, message: str = "", **headers: str) -> Answer:
    error = {"type": kind, "message": message}
    body = {"type": "error", "error": error, "request_id": REQUEST_ID["request-id"]}
    return says(
        body, status, headers=REQUEST_ID | {k.replace("_", "-"): headers[k] for k in headers}
    )


MESSAGE_EVENTS = (
    'event: message_start\ndata: {"type":"message_start","message":{"type":"message"}}',
    'event: content_block_start\ndata: {"type":"content_block_start","index":0}',
    'event: ping\ndata: {"type":"ping"}',
    'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"ok"}}',
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}',
    'event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":3}}',
    'event: message_stop\ndata: {"type":"message_stop"}',
)
OVERLOADED_EVENT = (
    "event: error\n"
    'data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
)

MESSAGE = says(
    {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "ok"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 10, "output_tokens": 3},
    },
    headers=REQUEST_ID,
)


ANTHROPIC_LIMITS = {
    "anthropic-ratelimit-requests-limit": "1000",
    "anthropic-ratelimit-requests-remaining": "999",
    "anthropic-ratelimit-requests-reset": "2026-11-21T00:01:00Z",
}


def anthropic() -> dict[str, Answer]:
    refused = anthropic_error("authentication_error", 401, "invalid x-api-key")
    names = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-haiku-4-5")
    models = says(
        {"data": [{"type": "model", "id": name} for name in names], "has_more": False},
        headers=REQUEST_ID | ANTHROPIC_LIMITS,
    )
    counted = says({"input_tokens": 10}, headers=REQUEST_ID)
    return {
        "GET /": says("<title>Claude</title>"),
        "GET /login": says("<title>Claude</title>"),
        "POST /v1/oauth/token": says({"error": "invalid_grant"}, 400),
        "GET /v1/models": keyed(models, refused, "x-api-key"),
        "POST /v1/messages": keyed(
            by_stream(MESSAGE, streams(*MESSAGE_EVENTS)), refused, "x-api-key"
        ),
        "POST /v1/messages/count_tokens": keyed(counted, refused, "x-api-key"),
    }


def openai_error(code: str, status: int, kind: str = "invalid_request_error") -> Answer:
    return says({"error": {"message": code, "type": kind, "param": None, "code": code}}, status)


CHUNKS = (
    'data: {"object":"chat.completion.chunk","choices":[{"delta":{"content":"ok"}}]}',
    "data: [DONE]",
)


def openai() -> dict[str, Answer]:
    refused = openai_error("invalid_api_key", 401)
    models = says(
        {"object": "list", "data": [{"id": "gpt-6-luna", "object": "model"}]},
        headers={"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "45"},
    )
    response = says({"object": "response", "status": "incomplete", "error": None, "output": []})
    return {
        "GET /": says("<title>ChatGPT</title>"),
        "GET /log-in": says("<title>Log in - OpenAI</title>"),
        "GET /v1/models": keyed(models, refused, "Authorization"),
        "POST /v1/responses": keyed(response, refused, "Authorization"),
        "POST /v1/chat/completions": keyed(streams(*CHUNKS), refused, "Authorization"),
    }


def gemini_error(code: int, status: str, *details: Mapping[str, str]) -> Answer:
    error = {"code": code, "message": status, "status": status, "details": list(details)}
    return says({"error": error}, code)


WRONG_GEMINI_KEY = gemini_error(
    400,
    "INVALID_ARGUMENT",
    {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"},
)
GEMINI_EXHAUSTED = gemini_error(
    429,
    "RESOURCE_EXHAUSTED",
    {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"},
)


def gemini() -> dict[str, Answer]:
    model = "/v1beta/models/gemini-3.5-flash-lite"
    answered = {"candidates": [{"content": {"parts": [{"text": "ok"}]}}], "usageMetadata": {}}
    right = {
        "GET /v1beta/models": says({"models": [{"name": "models/gemini-3.5-flash-lite"}]}),
        f"POST {model}:generateContent": says(answered),
        f"POST {model}:countTokens": says({"totalTokens": 3}),
    }
    return {
        "GET /ServiceLogin": says("<title>Sign in - Google Accounts</title>"),
        "POST /token": says({"error": "invalid_client"}, 401),
        **{
            route: keyed(answer, WRONG_GEMINI_KEY, "x-goog-api-key")
            for route, answer in right.items()
        },
    }


GITHUB_LIMITED = says(
    {"message": "API rate limit exceeded for 127.0.0.1."},
    403,
    headers={"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0"},
)


def github() -> dict[str, Answer]:
    refused = says({"message": "Bad credentials"}, 401)
    left = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "59"}
    form = '<form><input type="hidden" name="authenticity_token" value="abc"></form>'
    refs = says(
        "001e# service=git-upload-pack\n", kind="application/x-git-upload-pack-advertisement"
    )
    repository = says({"full_name": "octocat/Hello-World"})
    viewer = says({"data": {"viewer": {"login": "octocat"}}})
    return {
        "GET /login": says(form),
        "GET /": says({"current_user_url": "https://api.github.com/user"}, headers=left),
        "GET /octocat/Hello-World.git/info/refs": refs,
        "GET /user": keyed(says({"login": "octocat"}), refused, "Authorization"),
        "GET /repos/octocat/Hello-World": keyed(repository, refused, "Authorization"),
        "POST /graphql": keyed(viewer, refused, "Authorization"),
    }


def oidc() -> dict[str, Answer]:
    async def discovery(request: web.Request) -> web.StreamResponse:
        issuer = str(request.url.origin())
        endpoints = {"token_endpoint": f"{issuer}/token", "jwks_uri": f"{issuer}/keys"}
        return web.json_response({"issuer": issuer, **endpoints})

    async def token(request: web.Request) -> web.StreamResponse:
        shown = BasicAuth.decode(request.headers.get("Authorization", "Basic Og=="))
        if (shown.login, shown.password) != ("monitor", KEY):
            return web.json_response({"error": "invalid_client"}, status=401)
        return web.json_response({"access_token": "t", "token_type": "Bearer", "expires_in": 60})

    return {
        "GET /.well-known/openid-configuration": discovery,
        "GET /keys": says({"keys": [{"kty": "RSA", "kid": "1"}]}),
        "POST /token": token,
    }


def form_login() -> dict[str, Answer]:
    field = '<input type="hidden" name="csrf" value="c5rf">'
    fields = f'{field}<input name="username"><input type="password" name="password">'
    form = f'<form method="post" action="/login">{fields}</form>'
    sessions: set[str] = set()

    async def submit(request: web.Request) -> web.StreamResponse:
        sent = await request.post()
        if (sent.get("csrf"), request.cookies.get("csrf")) != ("c5rf", "c5rf"):
            return web.Response(status=403, text="forged")
        if (sent.get("username"), sent.get("password")) != ("monitor", KEY):
            return web.Response(text=form, content_type="text/html")
        sessions.add(name := f"s{len(sessions)}-{id(request)}")
        response = web.Response(status=303, headers={"Location": "/home"})
        response.set_cookie("session", name)
        return response

    async def home(request: web.Request) -> web.StreamResponse:
        if request.cookies.get("session") not in sessions:
            return web.Response(status=302, headers={"Location": "/login"})
        return web.Response(text=f"Welcome back<form>{field}</form>", content_type="text/html")

    async def logout(request: web.Request) -> web.StreamResponse:
        sessions.discard(request.cookies.get("session", ""))
        return web.Response(status=303, headers={"Location": "/login"})

    return {
        "GET /login": says(form, headers={"Set-Cookie": "csrf=c5rf; Path=/"}),
        "POST /login": submit,
        "GET /home": home,
        "POST /logout": logout,
    }


def rest_api() -> dict[str, Answer]:
    refused = says({"error": "unauthorized"}, 401)
    return {"GET /v1/things": keyed(says({"things": []}), refused, "Authorization")}

"""The API that does the work, in the shapes that Anthropic documents for its own."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from aiohttp import web

from probe.simulator.answers import Piece, PiecedAnswer, document
from probe.simulator.exchange import Exchange, Handler
from probe.simulator.failures import failure
from probe.simulator.routes import Route

MODELS: Final = {"standin-large-1": "Standin Large 1", "standin-small-1": "Standin Small 1"}
REPLY: Final = ("Yes", ", ", "I am", " up", " and", " working", ".")
REQUESTS_A_MINUTE: Final = 4000


def handlers(pause_s: float) -> dict[Route, Handler]:
    """The API's handlers; a stream pauses for `pause_s` before each part."""

    async def stream(exchange: Exchange) -> web.StreamResponse:
        """Reply to a message as server-sent events."""
        asked = await body_of_request(exchange.request)
        return _refusal(exchange, asked, "max_tokens") or _stream_of(exchange, asked, pause_s)

    return {
        Route.MODELS: models,
        Route.MESSAGES: messages,
        Route.STREAM: stream,
        Route.COUNT_TOKENS: count_tokens,
    }


async def models(exchange: Exchange) -> web.Response:
    """List the models."""
    if not _has_key(exchange):
        return failure(exchange, 401, "invalid x-api-key")
    data = [
        {"type": "model", "id": key, "display_name": name, "created_at": "2026-01-15T00:00:00Z"}
        for key, name in MODELS.items()
    ]
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]}
    return document({"data": data, "has_more": False} | ends, headers=_limits(exchange))


async def messages(exchange: Exchange) -> web.Response:
    """Reply to a message at once."""
    asked = await body_of_request(exchange.request)
    refusal = _refusal(exchange, asked, "max_tokens")
    if refusal is not None:
        return refusal
    content = [{"type": "text", "text": "".join(REPLY)}]
    reply = _message(exchange, asked) | {"content": content, "stop_reason": "end_turn"}
    return document(reply, headers=_limits(exchange))


async def count_tokens(exchange: Exchange) -> web.Response:
    """Estimate the tokens of a message: four characters make one."""
    asked = await body_of_request(exchange.request)
    refusal = _refusal(exchange, asked)
    return refusal or document({"input_tokens": _tokens(asked)}, headers=_limits(exchange))


async def body_of_request(request: web.Request) -> Mapping[str, object]:
    """The JSON object that was sent; an empty one for anything else."""
    try:
        value = json.loads(await request.read())
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def event(name: str, **fields: object) -> bytes:
    """One server-sent event, whose data repeats its name as its type."""
    return f"event: {name}\ndata: {json.dumps({'type': name} | fields)}\n\n".encode()


def _refusal(exchange: Exchange, asked: Mapping[str, object], *keys: str) -> web.Response | None:
    if not _has_key(exchange):
        return failure(exchange, 401, "invalid x-api-key")
    for key in ("model", "messages", *keys):
        if not asked.get(key):
            return failure(exchange, 400, f"{key}: Field required")
    if asked["model"] not in list(MODELS):  # a list can be asked for what has no hash
        return failure(exchange, 404, f"model: {asked['model']}")
    return None


def _has_key(exchange: Exchange) -> bool:
    headers = exchange.request.headers
    bearer = headers.get("Authorization", "").removeprefix("Bearer ")
    return exchange.accounts.accepts(headers.get("x-api-key") or bearer, exchange.now)


def _limits(exchange: Exchange) -> dict[str, str]:
    reset = (exchange.now + timedelta(minutes=1)).isoformat(timespec="seconds")
    return {
        "anthropic-ratelimit-requests-limit": str(REQUESTS_A_MINUTE),
        "anthropic-ratelimit-requests-remaining": str(REQUESTS_A_MINUTE - 1),
        "anthropic-ratelimit-requests-reset": reset,
    }


def _message(exchange: Exchange, asked: Mapping[str, object]) -> dict[str, object]:
    return {
        "id": exchange.request_id.replace("req_", "msg_"),
        "type": "message",
        "role": "assistant",
        "model": asked["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": _tokens(asked), "output_tokens": len(REPLY)},
    }


def _tokens(asked: Mapping[str, object]) -> int:
    return max(1, len(json.dumps(asked.get("messages"))) // 4)


def _stream_of(exchange: Exchange, asked: Mapping[str, object], pause_s: float) -> PiecedAnswer:
    deltas = [
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
        for text in REPLY
    ]
    stopped = {"stop_reason": "end_turn", "stop_sequence": None}
    events = [
        event("message_start", message=_message(exchange, asked)),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("ping"),
        *deltas,
        event("content_block_stop", index=0),
        event("message_delta", delta=stopped, usage={"output_tokens": len(REPLY)}),
        event("message_stop"),
    ]
    headers = {"Content-Type": "text/event-stream; charset=utf-8"} | _limits(exchange)
    return PiecedAnswer([Piece(data=data, pause_s=pause_s) for data in events], headers=headers)

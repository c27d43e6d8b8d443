"""The token endpoint and the API in the documented shapes."""

import json
from typing import Any

import pytest
from visitor import KEY, MESSAGE, Visitor

PATHS = [
    ("GET", "/v1/models"),
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages/count_tokens"),
]


def events(text: str) -> list[tuple[str, Any]]:
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name[7:], json.loads(data[6:])) for name, data in blocks]


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "refresh_token", "refresh_token": "rt-standin-0001"},
        {
            "grant_type": "client_credentials",
            "client_id": "standin-client",
            "client_secret": "standin-secret",
        },
    ],
)
async def test_a_good_grant_buys_a_token_that_the_api_accepts_for_an_hour(
    visitor: Visitor, form: dict[str, str]
) -> None:
    status, text = await visitor.post("/oauth/token", data=form)
    token = json.loads(text)
    assert (status, token["token_type"], token["expires_in"]) == (200, "Bearer", 3600)
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await visitor.get("/v1/models", headers=bearer))[0] == 200
    visitor.hands.seconds += 3600
    assert (await visitor.get("/v1/models", headers=bearer))[0] == 401


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"grant_type": "authorization_code", "code": "garbage"},
        {"grant_type": "refresh_token", "refresh_token": "garbage"},
        {"grant_type": "client_credentials", "client_id": "standin-client"},
    ],
)
async def test_garbage_is_an_invalid_grant(visitor: Visitor, form: dict[str, str]) -> None:
    status, text = await visitor.post("/oauth/token", data=form)
    assert (status, json.loads(text)["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_a_wrong_key_is_an_authentication_error_with_a_request_id(
    visitor: Visitor, method: str, path: str
) -> None:
    key = {"x-api-key": "sk-wrong"}
    async with visitor.http.request(method, path, json=MESSAGE, headers=key) as answer:
        body = await answer.json()
        assert answer.status == 401
        assert answer.headers["request-id"] == body["request_id"]
    error = {"type": "authentication_error", "message": "invalid x-api-key"}
    assert (body["type"], body["error"]) == ("error", error)


async def test_models_are_listed_with_limits_in_the_headers(visitor: Visitor) -> None:
    async with visitor.http.get("/v1/models", headers=KEY) as answer:
        listed = await answer.json()
        assert answer.headers["anthropic-ratelimit-requests-limit"] == "4000"
        assert answer.headers["request-id"].startswith("req_")
    assert [model["id"] for model in listed["data"]] == ["standin-large-1", "standin-small-1"]
    assert listed["has_more"] is False


async def test_a_message_gets_a_reply(visitor: Visitor) -> None:
    status, text = await visitor.message()
    reply = json.loads(text)
    assert (status, reply["type"], reply["role"]) == (200, "message", "assistant")
    assert reply["content"] == [{"type": "text", "text": "Yes, I am up and working."}]
    assert reply["stop_reason"] == "end_turn"


async def test_a_message_that_makes_no_sense_is_an_invalid_request(visitor: Visitor) -> None:
    status, text = await visitor.post("/v1/messages", json=MESSAGE | {"model": ["a"]}, headers=KEY)
    assert (status, json.loads(text)["error"]["message"]) == (404, "model: ['a']")
    status, text = await visitor.post("/v1/messages", data=b"[" * 100_000, headers=KEY)
    assert (status, json.loads(text)["error"]["message"]) == (400, "model: Field required")


async def test_a_stream_has_all_events_in_their_documented_order(visitor: Visitor) -> None:
    status, text = await visitor.message(stream=True)
    names = [name for name, _ in events(text)]
    assert status == 200
    assert names[:4] == ["message_start", "content_block_start", "ping", "content_block_delta"]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert all(name == data["type"] for name, data in events(text))
    said = [data["delta"]["text"] for name, data in events(text) if name == "content_block_delta"]
    assert "".join(said) == "Yes, I am up and working."


async def test_streams_and_messages_are_counted_apart(visitor: Visitor) -> None:
    await visitor.message()
    await visitor.message(stream=True)
    await visitor.message(stream="yes")
    assert visitor.provider.requests == {"messages": 2, "stream": 1}


async def test_tokens_are_counted(visitor: Visitor) -> None:
    status, text = await visitor.post("/v1/messages/count_tokens", json=MESSAGE, headers=KEY)
    assert (status, [*json.loads(text)]) == (200, ["input_tokens"])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("key", ["model", "max_tokens", "messages"])
async def test_a_message_that_lacks_a_field_is_an_invalid_request(
    visitor: Visitor, key: str, *, stream: bool
) -> None:
    status, text = await visitor.message(stream=stream, **{key: None})
    error = {"type": "invalid_request_error", "message": f"{key}: Field required"}
    assert (status, json.loads(text)["error"]) == (400, error)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
async def test_a_body_that_is_no_json_object_is_an_invalid_request(
    visitor: Visitor, body: bytes
) -> None:
    status, text = await visitor.post("/v1/messages", data=body, headers=KEY)
    assert (status, json.loads(text)["error"]["type"]) == (400, "invalid_request_error")


async def test_a_retired_model_is_not_found(visitor: Visitor) -> None:
    status, text = await visitor.message(model="standin-0")
    assert (status, json.loads(text)["error"]["type"]) == (404, "not_found_error")

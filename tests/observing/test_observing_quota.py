"""What is left of our budgets, in the words of each family of providers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from probe.model.run import Quota
from probe.observing.answers.answer import Answer
from probe.observing.answers.quota import MOST, quotas_of

NOW = 1_772_449_200.0  # 2026-03-02T11:00:00Z
NAMES = st.sampled_from(
    [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "anthropic-ratelimit-tokens-reset",
        "anthropic-ratelimit-tokens-remaining",
        "ratelimit",
        "ratelimit-policy",
        "date",
    ]
)


def answer(headers: dict[str, str]) -> Answer:
    return Answer(
        status=200,
        url=URL("http://it.invalid/"),
        http_version="1.1",
        headers=CIMultiDictProxy(CIMultiDict(headers)),
        charset="utf-8",
        body=b"",
    )


def told(**headers: str) -> tuple[Quota, ...]:
    return quotas_of(answer({name.replace("_", "-"): text for name, text in headers.items()}), NOW)


def test_anthropic_tells_each_budget_with_the_moment_of_its_refill() -> None:
    assert told(
        anthropic_ratelimit_requests_limit="4000",
        anthropic_ratelimit_requests_remaining="3999",
        anthropic_ratelimit_requests_reset="2026-03-02T11:01:00Z",
        Anthropic_RateLimit_Input_Tokens_Limit="1000",
        Anthropic_RateLimit_Input_Tokens_Remaining="250",
        Anthropic_RateLimit_Input_Tokens_Reset="2026-03-02T12:00:30+01:00",
    ) == (
        Quota(name="requests", remaining=3999, limit=4000, reset_s=60),
        Quota(name="input-tokens", remaining=250, limit=1000, reset_s=30),
    )


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("6m0s", 360),
        ("12ms", 0.012),
        ("1h2m3.5s", 3723.5),
        ("1d12h", 129_600),
        ("1s", 1),
        ("17", 17),
        ("soon", None),
    ],
)
def test_openai_tells_durations(reset: str, seconds: float | None) -> None:
    (quota,) = told(
        x_ratelimit_limit_tokens="150000",
        x_ratelimit_remaining_tokens="149984",
        x_ratelimit_reset_tokens=reset,
    )
    assert quota == Quota(name="tokens", remaining=149984, limit=150000, reset_s=seconds)


def test_github_tells_seconds_of_the_epoch_which_its_own_clock_counts() -> None:
    headers = {
        "x_ratelimit_limit": "60",
        "x_ratelimit_remaining": "0",
        "x_ratelimit_reset": str(int(NOW) + 900),
        "x_ratelimit_used": "60",
        "x_ratelimit_resource": "core",
    }
    assert told(**headers) == (Quota(name="requests", remaining=0, limit=60, reset_s=900),)
    (by_its_clock,) = told(**headers, date="Mon, 02 Mar 2026 11:10:00 GMT")
    assert by_its_clock.reset_s == 300
    (refilled,) = told(**headers, date="Mon, 02 Mar 2026 12:00:00 GMT")
    assert refilled.reset_s == 0


def test_the_fields_of_the_ietf_are_structured() -> None:
    assert told(
        ratelimit_policy='"default";q=100;w=60, "daily";q=1000;w=86400',
        ratelimit='"default";r=50;t=30, "daily";r=3, "odd name!";r=1',
    ) == (
        Quota(name="default", remaining=50, limit=100, reset_s=30),
        Quota(name="daily", remaining=3, limit=1000),
        Quota(name="requests", remaining=1),
    )
    assert told(ratelimit_limit="100, 100;w=60", ratelimit_remaining="7", ratelimit_reset="9") == (
        Quota(name="requests", remaining=7, limit=100, reset_s=9),
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"x-ratelimit-limit-tokens": "-1", "x-ratelimit-remaining-tokens": "-1"},
        {"x-ratelimit-limit": "60"},
        {"x-ratelimit-remaining": "many"},
        {"ratelimit": '"default";r=?1'},
        {"ratelimit": '"default";r=-1'},
        {"ratelimit": "default;;r"},
        {"ratelimit": ", ".join(['"a";r=1'] * 1000)},
        {"ratelimit": "(1 2);r=1, 7" + "\u00e9"},
    ],
)
def test_what_tells_no_rest_is_no_budget(headers: dict[str, str]) -> None:
    assert quotas_of(answer(headers), NOW) == ()


def test_a_share_needs_a_limit() -> None:
    assert Quota(name="a", remaining=1, limit=4).ratio == 0.25
    assert Quota(name="a", remaining=9, limit=4).ratio == 1
    assert Quota(name="a", remaining=0, limit=0).ratio is None
    assert Quota(name="a", remaining=1).ratio is None


def test_no_more_budgets_are_kept_than_a_provider_can_have() -> None:
    assert len(told(**{f"x_ratelimit_remaining_a{n}": "1" for n in range(100)})) == MOST


@given(st.dictionaries(NAMES, st.text(max_size=60)))
def test_any_text_is_a_budget_or_none(headers: dict[str, str]) -> None:
    for quota in quotas_of(answer(headers), NOW):
        assert quota.remaining >= 0
        assert quota.reset_s is None or quota.reset_s >= 0

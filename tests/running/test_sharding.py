"""Several processes share one configuration."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.config.loading import read
from probe.model.shard import Shard
from probe.running.sharding import EVERYTHING, ShareError, share

CONFIG = """
journal: /var/lib/probe/journal.db
services:
  - name: one
    paths: [{name: api, plane: data, steps: [{request: GET http://127.0.0.1/}]}]
  - name: two
    paths: [{name: api, plane: data, steps: [{request: GET http://127.0.0.1/}]}]
  - name: three
    paths: [{name: api, plane: data, steps: [{request: GET http://127.0.0.1/}]}]
"""


def keepers(service: str, count: int) -> list[int]:
    return [index for index in range(count) if Shard(index=index, count=count).keeps(service)]


@given(st.text(min_size=1, max_size=60), st.integers(1, 40))
def test_every_service_is_of_exactly_one_shard(service: str, count: int) -> None:
    assert len(keepers(service, count)) == 1


@given(st.text(min_size=1, max_size=60), st.integers(1, 40))
def test_with_one_shard_more_a_service_stays_or_goes_to_the_new_one(
    service: str, count: int
) -> None:
    [before], [after] = keepers(service, count), keepers(service, count + 1)
    assert after in {before, count}


def test_a_thousand_services_spread_evenly() -> None:
    held = Counter(keepers(f"service-{number}", 4)[0] for number in range(1000))
    assert all(200 < held[index] < 300 for index in range(4))


def test_where_a_service_belongs_is_the_same_in_every_release() -> None:
    assert [keepers(name, 5) for name in ("claude", "openai", "github")] == [[3], [2], [0]]


def test_a_shard_keeps_its_journal_when_there_is_one_more() -> None:
    whole = read(CONFIG, Path("probe.yaml"))
    assert share("0/2", "").of(whole).journal == share("0/3", "").of(whole).journal


def test_the_shards_of_a_configuration_are_the_whole_each_with_its_journal() -> None:
    whole = read(CONFIG, Path("probe.yaml"))
    parts = [share(f"{index}/2", "").of(whole) for index in range(2)]
    assert sorted(service.name for part in parts for service in part.services) == [
        "one",
        "three",
        "two",
    ]
    assert [str(part.journal) for part in parts] == [
        "/var/lib/probe/journal-0.db",
        "/var/lib/probe/journal-1.db",
    ]


def test_without_a_shard_or_an_address_the_configuration_stays_as_it_is() -> None:
    whole = read(CONFIG, Path("probe.yaml"))
    assert share("", "") == EVERYTHING
    assert share("", "").of(whole) == whole
    assert share("0/1", "").of(whole) == whole


def test_an_address_of_its_own_replaces_the_files() -> None:
    assert str(share("", "[::1]:9700").of(read(CONFIG, Path("probe.yaml"))).listen) == "[::1]:9700"


@pytest.mark.parametrize(
    ("shard", "listen", "message"),
    [
        ("2/2", "", "--shard 2/2: shards are numbered from 0, the last of N is N-1/N"),
        ("0/0", "", "--shard 0/0: shards are numbered from 0, the last of N is N-1/N"),
        (
            "first",
            "",
            "--shard first: a shard is I/N, as 0/2 and 1/2 where two share the work",
        ),
        (
            "-1/2",
            "",
            "--shard -1/2: a shard is I/N, as 0/2 and 1/2 where two share the work",
        ),
        (
            "",
            "9632",
            "--listen 9632: an address is host:port, as 0.0.0.0:9632 or [::]:9632",
        ),
    ],
)
def test_what_names_no_shard_or_no_address_is_refused_with_what_would(
    shard: str, listen: str, message: str
) -> None:
    with pytest.raises(ShareError) as refused:
        share(shard, listen)
    assert str(refused.value) == message

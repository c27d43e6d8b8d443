"""Whose a host is: what tells one company's broken certificate from a proxy's."""

import pytest

from probe.observing.owners import owner


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("login.acme.com", "api.acme.com"),
        ("login.acme.co.uk", "acme.co.uk"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "0:0:0:0:0:0:0:1"),
        ("localhost", "localhost"),
    ],
)
def test_hosts_of_one_registered_name_have_one_owner(one: str, other: str) -> None:
    assert owner(one) == owner(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("login.acme.com", "login.other.com"),
        ("login.acme.co.uk", "api.other.co.uk"),
        ("acme.github.io", "other.github.io"),
        ("10.0.0.1", "192.168.0.1"),
        ("localhost", "127.0.0.1"),
    ],
)
def test_hosts_under_a_public_suffix_and_addresses_have_each_their_own(
    one: str, other: str
) -> None:
    assert owner(one) != owner(other)

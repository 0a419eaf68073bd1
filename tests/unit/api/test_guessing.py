"""The limit on wrong tokens."""

from __future__ import annotations

import pytest

from petit.api.guessing import MOST_ADDRESSES, Guesses, network_of


def test_an_address_has_so_many_failures_a_minute() -> None:
    guesses = Guesses(3)
    assert [guesses.failed("10.0.0.1", 100.0 + second) for second in range(5)] == [
        None,
        None,
        None,
        57.0,
        56.0,
    ]
    assert guesses.failed("10.0.0.2", 104.0) is None
    assert guesses.failed("10.0.0.1", 160.0) is None


def test_memory_is_bounded() -> None:
    guesses = Guesses(3)
    for number in range(5 * MOST_ADDRESSES):
        guesses.failed(f"host-{number}", 0.0)
    assert len(guesses._windows) == MOST_ADDRESSES


@pytest.mark.parametrize(
    ("address", "network"),
    [
        pytest.param("10.0.0.1", "10.0.0.1", id="IPv4 is itself"),
        pytest.param("2001:db8::1:2:3:4", "2001:db8::/64", id="IPv6 counts by its network"),
        pytest.param("fe80::1%eth0", "fe80::/64", id="without its zone"),
        pytest.param("::ffff:10.0.0.1", "10.0.0.1", id="IPv4 in IPv6 is IPv4"),
        pytest.param("local", "local", id="the control socket is one address"),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network

"""Tokens: secrets, what is refused when they are made, what they allow."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from petit.core.errors import InvalidRequestError
from petit.core.tokens import SCOPES, Scope, Token, Verdict, hash_secret, is_secret, issue, judge, new_secret
from petit.testing.entropy import SequenceEntropy

NOW = 1_750_000_000_000


def token(*scopes: Scope, **given: Any) -> Token:
    return Token(
        **{
            "id": "1",
            "name": "ci",
            "scopes": frozenset(scopes),
            "created_at": NOW - 10,
            "hash": "h",
            **given,
        }
    )


def made(**given: Any) -> tuple[Token, str]:
    return issue(SequenceEntropy(1), **{"name": "ci", "scopes": ["trigger"], "now": NOW, **given})


def test_a_secret_has_256_bits_and_a_prefix_and_may_stand_in_a_header() -> None:
    asked = []

    class Counting(SequenceEntropy):
        def bits(self, count: int) -> int:
            asked.append(count)
            return super().bits(count)

    secret = new_secret(Counting())
    assert asked == [256]
    assert secret.startswith("petit_")
    assert is_secret(secret)
    assert len({new_secret(SequenceEntropy(seed)) for seed in range(200)}) == 200


@pytest.mark.parametrize(
    "text", ["", "petit_", "petit_" + "a" * 42, "petit_" + "a" * 44, "a" * 49, "petit_" + "é" * 43]
)
def test_what_has_not_the_form_is_no_secret(text: str) -> None:
    assert not is_secret(text)


def test_what_is_kept_of_a_secret_is_its_sha256() -> None:
    assert hash_secret("petit_x") == hashlib.sha256(b"petit_x").hexdigest()


def test_a_token_is_made_with_its_secret() -> None:
    one, secret = made(jobs=["etl*"], expires_at=NOW + 1)
    assert one.hash == hash_secret(secret)
    assert secret not in repr(one)
    assert msgspec.structs.replace(one, id="", hash="") == Token(
        id="",
        name="ci",
        scopes=frozenset({"trigger"}),
        jobs=("etl*",),
        created_at=NOW,
        expires_at=NOW + 1,
        hash="",
    )


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        pytest.param({"name": ""}, ["/name"], id="a token has a name"),
        pytest.param({"name": "a b"}, ["/name"], id="a name has no blank"),
        pytest.param({"name": "a/b"}, ["/name"], id="a name stands in a path"),
        pytest.param({"scopes": []}, ["/scopes"], id="a token is for something"),
        pytest.param({"scopes": ["write"]}, ["/scopes"], id="there is no scope write"),
        pytest.param({"scopes": ["read", "root"]}, ["/scopes"], id="one wrong scope is enough"),
        pytest.param({"expires_at": NOW}, ["/expires_at"], id="a token does not expire at once"),
        pytest.param({"jobs": ["etl", "a b", ""]}, ["/jobs/1", "/jobs/2"], id="each wrong pattern is told"),
        pytest.param({"jobs": ["x"] * 101}, ["/jobs"], id="patterns are bounded"),
        pytest.param({"jobs": ["x"], "scopes": ["admin"]}, ["/jobs"], id="admin is about all jobs"),
        pytest.param({"jobs": ["x"], "scopes": ["read"]}, ["/jobs"], id="reading is not limited by job"),
        pytest.param(
            {"jobs": ["x"], "scopes": ["trigger", "admin"]}, ["/jobs"], id="admin wins over trigger"
        ),
        pytest.param(
            {"name": "", "scopes": [], "expires_at": 0}, ["/name", "/scopes", "/expires_at"], id="all at once"
        ),
    ],
)
def test_a_wrong_token_is_not_made(given: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        made(**given)
    assert [each["pointer"] for each in refused.value.evidence["errors"]] == pointers


@pytest.mark.parametrize("needed", SCOPES)
@pytest.mark.parametrize("held", SCOPES)
def test_each_scope_implies_the_smaller_ones(held: Scope, needed: Scope) -> None:
    expected = "allowed" if SCOPES.index(held) >= SCOPES.index(needed) else "scope"
    assert judge(token(held), needed, "etl", NOW) == expected
    assert judge(token("read", held), needed, None, NOW) == expected


@pytest.mark.parametrize(
    ("jobs", "job_id", "verdict"),
    [
        pytest.param((), "etl", "allowed", id="no pattern means every job"),
        pytest.param((), None, "allowed", id="no pattern, no job"),
        pytest.param(("etl*",), "etl_daily", "allowed", id="a pattern matches"),
        pytest.param(("a", "etl?"), "etl2", "allowed", id="one of several is enough"),
        pytest.param(("etl*",), "retl", "job", id="a pattern matches from the start"),
        pytest.param(("etl",), "etl_daily", "job", id="without a star it is the whole name"),
        pytest.param(("ETL*",), "etl", "job", id="case counts"),
        pytest.param(("*",), None, "job", id="what is about no single job is not for it"),
    ],
)
def test_patterns_limit_what_may_be_started(
    jobs: tuple[str, ...], job_id: str | None, verdict: Verdict
) -> None:
    assert judge(token("trigger", jobs=jobs), "trigger", job_id, NOW) == verdict
    assert judge(token("trigger", jobs=jobs), "read", job_id, NOW) == "allowed"


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        pytest.param({"expires_at": NOW + 1}, "allowed", id="not yet"),
        pytest.param({"expires_at": NOW}, "expired", id="it expires at its time"),
        pytest.param({"revoked_at": NOW - 1}, "revoked", id="revoked"),
        pytest.param({"revoked_at": NOW + 9_999}, "revoked", id="revoked by a clock that went ahead"),
        pytest.param({"revoked_at": NOW, "expires_at": NOW}, "revoked", id="revoked counts first"),
    ],
)
def test_time_ends_a_token(given: dict[str, Any], verdict: Verdict) -> None:
    one = token("admin", **given)
    assert judge(one, "read", None, NOW) == verdict
    assert one.is_in_force(NOW) == (verdict == "allowed")

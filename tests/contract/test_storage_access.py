"""Tokens and the audit record: the same in every storage."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.contract.rows import T0

from petit.core.sessions import Session
from petit.core.tokens import Token
from petit.storage import memory_access, sqlite_access
from petit.storage.base import Storage
from petit.storage.records import AuditRow


def token(number: int, name: str = "ci", **given: Any) -> Token:
    members: dict[str, Any] = {
        "id": f"{number:04}", "name": name, "scopes": frozenset({"read", "trigger"}), "jobs": ("etl*", "x"),
        "created_at": T0 + number, "hash": f"hash-{number}", "expires_at": T0 + 999, **given,
    }  # fmt: skip
    return Token(**members)


def session(number: int, **given: Any) -> Session:
    members: dict[str, Any] = {
        "hash": f"session-{number}", "token_id": "0001", "uid": 1000, "created_at": T0 + number,
        "expires_at": T0 + 999, **given,
    }  # fmt: skip
    return Session(**members)


def call(number: int, **given: Any) -> AuditRow:
    members: dict[str, Any] = {
        "at": T0 + number, "caller": "uid 1000", "address": "127.0.0.1", "method": "POST",
        "path": f"/api/jobs/{number}/trigger", "status": 200, "job_id": "etl", "run_id": None,
        "request_id": f"r-{number}", **given,
    }  # fmt: skip
    return AuditRow(**members)


async def test_a_token_is_found_by_the_hash_of_its_secret(storage: Storage) -> None:
    one, other = token(1), token(2, "other", scopes=frozenset({"admin"}), jobs=(), expires_at=None)
    before = storage.change
    assert await storage.add_token(other)
    assert await storage.add_token(one)
    assert storage.change == before + 2
    assert await storage.token_by_hash("hash-1") == one
    assert await storage.token_by_hash("hash-2") == other
    assert await storage.token_by_hash("hash-3") is None
    assert list(await storage.tokens()) == [one, other]


async def test_of_two_tokens_in_force_one_has_a_name(storage: Storage) -> None:
    assert await storage.add_token(token(1))
    change = storage.change
    assert not await storage.add_token(token(2))
    assert storage.change == change
    assert await storage.token_by_hash("hash-2") is None
    await storage.revoke_token("ci", at=T0 + 5)
    assert await storage.add_token(token(2))
    assert [each.revoked_at for each in await storage.tokens()] == [T0 + 5, None]


async def test_a_revoked_token_stays_known(storage: Storage) -> None:
    await storage.add_token(token(1))
    change = storage.change
    revoked = msgspec.structs.replace(token(1), revoked_at=T0 + 5)
    assert await storage.revoke_token("ci", at=T0 + 5) == revoked
    assert storage.change == change + 1
    assert await storage.token_by_hash("hash-1") == revoked


@pytest.mark.parametrize("name", ["never", "ci"])
async def test_what_is_not_in_force_cannot_be_revoked(storage: Storage, name: str) -> None:
    await storage.add_token(token(1))
    await storage.revoke_token("ci", at=T0 + 5)
    change = storage.change
    assert await storage.revoke_token(name, at=T0 + 6) is None
    assert storage.change == change


async def test_the_audit_record_is_read_newest_first_page_by_page(storage: Storage) -> None:
    change = storage.change
    odd = call(2, run_id="run", job_id=None, request_id=None)
    await storage.append_audit([call(1), odd])
    await storage.append_audit([])
    await storage.append_audit([call(number) for number in range(3, 8)])
    assert storage.change == change
    rows: list[AuditRow] = []
    while page := await storage.audit(limit=3, before=rows[-1].number if rows else None):
        assert len(page) <= 3
        rows.extend(page)
    assert [row.at - T0 for row in rows] == [7, 6, 5, 4, 3, 2, 1]
    assert [row.number for row in rows] == [7, 6, 5, 4, 3, 2, 1]
    assert rows[-2] == msgspec.structs.replace(odd, number=2)
    assert list(await storage.audit(limit=0)) == []


async def test_only_the_newest_calls_are_kept(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sqlite_access, memory_access):
        monkeypatch.setattr(module, "AUDIT_KEPT", 5)
    for number in range(1, 30):
        await storage.append_audit([call(number), call(number)])
        assert len(await storage.audit(limit=100)) <= 5
    assert [row.number for row in await storage.audit(limit=100)] == [58, 57, 56, 55, 54]


async def test_a_session_is_found_with_its_token_as_that_is_now(storage: Storage) -> None:
    await storage.add_token(token(1))
    before = storage.change
    await storage.add_session(session(1))
    await storage.add_session(session(2, uid=None))
    assert storage.change == before + 2
    assert await storage.session("session-1") == (session(1), token(1))
    assert await storage.session("session-2") == (session(2, uid=None), token(1))
    assert await storage.session("session-3") is None
    revoked = await storage.revoke_token("ci", at=T0 + 5)
    assert await storage.session("session-1") == (session(1), revoked)


async def test_a_session_that_is_ended_is_forgotten(storage: Storage) -> None:
    await storage.add_token(token(1))
    await storage.add_session(session(1))
    change = storage.change
    assert await storage.end_session("session-1")
    assert (await storage.session("session-1"), storage.change) == (None, change + 1)
    assert not await storage.end_session("session-1")
    assert storage.change == change + 1


async def test_a_new_session_clears_away_those_that_have_expired(storage: Storage) -> None:
    await storage.add_token(token(1))
    await storage.add_session(session(1, expires_at=T0 + 50))
    await storage.add_session(session(2, expires_at=T0 + 51))
    await storage.add_session(session(50))
    known = [await storage.session(f"session-{number}") is not None for number in (1, 2, 50)]
    assert known == [False, True, True]


async def test_of_one_token_only_the_newest_sessions_are_kept(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (memory_access, sqlite_access):
        monkeypatch.setattr(module, "SESSIONS_KEPT", 3)
    await storage.add_token(token(1))
    await storage.add_token(token(2, "other"))
    await storage.add_session(session(0, token_id="0002"))
    for number in range(1, 6):
        await storage.add_session(session(number))
    known = [await storage.session(f"session-{number}") is not None for number in range(6)]
    assert known == [True, False, False, True, True, True]

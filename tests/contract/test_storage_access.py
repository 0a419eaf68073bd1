"""Tokens and the audit record: the same in every storage."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.contract.rows import T0

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

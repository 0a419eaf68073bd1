"""Tokens and the audit trail beside the engine."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from petit.core.errors import StorageUnavailable
from petit.core.tokens import Token, TokenExists, TokenNotFound
from petit.scheduler import audit
from petit.scheduler.access import Access
from petit.storage.memory import MemoryStorage
from petit.storage.records import AuditRow

TOKEN = Token(id="1", name="ci", scopes=frozenset({"read"}), created_at=1, hash="h", expires_at=9)


def call(number: int) -> AuditRow:
    return AuditRow(at=number, caller="uid 1", address="local", method="POST", path="/", status=200)


async def test_a_name_belongs_to_one_token() -> None:
    access = Access(MemoryStorage())
    await access.add(TOKEN)
    with pytest.raises(TokenExists, match="'ci' already"):
        await access.add(TOKEN)
    assert (await access.revoke("ci", 5)).revoked_at == 5
    with pytest.raises(TokenNotFound, match="no token 'ci'"):
        await access.revoke("ci", 6)


async def test_rows_are_written_in_the_order_of_the_calls() -> None:
    access = Access(MemoryStorage())
    await access.trail.flush()
    for number in range(1200):
        access.trail.note(call(number))
    await access.trail.flush()
    assert [row.at for row in await access.audit(limit=2000)] == list(range(1199, -1, -1))


async def test_a_disk_that_fails_costs_rows_and_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(MemoryStorage):
        is_failing = True

        async def append_audit(self, rows: Sequence[AuditRow]) -> None:
            if self.is_failing:
                raise StorageUnavailable("the disk is full", cause="disk_full")
            await super().append_audit(rows)

    monkeypatch.setattr(audit, "_MOST_WAITING", 2)
    storage = Failing()
    access = Access(storage)
    for number in range(5):
        access.trail.note(call(number))
    await access.trail.flush()
    assert "5 calls are missing from the audit record: the disk is full" in caplog.text
    storage.is_failing = False
    access.trail.note(call(7))
    await access.trail.flush()
    assert [row.at for row in await access.audit(limit=9)] == [7]

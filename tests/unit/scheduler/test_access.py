"""Tokens and the audit trail beside the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from petit.core.errors import StorageUnavailable
from petit.core.sessions import Session
from petit.core.tokens import Token, TokenExists, TokenNotFound
from petit.scheduler import audit
from petit.scheduler.access import Access
from petit.storage.memory import MemoryStorage
from petit.storage.records import AuditRow
from petit.testing.clock import MORNING, ManualClock, settle

TOKEN = Token(id="1", name="ci", scopes=frozenset({"read"}), created_at=1, hash="h", expires_at=9)


def call(number: int) -> AuditRow:
    return AuditRow(at=number, caller="uid 1", address="local", method="POST", path="/", status=200)


async def test_a_name_belongs_to_one_token() -> None:
    access = Access(MemoryStorage(), ManualClock())
    await access.add(TOKEN)
    with pytest.raises(TokenExists, match="'ci' already"):
        await access.add(TOKEN)
    assert (await access.revoke("ci", 5)).revoked_at == 5
    with pytest.raises(TokenNotFound, match="no token 'ci'"):
        await access.revoke("ci", 6)


async def test_rows_are_written_in_the_order_of_the_calls() -> None:
    access = Access(MemoryStorage(), ManualClock())
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
    access = Access(storage, ManualClock())
    for number in range(5):
        access.trail.note(call(number))
    await access.trail.flush()
    assert "5 calls are missing from the audit record: the disk is full" in caplog.text
    storage.is_failing = False
    access.trail.note(call(7))
    await access.trail.flush()
    assert [row.at for row in await access.audit(limit=9)] == [7]


SESSION = Session(hash="s", token_id="1", uid=None, created_at=1, expires_at=MORNING + 5)


async def waiting(access: Access, token: Token, session: Session | None = None) -> asyncio.Task[None]:
    task = asyncio.create_task(access.over(token, session))
    await settle()
    return task


async def test_who_waits_for_the_end_of_a_token_is_told_when_it_is_revoked() -> None:
    access = Access(MemoryStorage(), ManualClock())
    one, other = [replace(TOKEN, id=name, name=name, hash=name, expires_at=None) for name in "ab"]
    for each in (one, other):
        await access.add(each)
    first, second = await waiting(access, one), await waiting(access, other)
    await access.revoke("a", MORNING)
    await first
    assert not second.done()
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert access._waiting == {}


async def test_who_waits_for_what_is_over_already_is_told_at_once() -> None:
    access = Access(MemoryStorage(), ManualClock())
    await access.add(TOKEN)
    await access.revoke("ci", 5)
    await access.over(TOKEN)
    later = replace(TOKEN, id="2", hash="2", expires_at=MORNING + 10)
    await access.add(later)
    await access.over(later, SESSION)  # there is no such session


async def test_who_waits_is_told_when_it_expires_whatever_becomes_of_the_clock() -> None:
    clock = ManualClock()
    access = Access(MemoryStorage(), clock)
    token = replace(TOKEN, expires_at=MORNING + 3_600_000)
    await access.add(token)
    task = await waiting(access, token)
    await clock.advance(60_000)
    assert not task.done()
    clock.jump(3_600_000)
    await clock.advance(15_000)
    await task


async def test_a_session_is_over_before_its_token() -> None:
    clock = ManualClock()
    access = Access(MemoryStorage(), clock)
    token = replace(TOKEN, expires_at=None)
    await access.add(token)
    await access.begin_session(SESSION)
    task = await waiting(access, token, SESSION)
    await clock.advance(4)
    assert not task.done()
    await clock.advance(1)
    await task
    await access.begin_session(replace(SESSION, hash="t", expires_at=MORNING + 100))
    task = await waiting(access, token, replace(SESSION, hash="t", expires_at=MORNING + 100))
    await access.end_session("t")
    await access.end_session("t")
    await task

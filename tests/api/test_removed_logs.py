from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.support.site import Site


@pytest.fixture
async def run_id(api: Site) -> str:
    """A run that is kept, and whose logs were removed."""
    made = await api.trigger("hello")
    await api.world.clock.advance(100)
    log = api.write_log(made, "main", "stdout", b"words\n")
    await api.trigger("hello")
    await api.world.clock.advance(100)
    now = api.world.clock.now()
    assert await api.world.storage.retention.note_logs_removed([made], at=now) == [made]
    shutil.rmtree(Path(log).parent)
    return made


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("logs", id="both streams"),
        pytest.param("logs?stream=stdout&tail=10", id="the end of one"),
        pytest.param("logs?follow", id="followed"),
        pytest.param("logs/index?stream=stdout", id="a first look"),
        pytest.param("logs/search?q=words", id="a search"),
    ],
)
async def test_logs_that_were_removed_are_told_as_such(api: Site, run_id: str, path: str) -> None:
    answer = await api.get(f"/api/runs/{run_id}/tasks/main/{path}")
    told = answer.json()
    assert (answer.status, told["code"], told["run_id"]) == (410, "GONE", run_id)
    assert told["removed_at"] == api.world.clock.now()
    assert told["detail"] == f"the logs of run '{run_id}' were removed by retention on 2026-01-01"


async def test_its_tasks_and_attempts_are_there_as_before(api: Site, run_id: str) -> None:
    assert (await api.get(f"/api/runs/{run_id}")).json()["status"] == "completed"
    assert (await api.get(f"/api/runs/{run_id}/tasks/main/attempts")).json()["count"] == 1


async def test_a_log_that_is_empty_was_not_removed(api: Site) -> None:
    silent = await api.trigger("single")
    await api.world.clock.advance(100)
    assert (await api.get(f"/api/runs/{silent}/tasks/main/logs")).status == 200

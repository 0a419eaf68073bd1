from __future__ import annotations

import pytest
from tests.support.site import Site

from petit.scheduler.commands import Check
from petit.version import VERSION


async def test_a_well_scheduler_is_ok(api: Site) -> None:
    answer = await api.get("/api/health")
    assert (answer.status, answer.json()) == (200, {"status": "ok", "version": VERSION})


async def test_what_is_not_well_is_said(api: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = (Check(name="loop", ok=True), Check(name="storage", ok=False, detail="the disk is full"))
    monkeypatch.setattr(api.world.engine, "checks", lambda: checks)
    answer = await api.get("/api/health")
    assert answer.status == 503
    assert answer.json() == {
        "status": "degraded",
        "version": VERSION,
        "checks": {
            "loop": {"ok": True, "detail": None},
            "storage": {"ok": False, "detail": "the disk is full"},
        },
    }


async def test_a_stopped_scheduler_is_not_well_but_answers(api: Site) -> None:
    await api.world.stop()
    assert (await api.get("/api/health")).status == 503
    assert (await api.get("/api/health/live")).json() == {"status": "ok"}


@pytest.mark.parametrize(
    "path", ["/api/health", "/api/health/live", "/api/health/ready", "/api/scheduler/state"]
)
async def test_what_depends_on_the_clock_has_no_tag(api: Site, path: str) -> None:
    assert "etag" not in (await api.get(path)).headers


async def test_a_scheduler_is_ready_while_it_takes_triggers(api: Site) -> None:
    answer = await api.get("/api/health/ready")
    assert answer.status == 200
    told = answer.json()
    assert (told["status"], told["version"], told["phase"]) == ("ready", VERSION, "running")
    await api.post("/api/scheduler/pause")
    paused = await api.get("/api/health/ready")
    assert (paused.status, paused.json()["phase"]) == (200, "paused")
    await api.world.stop()
    stopped = await api.get("/api/health/ready")
    assert (stopped.status, stopped.json()["status"], stopped.json()["phase"]) == (
        503,
        "not ready",
        "stopped",
    )


async def test_who_is_not_well_is_not_ready(api: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = (Check(name="storage", ok=False, detail="the disk is full"),)
    monkeypatch.setattr(api.world.engine, "checks", lambda: checks)
    answer = await api.get("/api/health/ready")
    assert (answer.status, answer.json()["checks"]["storage"]["detail"]) == (503, "the disk is full")

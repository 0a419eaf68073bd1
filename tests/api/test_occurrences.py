from __future__ import annotations

from typing import Any

import pytest
from tests.support.site import Site

MORNING = 1_767_225_600_000
MINUTE = 60_000


@pytest.fixture
async def ledger(api: Site) -> Site:
    """An hour of the day: `ticking` ran four times, then was paused for eight; `off` was due once."""
    await api.world.clock.advance(21 * MINUTE)
    await api.post("/api/scheduler/pause", {"reason": "quiet"})
    await api.world.clock.advance(40 * MINUTE)
    await api.post("/api/scheduler/resume")
    return api


async def rows(api: Site, path: str) -> list[dict[str, Any]]:
    """Read all pages."""
    found: list[dict[str, Any]] = []
    following: str | None = path
    while following is not None:
        answer = await api.get(following)
        assert answer.status == 200, answer
        page = answer.json()
        assert page["count"] == len(page["occurrences"])
        found.extend(page["occurrences"])
        link = answer.headers.get("link")
        following = None if link is None else link[1:].partition(">")[0]
        assert (link is None) == (page["next_cursor"] is None)
    return found


async def test_every_due_time_has_its_fate(ledger: Site) -> None:
    found = await rows(ledger, "/api/jobs/ticking/occurrences")
    assert [each["due_at"] for each in found] == [MORNING + minute * MINUTE for minute in range(60, 0, -5)]
    assert [each["fate"] for each in found] == ["skipped"] * 8 + ["ran"] * 4
    ran, skipped = found[-1], found[0]
    run = (await ledger.get(f"/api/runs/{ran['run_id']}")).json()
    assert (run["scheduled_for"], ran["reason"]) == (ran["due_at"], None)
    assert (skipped["reason"], skipped["run_id"]) == ("paused", None)
    assert skipped["evidence"]["reason"] == "quiet"
    assert skipped["schedule"] == "*/5 * * * * [UTC]"


@pytest.mark.parametrize("limit", [1, 3, 5, 12, 1000])
async def test_pages_of_any_size_show_the_same(ledger: Site, limit: int) -> None:
    whole = await rows(ledger, "/api/occurrences?limit=1000")
    assert len(whole) == 13
    assert await rows(ledger, f"/api/occurrences?limit={limit}") == whole


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 13),
        ("job=off", 1),
        ("job=ticking", 12),
        ("fate=ran", 4),
        ("fate=skipped&job=ticking", 8),
        ("fate=missed", 0),
        ("reason=disabled", 1),
        (f"since={MORNING + 60 * MINUTE}", 2),
        (f"until={MORNING + 5 * MINUTE}", 0),
        (f"since={MORNING + 5 * MINUTE}&until={MORNING + 15 * MINUTE}", 2),
        (f"since={MORNING + 30 * MINUTE}&until={MORNING + 40 * MINUTE}", 2),
        ("since=99999999999999999999", 0),
    ],
)
async def test_filters(ledger: Site, query: str, count: int) -> None:
    for limit in (2, 100):
        assert len(await rows(ledger, f"/api/occurrences?limit={limit}&{query}")) == count


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=%D9%A3", "limit"),
        ("fate=lost", "fate"),
        ("since=yesterday", "since"),
        ("until=1.0", "until"),
        ("cursor=zzz", "cursor"),
        ("cursor=", "cursor"),
        ("cursor=%F0", "cursor"),
        ("cursor=" + "A" * 2000, "cursor"),
        ("cursor=W10", "cursor"),
    ],
)
async def test_a_bad_query_is_refused(api: Site, query: str, parameter: str) -> None:
    answer = await api.get(f"/api/occurrences?{query}")
    assert (answer.status, answer.json()["code"], answer.json()["parameter"]) == (
        400,
        "BAD_REQUEST",
        parameter,
    )


async def test_an_unknown_job_is_not_found(api: Site) -> None:
    for path in ("/api/jobs/nobody/occurrences", "/api/occurrences?job=nobody"):
        assert (await api.get(path)).status == 404


async def test_a_removed_job_keeps_its_ledger(ledger: Site) -> None:
    (ledger.world.jobs_dir / "ticking.yaml").unlink()
    await ledger.post("/api/reload")
    assert len(await rows(ledger, "/api/jobs/ticking/occurrences")) == 12

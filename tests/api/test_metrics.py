from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import pytest
from tests.support.exposed import Exposed
from tests.support.http import request
from tests.support.site import ONE_TASK, Site, site

from petit.api.handlers.metrics import OPENMETRICS, PROMETHEUS
from petit.api.metrics import by_job
from petit.testing.executor import FAILS, HOLDS
from petit.version import VERSION

MINUTE = 60_000
MORNING_S = 1_767_225_600


async def scraped(api: Site, **headers: str) -> Exposed:
    answer = await api.get("/metrics", **headers)
    assert answer.status == 200, answer
    is_openmetrics = answer.headers["content-type"] == OPENMETRICS
    return Exposed(answer.body.decode(), is_openmetrics=is_openmetrics)


async def busy(api: Site) -> None:
    """Let something of everything happen."""
    api.world.executor.script = {"last": FAILS}
    for job_id in ("hello", "chain", "single"):
        await api.trigger(job_id)
    await api.post("/api/jobs/single/trigger", {"queue": True})
    await api.world.clock.advance(11 * MINUTE)


async def test_two_formats(api: Site) -> None:
    await busy(api)
    plain = await api.get("/metrics")
    assert plain.headers["content-type"] == PROMETHEUS
    wanted = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
    open_ = await api.get("/metrics", Accept=wanted)
    assert open_.headers["content-type"] == OPENMETRICS
    assert open_.body.endswith(b"\n# EOF\n")
    assert b"# EOF" not in plain.body
    assert "etag" not in plain.headers
    assert plain.headers["cache-control"] == "no-store"
    one, other = Exposed(plain.body.decode()), Exposed(open_.body.decode(), is_openmetrics=True)
    assert one.problems() == other.problems() == []
    assert {family.name: family.type for family in one.families} == {
        family.name: family.type for family in other.families
    }
    told = {series.name for series in one.values}
    assert len(told) > 40


async def test_what_is_told_of_the_whole(api: Site) -> None:
    await busy(api)
    told = await scraped(api)
    assert told.by("petit_runs_created_total", "trigger") == {("manual",): 4, ("schedule",): 2}
    assert told.by("petit_occurrences_total", "fate", "reason") == {("ran", ""): 2}
    assert told.by("petit_attempts_ended_total", "status") == {("completed",): 7, ("failed",): 1}
    assert told.by("petit_tasks_ended_total", "status") == {("completed",): 7, ("failed",): 1}
    assert told.value("petit_attempts_started_total") == 8
    assert told.value("petit_run_start_lag_seconds_count") == 2
    assert told.value("petit_run_queue_seconds_count") == 1
    assert told.value("petit_run_queue_seconds_sum") == pytest.approx(0.01)
    assert told.value("petit_run_duration_seconds_count") == 6
    assert told.value("petit_jobs") == 6
    assert told.value("petit_build_info", version=VERSION) == 1
    assert told.by("petit_healthy", "check") == {("loop",): 1, ("storage",): 1, ("disk",): 1}
    assert told.value("petit_storage_changes_total") == api.world.storage.change
    assert told.value("petit_storage_commits_total") == api.world.storage.commits
    assert told.value("petit_storage_size_bytes") is None, "memory lies on no disk"
    assert (told.value("process_resident_memory_bytes") or 0) > 1e6
    assert told.value("petit_keeper_process_open_fds") is None, "there is no keeper here"
    assert told.value("petit_max_running_runs") is None, "there is no limit"


async def test_what_is_told_of_a_job(api: Site) -> None:
    await busy(api)
    await api.post("/api/jobs/ticking/pause")
    told = await scraped(api)
    assert told.by("petit_runs_ended_total", "job_id", "status") == {
        ("hello", "completed"): 1,
        ("chain", "failed"): 1,
        ("single", "completed"): 2,
        ("ticking", "completed"): 2,
    }
    assert told.value("petit_runs_ended_total", job_id="hello", status="failed") == 0
    assert told.by("petit_job_last_run_status", "job_id", "status") == {
        ("hello", "completed"): 1,
        ("chain", "failed"): 1,
        ("single", "completed"): 1,
        ("ticking", "completed"): 1,
    }
    assert told.value("petit_job_last_run_timestamp_seconds", job_id="chain") == MORNING_S + 0.03
    assert told.value("petit_job_last_success_timestamp_seconds", job_id="chain") is None
    assert told.value("petit_job_last_success_timestamp_seconds", job_id="ticking") == MORNING_S + 600.01
    assert told.by("petit_job_next_run_timestamp_seconds", "job_id") == {("ticking",): MORNING_S + 900}
    assert told.by("petit_job_paused", "job_id") == {("ticking",): 1}
    assert told.value("petit_job_paused", job_id="after") == 0


async def test_how_things_are_now(tmp_path: Path) -> None:
    async with site(tmp_path, world={"max_jobs": 2}, jobs={"hold": f"max_concurrency: 1\n{ONE_TASK}"}) as api:
        api.world.executor.default = HOLDS
        await api.trigger("hold")
        await api.post("/api/jobs/hold/trigger", {"queue": True})
        await api.post("/api/scheduler/pause")
        told = await scraped(api)
        assert [
            told.value(f"petit_{name}")
            for name in (
                "running_runs",
                "queued_runs",
                "running_tasks",
                "max_running_runs",
                "scheduler_paused",
            )
        ] == [1, 1, 1, 2, 1]


async def test_counters_never_go_back(api: Site) -> None:
    seen = (await scraped(api)).counters()
    for step in range(6):
        await busy(api)
        if step == 3:
            (api.world.jobs_dir / "hello.yaml").unlink()
            await api.post("/api/reload")
            api.world.write(hello=ONE_TASK)
            await api.post("/api/reload")
        now = (await scraped(api)).counters()
        assert [series for series, value in seen.items() if now.get(series, -1) < value] == []
        assert sum(now.values()) > sum(seen.values())
        seen = now


async def test_a_removed_job_keeps_its_counts_and_loses_the_rest(api: Site) -> None:
    await busy(api)
    (api.world.jobs_dir / "hello.yaml").unlink()
    await api.post("/api/reload")
    told = await scraped(api)
    assert told.value("petit_runs_ended_total", job_id="hello", status="completed") == 1
    assert told.value("petit_job_paused", job_id="hello") is None
    assert told.value("petit_job_last_run_timestamp_seconds", job_id="hello") is None
    assert told.value("petit_reloads_total") == 1


async def test_requests_are_counted_by_route(api: Site) -> None:
    for path in ("/api/jobs/hello", "/api/jobs/chain", "/api/jobs/nothing", "/etc/passwd", "/api/nonsense"):
        await api.get(path)
    for method in ("HEAD", "PUT", "MKCOL", "BREW"):
        await api.ask(method, "/api/jobs")
    counted = (await scraped(api)).by("petit_http_requests_total", "method", "route", "status")
    assert counted == {
        ("GET", "/api/jobs/{job_id}", "200"): 2,
        ("GET", "/api/jobs/{job_id}", "404"): 1,
        ("GET", "-", "404"): 2,
        ("HEAD", "/api/jobs", "200"): 1,
        ("PUT", "-", "405"): 1,
        ("other", "-", "405"): 1,
        ("other", "-", "400"): 1,
    }


async def test_streams_are_counted_while_they_are_open(api: Site) -> None:
    connection = await api.connect()
    await connection.send(request("GET", "/api/events", {"Host": f"localhost:{api.port}"}))
    await connection.head()
    await connection.chunk()
    told = await scraped(api)
    assert (told.value("petit_streams"), told.value("petit_max_streams")) == (1, 64)
    await connection.close()
    await api.until(lambda: api.server._app.context.held.streams == 0)
    assert (await scraped(api)).value("petit_streams") == 0


async def test_readers_that_lost_facts_are_counted(api: Site) -> None:
    await api.get("/api/events", **{"Last-Event-ID": "9999999-1"})
    assert (await scraped(api)).by("petit_stream_resets_total", "reason") == {("unknown_id",): 1}


async def test_it_is_sent_compressed_to_who_takes_it(api: Site) -> None:
    answer = await api.get("/metrics", **{"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == PROMETHEUS
    assert Exposed(gzip.decompress(answer.body).decode()).problems() == []


async def test_head(api: Site) -> None:
    answer = await api.ask("HEAD", "/metrics")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"", PROMETHEUS)


async def test_all_jobs_are_told_however_many_pages_they_take(
    api: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await busy(api)
    whole = (await scraped(api)).values
    monkeypatch.setattr(by_job, "PAGE", 1)
    turns = 0

    async def other_work() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    other = asyncio.ensure_future(other_work())
    in_pages = await by_job.by_job(api.handle, is_openmetrics=False)
    other.cancel()
    assert turns >= 12, "between two pages others have their turn"
    told = Exposed(in_pages).values
    assert told == {series: value for series, value in whole.items() if series in told}
    assert len(told) == 34


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", 'a"} 1\npetit_jobs 99\n#', "äöü\u2028", "\\n", "{}"])
@pytest.mark.parametrize("is_openmetrics", [False, True])
def test_whatever_a_job_is_called_it_stays_within_its_label(name: str, is_openmetrics: bool) -> None:
    lines: dict[str, list[str]] = {each: [] for each in by_job.FAMILIES}
    by_job._write_ended(lines, [(name, {"completed": 3})])
    text = by_job._family(by_job.ENDED, lines[by_job.ENDED], is_openmetrics=is_openmetrics)
    told = Exposed(text + ("# EOF\n" if is_openmetrics else ""), is_openmetrics=is_openmetrics)
    assert {dict(series.labels)["job_id"]: value for series, value in told.values.items()} == {name: 3}

"""The metrics of a real scheduler agree with its API and its database, also after it was killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.daemon import Daemon, daemon
from tests.support.exposed import Exposed

JOBS = {
    "good": "tasks: [{id: main, run: 'true'}]",
    "bad": "tasks: [{id: main, run: exit 3}, {id: after, run: 'true', depends_on: [main]}]",
    "flaky": "tasks: [{id: main, run: exit 1, retry: {max_attempts: 2, delay: 10ms}}]",
    "late": "grace: 100ms\ntasks: [{id: main, run: sleep 100, timeout: 200ms}]",
    "long": "tasks: [{id: main, run: 'until [ -e go ]; do sleep 0.02; done'}]",
    "single": "max_concurrency: 1\ntasks: [{id: main, run: 'until [ -e free ]; do sleep 0.02; done'}]",
    "tick": "schedule: '* * * * * *'\ntasks: [{id: main, run: 'true'}]",
    "unstartable": "tasks: [{id: main, command: /no/such/program}]",
}


@pytest.fixture
def petit(tmp_path: Path) -> Iterator[Daemon]:
    with daemon(tmp_path) as made:
        for job_id, text in JOBS.items():
            made.write(job_id, text)
        made.start()
        yield made


def scraped(petit: Daemon) -> Exposed:
    told = Exposed(petit.get("/metrics"))
    assert told.problems() == []
    return told


def work(petit: Daemon) -> None:
    """Let runs of all kinds come to their end."""
    for job_id in ("good", "good", "bad", "flaky", "late", "unstartable"):
        petit.trigger(job_id)
    petit.trigger("single")
    queued = [petit.trigger("single", queue=True) for _ in range(3)]
    assert petit.cancel(queued[2]) == 202
    assert petit.cancel(petit.trigger("long")) == 202
    (petit.home / "free").touch()
    petit.until(lambda: petit.get("/api/jobs/tick/runs?limit=3")["count"] == 3)
    assert petit.ask("POST", "/api/scheduler/pause").status == 200
    petit.until(lambda: petit.get("/api/occurrences?fate=skipped")["count"] > 1)
    assert petit.ask("POST", "/api/jobs/tick/pause").status == 200
    petit.idle()


def stored(petit: Daemon) -> dict[str, Counter[Any]]:
    """Count what is in the database, by the name of the metric that tells it."""

    def counted(sql: str) -> Counter[Any]:
        return Counter({tuple(row)[:-1]: row[-1] for row in petit.rows(sql)})

    return {
        "petit_runs_created_total": counted("SELECT trigger, count(*) FROM runs GROUP BY 1"),
        "petit_runs_ended_total": counted(
            "SELECT job_id, status, count(*) FROM runs WHERE ended_at IS NOT NULL GROUP BY 1, 2"
        ),
        "petit_attempts_ended_total": counted(
            "SELECT status, count(*) FROM attempts WHERE ended_at IS NOT NULL GROUP BY 1"
        ),
        "petit_attempts_started_total": counted("SELECT count(*) FROM attempts WHERE started_at IS NOT NULL"),
        "petit_tasks_ended_total": counted(
            "SELECT status, count(*) FROM tasks WHERE ended_at IS NOT NULL GROUP BY 1"
        ),
        "petit_run_duration_seconds_count": counted(
            "SELECT count(*) FROM runs WHERE ended_at IS NOT NULL AND started_at IS NOT NULL"
        ),
    }


LABELS = {
    "petit_runs_created_total": ("trigger",),
    "petit_runs_ended_total": ("job_id", "status"),
    "petit_attempts_ended_total": ("status",),
    "petit_tasks_ended_total": ("status",),
}


def told(petit: Daemon) -> dict[str, Counter[Any]]:
    """Count the same in the metrics."""
    exposed = scraped(petit)
    return {name: Counter(exposed.by(name, *LABELS.get(name, ()))) for name in stored(petit)}


def test_counters_agree_with_the_database_and_start_anew_after_a_kill(petit: Daemon) -> None:
    work(petit)
    before = stored(petit)
    assert told(petit) == before
    assert before["petit_runs_ended_total"]["late", "failed"] == 1
    assert before["petit_runs_ended_total"]["single", "cancelled"] == 1
    assert set(before["petit_attempts_ended_total"]) == {("completed",), ("failed",), ("cancelled",)}
    runs = petit.all_of("/api/runs", "runs")
    assert Counter((run["job_id"], run["status"]) for run in runs) == before["petit_runs_ended_total"]

    last = scraped(petit)
    petit.trigger("long")
    petit.trigger("bad")
    petit.until(lambda: petit.get("/api/jobs/bad/runs?limit=1")["runs"][0]["status"] == "failed")
    before = stored(petit)
    petit.kill()
    (petit.home / "go").touch()  # it ends while nobody is there
    petit.start()
    petit.trigger("good")
    petit.idle()
    after = {name: counts - before[name] for name, counts in stored(petit).items()}
    assert told(petit) == after
    assert after["petit_runs_ended_total"] == {("long", "completed"): 1, ("good", "completed"): 1}

    again = scraped(petit)
    for job_id in JOBS:
        runs = petit.get(f"/api/jobs/{job_id}/runs?limit=100")["runs"]
        latest = max((run for run in runs if run["started_at"]), key=lambda run: run["ended_at"])
        assert again.value("petit_job_last_run_timestamp_seconds", job_id=job_id) == latest["ended_at"] / 1000
        assert again.value("petit_job_last_run_status", job_id=job_id, status=latest["status"]) == 1
    for job_id in ("tick", "flaky", "late"):
        for name in ("petit_job_last_success_timestamp_seconds", "petit_job_last_run_timestamp_seconds"):
            assert again.value(name, job_id=job_id) == last.value(name, job_id=job_id), (
                "a restart changes nothing"
            )


def test_the_processes_are_told(petit: Daemon) -> None:
    assert petit.process is not None
    first = scraped(petit)
    status = Path(f"/proc/{petit.process.pid}/status").read_text()
    assert f"{int((first.value('process_resident_memory_bytes') or 0) // 2**20)}" != "0", status
    keeper = "petit_keeper_process"
    begun, keeper_begun = (
        first.value("process_start_time_seconds"),
        first.value(f"{keeper}_start_time_seconds"),
    )
    assert begun is not None
    assert keeper_begun is not None
    assert begun <= keeper_begun, "the scheduler starts its keeper"
    assert (first.value(f"{keeper}_resident_memory_bytes") or 0) > 2**20
    assert (first.value("petit_storage_size_bytes") or 0) >= petit.database.stat().st_size
    petit.kill()
    petit.start()
    second = scraped(petit)
    assert second.value(f"{keeper}_start_time_seconds") == keeper_begun, "it is kept over a restart"
    assert (second.value("process_start_time_seconds") or 0) > begun

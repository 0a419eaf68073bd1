"""P3, for real: jobs fire every second while their scheduler is killed again and again."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

SECOND = 1_000
CATCHUPS = ("none", "last", "all")
SEED = 3


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _live_and_die(petit: Daemon, rng: random.Random, kills: int) -> None:
    for _ in range(kills):
        petit.start()
        time.sleep(rng.uniform(0, 1.6))
        petit.kill()
        time.sleep(rng.choice([0, rng.uniform(0, 2.2)]))
    petit.start()


def _fates(petit: Daemon, job_id: str, until: int) -> list[Any]:
    """Return the due times of a job up to `until`, oldest first, once all of them are decided."""

    def found() -> list[Any]:
        return petit.all_of(f"/api/jobs/{job_id}/occurrences?until={until + 1}", "occurrences")

    petit.until(lambda: (rows := found()) and rows[0]["due_at"] == until)
    return found()[::-1]


def _unexplained(petit: Daemon, row: Any) -> bool:
    """Say whether what a row says is not borne out: by its reason, by a witness, or by its run."""
    if row["fate"] != "ran":
        return not row["reason"] or row["run_id"] is not None
    run = petit.get(f"/api/runs/{row['run_id']}")
    if run["scheduled_for"] != row["due_at"]:
        return True
    seen = [line for line in petit.witness.lines("start") if line.run == run["id"]]
    if len(seen) == 1:
        return seen[0].scheduled_for != _moment(row["due_at"])
    return not (run["status"] in {"failed", "interrupted", "cancelled"} and (run["error"] or run["reason"]))


def test_each_second_has_one_fate_however_often_the_scheduler_dies(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    kills = scaled(quick=30, soak=1_000)
    with daemon(tmp_path) as petit:
        for catchup in CATCHUPS:
            petit.write(
                catchup,
                f'schedule: "* * * * * *"\ncatchup: {catchup}\ntasks:\n' + petit.witness.task(sleep=0.1),
            )
        _live_and_die(petit, rng, kills)
        until = int(time.time()) * SECOND
        totals: Counter[str] = Counter()
        for catchup in CATCHUPS:
            (begun,) = petit.rows("SELECT since FROM schedules WHERE job_id = ?", catchup)
            first = (begun["since"] // SECOND + 1) * SECOND
            rows = _fates(petit, catchup, until)
            assert [row["due_at"] for row in rows] == list(range(first, until + 1, SECOND))
            totals += Counter(row["fate"] for row in rows)
            petit.ask("POST", "/api/scheduler/pause")
            petit.idle()
            assert [row for row in rows if _unexplained(petit, row)] == []
        check(petit)
        petit.stop()
        assert none_left(tmp_path) == []
    tell("P3", kills, f"kills, {totals.total()} due = {dict(totals)}, 0 unexplained")
    assert totals["ran"]
    assert totals["missed"]

"""P20: out of descriptors, processes or memory, an attempt is `could_not_start` and tried again; nobody dies.

The limits are those of the kernel, set on the running keeper and the running scheduler, and lifted again. A
job fires every second all the while.
"""

from __future__ import annotations

import itertools
import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.limits import AS_ANOTHER, address_space, fds_of, limited
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

SEED = 20
NO_MORE = {"descriptors": "nofile", "processes": "nproc", "memory": "as"}
RETRY = "retry: {max_attempts: 40, delay: 50ms, backoff: exponential, max_delay: 400ms}"
"""Of the keeper's; the scheduler opens no process."""


def starve_keeper(petit: Daemon, what: str, hold_s: float) -> str:
    """Let the keeper have no more of something until an attempt of a run could not start for it.

    Out of memory it may end as well, wherever it wants some next: another one then takes over.
    """
    pid, most = petit.keeper_pid, {"descriptors": 2, "processes": 1, "memory": 4096}[what]
    with limited(pid, NO_MORE[what], most):
        run_id = petit.trigger("patient")
        petit.until(lambda: causes(petit, run_id)["could_not_start"] >= 2 or not exists(pid))
        time.sleep(hold_s)
        assert exists(pid) or what == "memory"
    return run_id


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def starve_scheduler(petit: Daemon, what: str, hold_s: float) -> str:
    """Let the scheduler open nothing, or map nothing, for a while in which runs of it are due."""
    assert petit.process is not None
    pid = petit.process.pid
    run_id = petit.trigger("patient")
    most = fds_of(pid) if what == "descriptors" else address_space(pid)
    with limited(pid, NO_MORE[what], most):
        time.sleep(1 + hold_s)
    return run_id


def causes(petit: Daemon, run_id: str) -> Counter[str]:
    return Counter(row["cause"] for row in petit.rows("SELECT cause FROM attempts WHERE run_id = ?", run_id))


def backs_off(petit: Daemon, run_id: str) -> bool:
    """Whether each wait of a run is as long as it should be: 50 ms, doubled up to 400."""
    rows = petit.rows("SELECT ready_at, ended_at FROM attempts WHERE run_id = ? ORDER BY number", run_id)
    waits = [after["ready_at"] - row["ended_at"] for row, after in itertools.pairwise(rows)]
    return all(wait >= min(50 << n, 400) - 5 for n, wait in enumerate(waits))


EPISODES = (
    (starve_keeper, "descriptors"),
    (starve_keeper, "processes"),
    (starve_keeper, "memory"),
    (starve_scheduler, "descriptors"),
    (starve_scheduler, "memory"),
)


def test_starved_it_stays_and_goes_on(tmp_path: Path) -> None:
    episodes = scaled(quick=20, soak=200)
    rng = random.Random(SEED)
    with daemon(tmp_path) as petit:
        petit.before = AS_ANOTHER if os.geteuid() == 0 else ()
        tmp_path.chmod(0o777)
        petit.write("patient", f"tasks:\n{petit.witness.task('main', RETRY)}")
        petit.write("beat", f"schedule: '* * * * * *'\ntasks:\n{petit.witness.task('main', RETRY)}")
        petit.start()
        assert petit.process is not None
        petit.over(petit.trigger("patient"))
        before = [fds_of(pid) for pid in (petit.process.pid, petit.keeper_pid)]
        failed: Counter[str] = Counter()
        for number in range(episodes):
            starve, what = EPISODES[number % len(EPISODES)]
            run_id = starve(petit, what, rng.uniform(0, 0.5))
            assert petit.over(run_id)["status"] == "completed", (starve, what)
            assert backs_off(petit, run_id)
            failed[what] += causes(petit, run_id)["could_not_start"]
        (petit.jobs_dir / "beat.yaml").unlink()
        petit.until(lambda: len(petit.get("/api/jobs")["jobs"]) == 1)
        petit.idle()
        assert petit.process.poll() is None
        after = (petit.process.pid, petit.keeper_pid)
        petit.until(lambda: all(fds_of(pid) <= n for pid, n in zip(after, before, strict=True)))
        counts = check(petit)
        assert counts["failed"] == counts["interrupted"] == counts["missed"] == 0, counts
        assert petit.stop() == 0
        assert none_left(tmp_path) == []
    tell(
        "P20",
        episodes,
        f"limits set and lifted; {failed.total()} starts refused and tried again, 0 exits, 0 leaked fds",
    )

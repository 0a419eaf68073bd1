"""P6, for real: the wall clock of the scheduler is set, through libfaketime, while a job fires every second.

The keeper reads the true clock all the while: what it says of times is off, as seen from the scheduler.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.support import faketime
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

SEED = 6
STEPS_S = (3_600, -1_800, 45, -20, -86_400, 90_000, -5, 600, -3_600, 2)
WITHIN_S = 12


def write_jobs(petit: Daemon) -> None:
    witness = petit.witness
    petit.write("beat", f"schedule: '* * * * * *'\ncatchup: none\ntasks:\n{witness.task('main')}")
    petit.write("limited", f"tasks:\n{witness.task('main', 'timeout: 1500ms', 'grace: 500ms', sleep=1000)}")
    again = "retry: {max_attempts: 1, delay: 1500ms}"
    petit.write("again", f"tasks:\n{witness.task('main', again, exit='1,0')}")


def test_the_real_scheduler_under_a_clock_that_is_set(tmp_path: Path) -> None:
    jumps = scaled(quick=10, soak=100)
    rng, off = random.Random(SEED), 0
    clock = tmp_path / "clock"
    with daemon(tmp_path) as petit:
        petit.environ = faketime.environment(clock)
        faketime.set_off(clock, off)
        write_jobs(petit)
        petit.start()
        for number in range(jumps):
            limited, again = petit.trigger("limited"), petit.trigger("again")
            began = time.monotonic()
            time.sleep(rng.uniform(0, 1))
            off += STEPS_S[number % len(STEPS_S)]
            faketime.set_off(clock, off)
            assert petit.over(limited)["status"] == "failed"
            assert petit.over(again)["status"] == "completed"
            assert 1.5 <= time.monotonic() - began < WITHIN_S, "a wait went by the wall clock"
        (petit.jobs_dir / "beat.yaml").unlink()
        petit.until(lambda: len(petit.get("/api/jobs")["jobs"]) == 2)
        petit.idle()
        starts = Counter(
            line.scheduled_for for line in petit.witness.lines("start") if line.scheduled_for != "-"
        )
        assert [due for due, count in starts.items() if count > 1] == [], "fired twice"
        counts = check(petit)
        assert petit.stop() == 0
        assert none_left(tmp_path) == []
    tell(
        "P6",
        jumps,
        f"jumps of the real scheduler's clock, {len(starts)} due times ran, {counts['missed']} missed",
    )

"""What is kept and what may go."""

from __future__ import annotations

import pytest

from petit.core.retention import (
    DAY_MS,
    DEFAULT_POLICY,
    OldRun,
    Policy,
    RunLogs,
    batches,
    fates_end,
    is_beyond,
    logs_beyond,
    may_follow,
)

NOW = 1_767_225_600_000
TEN_DAYS = Policy(max_age_ms=10 * DAY_MS, max_runs=5, max_log_bytes=100)
ALL = Policy(max_age_ms=None, max_runs=None, max_log_bytes=None)


def run(run_id: str = "b", *, days: float = 0, over: bool = True, rows: int = 4) -> OldRun:
    """A run that was made so many days ago, and ended a day later."""
    created = NOW - round(days * DAY_MS)
    return OldRun(id=run_id, created_at=created, ended_at=created + DAY_MS if over else None, rows=rows)


def test_the_defaults_are_90_days_1000_runs_and_2_gigabytes() -> None:
    assert Policy(max_age_ms=90 * DAY_MS, max_runs=1_000, max_log_bytes=2_000_000_000) == DEFAULT_POLICY


@pytest.mark.parametrize(
    ("old", "policy", "newest_beyond", "goes"),
    [
        pytest.param(run(days=2), TEN_DAYS, None, False, id="a young one stays"),
        pytest.param(run(days=12), TEN_DAYS, None, True, id="an old one goes"),
        pytest.param(run(days=10.5), TEN_DAYS, None, False, id="its end counts, not its beginning"),
        pytest.param(run(days=99, over=False), TEN_DAYS, "z", False, id="one that runs stays for ever"),
        pytest.param(run("b", days=2), TEN_DAYS, "b", True, id="the first that is one too many goes"),
        pytest.param(run("a", days=2), TEN_DAYS, "b", True, id="those before it go"),
        pytest.param(run("c", days=2), TEN_DAYS, "b", False, id="those behind it stay"),
        pytest.param(run(days=9999), ALL, None, False, id="without limits all stay"),
    ],
)
def test_which_runs_may_go(old: OldRun, policy: Policy, newest_beyond: str | None, goes: bool) -> None:
    assert is_beyond(old, policy, now=NOW, newest_beyond=newest_beyond) is goes


@pytest.mark.parametrize(
    ("last", "newest_beyond", "more"),
    [
        pytest.param(run("b", days=2), None, False, id="what comes later is younger still"),
        pytest.param(run("b", days=12), None, True, id="what comes later may be old too"),
        pytest.param(run("b", days=12, over=False), None, True, id="even behind one that runs"),
        pytest.param(run("b", days=2), "c", True, id="what comes next is one too many too"),
        pytest.param(run("c", days=2), "c", False, id="the last that is one too many"),
    ],
)
def test_when_it_is_worth_looking_further(last: OldRun, newest_beyond: str | None, more: bool) -> None:
    assert may_follow(last, TEN_DAYS, now=NOW, newest_beyond=newest_beyond) is more


def test_a_batch_has_so_many_rows_and_a_huge_run_is_one_by_itself() -> None:
    runs = [run(name, rows=rows) for name, rows in (("a", 90), ("b", 10), ("c", 1), ("d", 5000), ("e", 1))]
    assert list(batches(runs, rows=100)) == [("a", "b"), ("c",), ("d",), ("e",)]
    assert list(batches([])) == []


@pytest.mark.parametrize(
    ("policy", "newest_beyond", "end"),
    [
        pytest.param(TEN_DAYS, None, NOW - 10 * DAY_MS, id="by age"),
        pytest.param(TEN_DAYS, NOW - DAY_MS, NOW - DAY_MS + 1, id="by count, the last one included"),
        pytest.param(TEN_DAYS, NOW - 20 * DAY_MS, NOW - 10 * DAY_MS, id="the later of both"),
        pytest.param(ALL, None, None, id="without limits none goes"),
    ],
)
def test_until_when_due_times_are_forgotten(
    policy: Policy, newest_beyond: int | None, end: int | None
) -> None:
    assert fates_end(policy, now=NOW, newest_beyond=newest_beyond) == end


@pytest.mark.parametrize(
    ("over", "kept", "going"),
    [
        pytest.param(0, "", "", id="there is room"),
        pytest.param(1, "", "a", id="the oldest goes whole"),
        pytest.param(10, "", "a", id="exactly enough"),
        pytest.param(11, "", "ac", id="one without logs frees nothing"),
        pytest.param(11, "a", "cd", id="what is kept is passed over"),
        pytest.param(9999, "", "acd", id="all of them, if that is not enough"),
    ],
)
def test_whose_logs_go(over: int, kept: str, going: str) -> None:
    logs = [RunLogs(name, size) for name, size in (("a", 10), ("b", 0), ("c", 5), ("d", 50))]
    chosen = logs_beyond(logs, over=over, kept=frozenset(kept))
    assert "".join(each.run_id for each in chosen) == going

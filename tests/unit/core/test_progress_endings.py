from __future__ import annotations

import pytest
from tests.support.graphs import job_of
from tests.support.progress import begun, skipped, started

from petit.core.ids import TaskId
from petit.core.job import Job, Task
from petit.core.progress import Progress
from petit.core.states import TaskStatus

# --- ending from outside --------------------------------------------------------------------------------


def test_cancel_starts_nothing_more_always_included() -> None:
    progress = begun("a b c<*a d<!a e<c", max_tasks=2)
    progress.ready_now(0)
    progress.retrying("b")
    assert progress.cancel() == ["b", "c", "d", "e"]
    assert progress.cancel() == []
    assert progress.ended("a", "cancelled", 5) == []
    assert (started(progress), progress.is_over, progress.result()) == ("", True, ("cancelled", None))


def test_cancel_reaches_tasks_that_are_ready_or_about_to_be_retried() -> None:
    progress = begun("a b c", max_tasks=1)
    progress.ready_now(0)
    progress.retrying("a")
    progress.retry_ready("a", 1)
    assert progress.cancel() == ["a", "b", "c"]
    assert started(progress) == ""
    assert progress.result() == ("cancelled", None)


def test_a_cancel_that_comes_too_late_leaves_the_run_what_it_is() -> None:
    progress = begun("a")
    progress.ready_now(0)
    assert progress.cancel() == []
    progress.ended("a", "completed", 1)
    assert progress.result() == ("completed", None)


def test_a_frozen_run_starts_nothing_but_books_what_ends_and_goes_on_after() -> None:
    progress = begun("a b<a c<!a d<c")
    progress.ready_now(0)
    progress.freeze()
    assert skipped(progress.ended("a", "completed", 1)) == "c d"
    assert (started(progress), progress.is_over) == ("", False)
    progress.thaw()
    (ready,) = progress.ready_now(9)
    assert (ready.task.id, ready.ready_at, ready.waited_for_slot_since) == ("b", 1, None)


# --- moves ----------------------------------------------------------------------------------------------


def test_a_move_that_the_table_does_not_allow_is_refused() -> None:
    progress = begun("a b<a")
    with pytest.raises(ValueError, match="task 'a' is pending and cannot become completed"):
        progress.ended("a", "completed", 0)
    progress.ready_now(0)
    with pytest.raises(ValueError, match="task 'a' is running, it waits for no retry"):
        progress.retry_ready("a", 0)
    progress.ended("a", "completed", 0)
    with pytest.raises(ValueError, match="task 'a' is completed and cannot become failed"):
        progress.ended("a", "failed", 0)
    with pytest.raises(ValueError, match="task 'a' is completed and cannot become retrying"):
        progress.retrying("a")


# --- restoring ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "statuses", "running", "starts", "skips"),
    [
        pytest.param("a b<a", {}, "", "a", "", id="a run of which nothing is known begins"),
        pytest.param("a b<a", {"a": "running"}, "a", "", "", id="what runs goes on"),
        pytest.param("a b<a", {"a": "completed"}, "", "b", "", id="what was ready starts"),
        pytest.param("a b<a c<b", {"a": "failed"}, "", "", "b c", id="what was left undecided is decided"),
        pytest.param("a b<a c<*b", {"a": "failed", "b": "skipped"}, "", "c", "", id="skipped ones are over"),
        pytest.param("a b<a", {"a": "retrying"}, "", "", "", id="a retry waits on"),
        pytest.param("a b<a c", {"a": "cancelled"}, "", "", "", id="a cancelled run starts nothing"),
        pytest.param("a b c", {"a": "running", "b": "running"}, "a b", "", "", id="slots in use stay in use"),
        pytest.param(
            "a", {"a": "completed", "ghost": "running"}, "", "", "", id="unknown tasks are left out"
        ),
    ],
)
def test_restore(
    graph: str, statuses: dict[TaskId, TaskStatus], running: str, starts: str, skips: str
) -> None:
    progress = Progress.restore(job_of(graph), 2, statuses)
    assert progress.running == set(running.split())
    assert skipped(progress.first_skips) == skips
    assert started(progress, 50) == starts


def test_more_may_run_after_a_restore_than_there_are_slots_and_none_starts_until_fewer_do() -> None:
    progress = Progress.restore(job_of("a b c"), 1, {"a": "running", "b": "running"})
    progress.ended("a", "completed", 1)
    assert started(progress) == ""
    progress.ended("b", "completed", 2)
    assert started(progress) == "c"


def test_a_restored_run_ends_as_if_it_had_never_been_left() -> None:
    statuses: dict[TaskId, TaskStatus] = {"a": "failed", "b": "interrupted", "c": "running"}
    progress = Progress.restore(job_of("a b c"), 4, statuses, {"a": "exit code 3", "c": None})
    progress.ended("c", "completed", 1)
    assert progress.result() == ("failed", "task 'a' failed: exit code 3")
    silent = Progress.restore(job_of("a b"), 4, {"a": "completed", "b": "failed"})
    assert silent.result() == ("failed", "task 'b' failed")


def test_a_retry_goes_on_after_a_restore() -> None:
    progress = Progress.restore(job_of("a b<a"), 4, {"a": "retrying"})
    progress.retry_ready("a", 5)
    assert started(progress) == "a"
    progress.ended("a", "completed", 6)
    assert started(progress) == "b"


# --- size -----------------------------------------------------------------------------------------------


def test_long_chains_and_wide_fans_need_no_deep_stack() -> None:
    chain = [Task(id="t0", name="t0", command="true")]
    chain += [Task(id=f"t{n}", name="", command="true", depends_on=(f"t{n - 1}",)) for n in range(1, 5_000)]
    progress = Progress(Job(id="chain", name="chain", tasks=tuple(reversed(chain))), max_tasks=4)
    progress.ready_now(0)
    assert len(progress.ended("t0", "failed", 0)) == 4_999
    assert progress.is_over

    fan = [Task(id="root", name="", command="true")]
    fan += [Task(id=f"t{n}", name="", command="true", depends_on=("root",)) for n in range(9_998)]
    join = Task(id="join", name="", command="true", depends_on=tuple(task.id for task in fan[1:]))
    progress = Progress(Job(id="fan", name="fan", tasks=(*fan, join)), max_tasks=100)
    count = 0
    while not progress.is_over:
        for ready in progress.ready_now(0):
            progress.ended(ready.task.id, "completed", 0)
            count += 1
    assert count == 10_000

from __future__ import annotations

import pytest
from tests.support.graphs import job_of

from petit.core.graph import CycleError
from petit.core.ids import TaskId
from petit.core.job import Job, Task
from petit.core.progress import End, Progress, Ready, Skip
from petit.core.states import TaskStatus

ENDS: dict[str, End] = {"": "completed", "f": "failed", "i": "interrupted", "x": "cancelled"}


def begun(text: str, *, max_tasks: int = 10, allow_failure: str = "") -> Progress:
    return Progress(job_of(text, allow_failure=allow_failure), max_tasks=max_tasks)


def started(progress: Progress, now: int = 0) -> str:
    return " ".join(ready.task.id for ready in progress.ready_now(now))


def skipped(skips: list[Skip] | tuple[Skip, ...]) -> str:
    return " ".join(skip.task_id for skip in skips)


def play(progress: Progress, ends: str) -> None:
    """Let tasks start and end: "a b:f c:i", in this order (`ENDS`)."""
    for item in ends.split():
        progress.ready_now(0)
        task_id, _, letter = item.partition(":")
        progress.ended(task_id, ENDS[letter], 0, error=f"error of {task_id}")


def test_a_task_starts_the_moment_its_own_dependencies_are_over_never_in_waves() -> None:
    progress = begun("slow quick after_quick<quick after_both<slow,quick")
    assert started(progress) == "slow quick"
    assert progress.ended("quick", "completed", 5) == []
    assert progress.ready_now(7) == [Ready(job_of("after_quick<quick").tasks[0], 5, "quick", None)]
    progress.ended("slow", "completed", 9)
    (last,) = progress.ready_now(9)
    assert (last.task.id, last.ready_at, last.blocked_by) == ("after_both", 9, "slow")


@pytest.mark.parametrize(
    ("graph", "order"),
    [
        pytest.param("c b a", "c b a", id="independent tasks start in the order of the file"),
        pytest.param("b<a a c", "a c", id="what depends on others waits"),
    ],
)
def test_first_tasks(graph: str, order: str) -> None:
    progress = begun(graph)
    (first, *_) = progress.ready_now(3)
    assert (first.ready_at, first.blocked_by, first.waited_for_slot_since) == (3, None, None)
    assert " ".join(sorted(progress.running, key=progress.position)) == order


def test_positions_are_those_of_the_topological_order() -> None:
    progress = begun("c<b b<a a")
    assert progress.order == ("a", "b", "c")
    assert [progress.position(task_id) for task_id in "abc"] == [0, 1, 2]
    assert [progress.status(task_id) for task_id in "abc"] == ["pending"] * 3


def test_a_cycle_is_refused() -> None:
    with pytest.raises(CycleError):
        begun("a<b b<a")


# --- slots ----------------------------------------------------------------------------------------------


def test_no_more_tasks_run_than_there_are_slots() -> None:
    progress = begun("a b c d", max_tasks=2)
    assert started(progress) == "a b"
    assert started(progress) == ""
    progress.ended("b", "completed", 1)
    assert started(progress) == "c"
    assert progress.running == {"a", "c"}


def test_a_task_that_found_no_free_slot_says_since_when_it_waited() -> None:
    progress = begun("a b c<a", max_tasks=1)
    assert [ready.waited_for_slot_since for ready in progress.ready_now(0)] == [None]
    progress.ended("a", "completed", 10)
    (second,) = progress.ready_now(10)
    assert (second.task.id, second.ready_at, second.waited_for_slot_since) == ("b", 10, 10)
    progress.ended("b", "completed", 30)
    (third,) = progress.ready_now(30)
    assert (third.task.id, third.ready_at, third.waited_for_slot_since) == ("c", 10, 10)


def test_those_ready_longest_start_first_and_equals_in_topological_order() -> None:
    progress = begun("z<b y<b x<a b a", max_tasks=1)
    assert started(progress) == "b"
    progress.ended("b", "completed", 1)
    assert started(progress) == "a"
    progress.ended("a", "completed", 2)
    order = []
    while not progress.is_over:
        (ready,) = progress.ready_now(3)
        order.append(ready.task.id)
        progress.ended(ready.task.id, "completed", 3)
    assert order == ["z", "y", "x"]


def test_tasks_freed_by_one_end_start_in_topological_order_not_in_that_of_the_file() -> None:
    progress = begun("z<x,w y<x x w")
    assert progress.order == ("x", "y", "w", "z")
    play(progress, "w x")
    assert started(progress) == "y z"


def test_a_waiting_retry_holds_no_slot_and_joins_the_line_when_it_is_due() -> None:
    progress = begun("a b c", max_tasks=1)
    assert started(progress) == "a"
    progress.retrying("a")
    assert (progress.status("a"), progress.running) == ("retrying", set())
    assert started(progress) == "b"
    progress.retry_ready("a", 40)
    progress.retry_ready("a", 45)
    progress.ended("b", "completed", 50)
    assert started(progress, 50) == "c"
    progress.ended("c", "completed", 60)
    (again,) = progress.ready_now(60)
    assert (again.task.id, again.ready_at, again.blocked_by) == ("a", 40, None)
    assert again.waited_for_slot_since == 40
    progress.ended("a", "completed", 70)
    assert progress.result() == ("completed", None)


def test_a_retry_that_finds_a_free_slot_waits_for_none() -> None:
    progress = begun("a")
    progress.ready_now(0)
    progress.retrying("a")
    progress.ready_now(5)
    progress.retry_ready("a", 10)
    (again,) = progress.ready_now(10)
    assert again.waited_for_slot_since is None


def test_a_task_may_end_while_it_waits_for_its_retry() -> None:
    progress = begun("a b<*a")
    progress.ready_now(0)
    progress.retrying("a")
    progress.retry_ready("a", 1)
    progress.ended("a", "interrupted", 2)
    assert started(progress) == "b"


# --- skipping -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "ends", "starts", "skips"),
    [
        pytest.param("a b<a c<b", "a:f", "", "b c", id="skipping travels on under all_success"),
        pytest.param("a b<a c<*b", "a:f", "c", "b", id="all_done starts after a skipped one"),
        pytest.param("a b<a c<~b", "a:f", "c", "b", id="none_failed starts after a skipped one"),
        pytest.param("a b<a c<!b", "a:f", "", "b c", id="on_failure does not start after a skipped one"),
        pytest.param("a b<!a", "a:f", "b", "", id="on_failure starts after a failed one"),
        pytest.param("a b<!a", "a:i", "b", "", id="on_failure starts after an interrupted one"),
        pytest.param("a b<!a", "a", "", "b", id="on_failure is skipped after a completed one"),
        pytest.param("a b c<+a,b", "a:f b", "c", "", id="one_success starts after one of two"),
        pytest.param("a b c<+a,b", "a:f b:f", "", "c", id="one_success is skipped if none completed"),
        pytest.param("a b c<a,b", "a:f", "", "", id="nothing is decided while a dependency is active"),
        pytest.param("a b<a c<a d<b,c e<*d", "a:f", "e", "b c d", id="a diamond is skipped once"),
        pytest.param("d<c c<a b<a a", "a:f", "", "c d b", id="skips are told in topological order"),
        pytest.param(
            "a b<a c<!a,b", "a:f", "c", "b", id="on_failure sees the failure beside the skipped one"
        ),
    ],
)
def test_skips(graph: str, ends: str, starts: str, skips: str) -> None:
    progress = begun(graph)
    *earlier, last = ends.split()
    play(progress, " ".join(earlier))
    progress.ready_now(0)
    task_id, _, letter = last.partition(":")
    decided = progress.ended(task_id, ENDS[letter], 8)
    assert skipped(decided) == skips
    assert started(progress) == starts
    assert all(progress.status(task_id) == "skipped" for task_id in skips.split())


def test_a_skip_says_why() -> None:
    progress = begun("load report<load mail<report")
    progress.ready_now(0)
    assert progress.ended("load", "failed", 1) == [
        Skip("report", "condition all_success: 'load' failed"),
        Skip("mail", "condition all_success: 'report' was skipped"),
    ]


def test_a_task_freed_by_a_skipped_one_is_blocked_by_that() -> None:
    progress = begun("a b<a c<*b")
    progress.ready_now(0)
    progress.ended("a", "failed", 7)
    (ready,) = progress.ready_now(8)
    assert (ready.task.id, ready.ready_at, ready.blocked_by) == ("c", 7, "b")


def test_what_can_never_start_is_skipped_before_anything_ends() -> None:
    progress = begun("a< b<! c<b d<*c e<+")
    assert progress.first_skips == (
        Skip("b", "condition on_failure: there is no dependency"),
        Skip("c", "condition all_success: 'b' was skipped"),
        Skip("e", "condition one_success: there is no dependency"),
    )
    assert started(progress) == "a d"


def test_a_run_of_which_nothing_can_start_is_over_at_once() -> None:
    progress = begun("a<!")
    assert (progress.is_over, progress.result()) == (True, ("completed", None))


# --- results --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "ends", "allow_failure", "status", "error"),
    [
        pytest.param("a b", "a b", "", "completed", None, id="all completed"),
        pytest.param("a b", "a b:f", "", "failed", "task 'b' failed: error of b", id="one failed"),
        pytest.param(
            "a b", "b:f a:f", "", "failed", "task 'b' failed: error of b", id="the first to fail is named"
        ),
        pytest.param(
            "a b<!a", "a:f b", "", "failed", "task 'a' failed: error of a", id="handled, failed all the same"
        ),
        pytest.param("a b", "a b:f", "b", "completed", None, id="a failure that is allowed fails no run"),
        pytest.param("a b<a", "a:f", "a", "completed", None, id="nor do those skipped for it"),
        pytest.param(
            "a b", "a:f b:f", "a", "failed", "task 'b' failed: error of b", id="allowed ones are not named"
        ),
        pytest.param(
            "a b",
            "a b:i",
            "",
            "interrupted",
            "task 'b' was interrupted: error of b",
            id="only interrupted ones",
        ),
        pytest.param(
            "a b", "a:i b:f", "", "failed", "task 'b' failed: error of b", id="failed before interrupted"
        ),
        pytest.param("a", "a:i", "a", "completed", None, id="an interruption is allowed like a failure"),
        pytest.param("a b", "a:x b", "", "cancelled", None, id="a task cancelled by itself cancels the run"),
    ],
)
def test_result(graph: str, ends: str, allow_failure: str, status: str, error: str | None) -> None:
    progress = begun(graph, allow_failure=allow_failure)
    play(progress, ends)
    assert progress.is_over
    assert progress.result() == (status, error)


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        pytest.param("failed", None, "task 'a' failed", id="no words are made up"),
        pytest.param(
            "interrupted",
            "interrupted: nobody knows",
            "task 'a' was interrupted: nobody knows",
            id="nor said twice",
        ),
    ],
)
def test_the_sentence_of_a_result(status: End, error: str | None, sentence: str) -> None:
    progress = begun("a")
    progress.ready_now(0)
    progress.ended("a", status, 0, error=error)
    assert progress.result() == (status, sentence)


def test_a_run_that_is_not_over_has_no_result() -> None:
    progress = begun("a")
    with pytest.raises(ValueError, match="the run is not over"):
        progress.result()


def test_allow_failure_speaks_of_the_run_only_and_dependents_see_the_failure() -> None:
    progress = begun("a b<a c<!a", allow_failure="a")
    play(progress, "a:f")
    assert progress.status("a") == "failed"
    assert started(progress) == "c"
    progress.ended("c", "completed", 1)
    assert progress.result() == ("completed", None)


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

from __future__ import annotations

import pytest
from tests.support.graphs import job_of
from tests.support.progress import ENDS, begun, play, skipped, started

from petit.core.graph import CycleError
from petit.core.progress import End, Ready, Skip


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

"""Runs of which some tasks are over before they begin."""

from __future__ import annotations

import pytest
from tests.support.graphs import job_of
from tests.support.progress import play, started

from petit.core.outset import Outset, outset_of_selection
from petit.core.progress import Progress, Skip


def of_selection(graph: str, named: str) -> Progress:
    job = job_of(graph)
    return Progress.begin(job, 10, outset_of_selection(job, named.split()))


def test_what_depends_on_reused_tasks_starts_at_once() -> None:
    progress = Progress.begin(job_of("a b<a c<a,b d<c"), 10, Outset(reused={"a": "old", "b": "old"}))
    assert started(progress) == "c"
    play(progress, "c d")
    assert progress.result() == ("completed", None)


def test_a_condition_is_decided_afresh_on_what_is_reused() -> None:
    progress = Progress.begin(job_of("a b<a alert<!b"), 10, Outset(reused={"a": "old"}))
    assert started(progress) == "b"
    assert progress.ended("b", "completed", 1) == [
        Skip("alert", "condition on_failure: no dependency failed")
    ]
    assert progress.result() == ("completed", None)


def test_what_cannot_start_from_the_outset_is_skipped_first() -> None:
    progress = Progress.begin(job_of("a b<a c<b"), 10, Outset(skipped={"a": "not run again: failed before"}))
    assert [skip.task_id for skip in progress.first_skips] == ["b", "c"]
    assert progress.is_over


@pytest.mark.parametrize(
    ("graph", "named", "first"),
    [
        pytest.param("a b<a", "b", "b", id="a task alone"),
        pytest.param("a b<!a", "b", "b", id="on_failure: it was asked for, there is nothing to wait for"),
        pytest.param("a b<+a", "b", "b", id="one_success likewise"),
        pytest.param("a b<a c<b", "a c", "a c", id="what lies between does not join them"),
        pytest.param("a b c<a,b", "a c", "a", id="a dependency that was selected counts"),
        pytest.param("c<b b<a a", "c b", "b", id="whatever the order of the list"),
    ],
)
def test_selected_tasks_run(graph: str, named: str, first: str) -> None:
    progress = of_selection(graph, named)
    assert started(progress) == first
    play(progress, " ".join(each for each in progress.order if each in named.split()))
    assert progress.result() == ("completed", None)


def test_a_condition_looks_at_selected_dependencies_only() -> None:
    progress = of_selection("a b c<!a,b", "a c")
    play(progress, "a")
    assert progress.status("c") == "skipped"
    progress = of_selection("a b c<!a,b", "a c")
    play(progress, "a:f c")
    assert progress.result()[0] == "failed"


def test_positions_are_those_of_the_whole_graph() -> None:
    progress = of_selection("c<b b<a a", "c")
    assert progress.order == ("a", "b", "c")

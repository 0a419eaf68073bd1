from __future__ import annotations

import pytest
from tests.support.graphs import job_of

from petit.core.errors import CannotRerun, InvalidRequestError
from petit.core.outset import (
    MOST_NEAREST,
    Outset,
    Past,
    outset_of_rerun,
    outset_of_selection,
    problems_of_selection,
)
from petit.core.states import TaskStatus

WORDS: dict[str, TaskStatus] = {
    "c": "completed",
    "f": "failed",
    "s": "skipped",
    "x": "cancelled",
    "i": "interrupted",
}
CHAIN = "load clean<load report<clean other"


def past_of(text: str) -> dict[str, Past]:
    """Read "a:c b:f": how the tasks of a run ended."""
    ends = (item.split(":") for item in text.split())
    return {task_id: Past(WORDS[word], "as before" if word == "s" else None) for task_id, word in ends}


def again(graph: str, past: str, outset: Outset) -> str:
    """Return the tasks that run again."""
    assert set(outset.reused) | set(outset.skipped) <= set(past_of(past))
    return " ".join(task.id for task in job_of(graph).tasks if task.id not in outset.statuses)


@pytest.mark.parametrize(
    ("graph", "past", "start", "runs"),
    [
        pytest.param(
            CHAIN,
            "load:c clean:f report:s other:c",
            "failed",
            "clean report",
            id="what failed, and all after it",
        ),
        pytest.param(
            CHAIN,
            "load:i clean:s report:s other:c",
            "failed",
            "load clean report",
            id="interrupted is failed",
        ),
        pytest.param(
            CHAIN, "load:c clean:x report:x other:x", "failed", "clean report other", id="so is cancelled"
        ),
        pytest.param("a b<!a c<*b", "a:f b:c c:c", "failed", "a b c", id="also what the failure let run"),
        pytest.param(
            "a b<!a c", "a:c b:s c:f", "failed", "c", id="what was skipped for another reason stays skipped"
        ),
        pytest.param("a b c<a,b", "a:f b:f c:s", "failed", "a b c", id="several roots"),
        pytest.param(
            CHAIN,
            "load:c clean:f report:s other:c",
            "start",
            "load clean report other",
            id="the start is all of it",
        ),
        pytest.param(
            CHAIN,
            "load:c clean:c report:c other:c",
            "start",
            "load clean report other",
            id="of a good run too",
        ),
        pytest.param(
            CHAIN, "load:c clean:c report:c other:c", "clean", "clean report", id="a task, and all after it"
        ),
        pytest.param(
            CHAIN, "load:c clean:c report:c other:f", "task:clean", "clean report", id="said to be a task"
        ),
        pytest.param("failed a<failed start", "failed:c a:f start:c", "failed", "a", id="a word is no task"),
        pytest.param(
            "failed a<failed start", "failed:c a:f start:c", "task:failed", "failed a", id="unless it says so"
        ),
        pytest.param("a b<!a c<*b", "a:c b:s c:c", "c", "c", id="a skipped dependency is over as well"),
        pytest.param(
            CHAIN, "load:c clean:f report:s other:c", None, "clean report", id="a failed run: what failed"
        ),
    ],
)
def test_what_runs_again(graph: str, past: str, start: str | None, runs: str) -> None:
    outset = outset_of_rerun(job_of(graph), "old", past_of(past), start=start)
    assert again(graph, past, outset) == runs


def test_a_run_that_completed_runs_from_its_start_unless_told_otherwise() -> None:
    past = past_of("a:f b:c")
    whole = outset_of_rerun(job_of("a b"), "old", past, has_completed=True)
    assert whole == Outset()
    part = outset_of_rerun(job_of("a b"), "old", past, start="failed", has_completed=True)
    assert dict(part.reused) == {"b": "old"}


def test_what_is_reused_names_the_run_that_ran_it() -> None:
    past = {"a": Past("completed", None, "first"), "b": Past("completed"), "c": Past("failed")}
    outset = outset_of_rerun(job_of("a b c"), "second", past, start="failed")
    assert dict(outset.reused) == {"a": "first", "b": "second"}


def test_what_did_not_complete_and_is_not_run_again_says_so() -> None:
    outset = outset_of_rerun(job_of("a b c d<!c"), "old", past_of("a:c b:f c:c d:s"), start="a")
    assert dict(outset.skipped) == {"b": "not run again: failed before", "d": "as before"}


@pytest.mark.parametrize(
    ("graph", "past", "start", "words", "tasks"),
    [
        pytest.param("a b", "a:c b:s", "failed", "nothing failed in run 'old'", None, id="nothing failed"),
        pytest.param("a b<a", "a:f b:s", "b", "'a' (failed); begin there", ["a"], id="what it needs failed"),
        pytest.param(
            "a b c<a,b", "a:x b:c c:x", "c", "'a' (cancelled)", ["a"], id="what it needs was cancelled"
        ),
        pytest.param(
            "a b<a c<b",
            "a:f b:s c:s",
            "c",
            "condition all_success: 'b' was skipped",
            ["b"],
            id="it would be skipped",
        ),
        pytest.param(
            "a b<!a", "a:c b:s", "b", "condition on_failure: no dependency failed", [], id="nothing to handle"
        ),
    ],
)
def test_what_cannot_run_again(
    graph: str, past: str, start: str, words: str, tasks: list[str] | None
) -> None:
    with pytest.raises(CannotRerun) as refused:
        outset_of_rerun(job_of(graph), "old", past_of(past), start=start)
    assert words in str(refused.value)
    if tasks is not None:
        assert [each["task_id"] for each in refused.value.evidence["tasks"]] == tasks


def test_an_unknown_task_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidRequestError) as refused:
        outset_of_rerun(job_of(CHAIN), "old", past_of("load:c clean:c report:c other:c"), start="claen")
    (error,) = refused.value.evidence["errors"]
    assert error["pointer"] == "/from"
    assert "no task 'claen'; did you mean 'clean'?" in error["message"]


# --- only some tasks


def test_a_selection_leaves_the_others_out() -> None:
    outset = outset_of_selection(job_of(CHAIN), ["report", "load"])
    assert outset == Outset(
        skipped={"clean": "not selected", "other": "not selected"}, selected=("load", "report")
    )


@pytest.mark.parametrize(
    ("named", "problems"),
    [
        pytest.param([], [("/tasks", "names no task; leave it out to run all of them")], id="none"),
        pytest.param(
            ["load", "raport"], [("/tasks/1", "no task 'raport'; did you mean 'report'?")], id="unknown"
        ),
        pytest.param(["load", "load"], [("/tasks/1", "names task 'load' once more")], id="twice"),
        pytest.param(["x y", "load"], [("/tasks/0", "no task 'x y'")], id="no id at all"),
        pytest.param(["load", "report"], [], id="good ones"),
    ],
)
def test_what_is_wrong_with_a_selection(named: list[str], problems: list[tuple[str, str]]) -> None:
    assert problems_of_selection(job_of(CHAIN), named) == problems


def test_the_nearest_is_looked_for_a_few_times_only() -> None:
    problems = problems_of_selection(job_of(CHAIN), ["loaf"] * 9)
    assert sum("did you mean" in message for _, message in problems) == MOST_NEAREST


def test_a_run_of_a_selection_is_repeated_within_it() -> None:
    job, selected = job_of(CHAIN), ("load", "report")
    past = past_of("load:c report:f") | dict.fromkeys(("clean", "other"), Past("skipped", "not selected"))
    failed = outset_of_rerun(job, "old", past, start="failed", selected=selected)
    assert (dict(failed.reused), failed.selected) == ({"load": "old"}, selected)
    whole = outset_of_rerun(job, "old", past, start="start", selected=selected)
    assert dict(whole.skipped) == {"clean": "not selected", "other": "not selected"}
    assert whole.reused == {}
    task = outset_of_rerun(job, "old", past, start="load", selected=selected)
    assert dict(task.skipped)["clean"] == "not selected"
    assert "report" in task.skipped, "nothing of this run leads from one to the other"
    with pytest.raises(InvalidRequestError, match="'clean' was not selected"):
        outset_of_rerun(job, "old", past, start="clean", selected=selected)

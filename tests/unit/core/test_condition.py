from __future__ import annotations

from typing import get_args

import pytest

from petit.core.condition import holds, why_not
from petit.core.ids import TaskId
from petit.core.job import Condition
from petit.core.states import TaskStatus

C: TaskStatus = "completed"
F: TaskStatus = "failed"
S: TaskStatus = "skipped"
I: TaskStatus = "interrupted"  # noqa: E741 - the initial, as of the others
X: TaskStatus = "cancelled"


@pytest.mark.parametrize(
    ("condition", "holding", "not_holding"),
    [
        pytest.param(
            "all_success",
            [[], [C], [C, C]],
            [[F], [C, F], [S], [C, S], [I], [X]],
            id="all_success wants every one completed, and skipped is not completed",
        ),
        pytest.param(
            "on_failure",
            [[F], [C, F], [I], [C, I], [S, F], [X]],
            [[], [C], [S], [C, S]],
            id="on_failure wants one failed or interrupted, and skipped is not failed",
        ),
        pytest.param(
            "all_done",
            [[], [C], [F], [S], [I], [X], [C, F, S, I]],
            [],
            id="all_done takes them however they ended",
        ),
        pytest.param(
            "one_success",
            [[C], [C, F], [S, C]],
            [[], [F], [S], [I, S, F]],
            id="one_success wants one completed, whatever the others",
        ),
        pytest.param(
            "none_failed",
            [[], [C], [S], [C, S]],
            [[F], [C, F], [I], [S, I], [X]],
            id="none_failed takes skipped ones, no failed or interrupted ones",
        ),
    ],
)
def test_holds(
    condition: Condition, holding: list[list[TaskStatus]], not_holding: list[list[TaskStatus]]
) -> None:
    assert [statuses for statuses in holding if not holds(condition, statuses)] == []
    assert [statuses for statuses in not_holding if holds(condition, statuses)] == []


def test_every_condition_of_the_model_has_a_meaning() -> None:
    assert [condition for condition in get_args(Condition) if holds(condition, [C, F])] == [
        "on_failure",
        "all_done",
        "one_success",
    ]


@pytest.mark.parametrize(
    ("condition", "deps", "sentence"),
    [
        pytest.param("all_success", {"load": F}, "'load' failed", id="the one that failed is named"),
        pytest.param(
            "all_success",
            {"a": C, "b": S, "c": I, "d": X},
            "'b' was skipped, 'c' was interrupted, 'd' was cancelled",
            id="each is named with what became of it",
        ),
        pytest.param(
            "all_success",
            {"a": F, "b": F, "c": F, "d": F, "e": F},
            "'a' failed, 'b' failed, 'c' failed and 2 more",
            id="three are named, the rest counted",
        ),
        pytest.param("none_failed", {"a": S, "b": F}, "'b' failed", id="none_failed blames no skipped one"),
        pytest.param(
            "on_failure", {"a": C, "b": S}, "no dependency failed", id="on_failure missed a failure"
        ),
        pytest.param("one_success", {"a": F}, "no dependency completed", id="one_success missed a success"),
        pytest.param("on_failure", {}, "there is no dependency", id="on_failure without dependencies"),
    ],
)
def test_why_not(condition: Condition, deps: dict[TaskId, TaskStatus], sentence: str) -> None:
    assert why_not(condition, list(deps.items())) == f"condition {condition}: {sentence}"

from __future__ import annotations

from typing import get_args

import pytest

from petit.core.states import (
    ATTEMPT_MAY_BECOME,
    COUNTS_AS_FAILED,
    RUN_BEFORE,
    RUN_MAY_BECOME,
    RUN_OVER,
    TASK_BEFORE,
    TASK_MAY_BECOME,
    TASK_OVER,
    AttemptStatus,
    RunStatus,
    TaskStatus,
)

TABLES = [
    pytest.param(RUN_MAY_BECOME, RunStatus, id="runs"),
    pytest.param(TASK_MAY_BECOME, TaskStatus, id="tasks"),
    pytest.param(ATTEMPT_MAY_BECOME, AttemptStatus, id="attempts"),
]


@pytest.mark.parametrize(("table", "states"), TABLES)
def test_the_table_knows_every_state_and_no_other(table: dict[str, frozenset[str]], states: object) -> None:
    known = set(get_args(states))
    assert set(table) == known
    assert {after for moves in table.values() for after in moves} <= known


@pytest.mark.parametrize(("table", "states"), TABLES)
def test_every_state_leads_to_an_end_and_no_end_leads_on(
    table: dict[str, frozenset[str]], states: object
) -> None:
    over = {state for state, moves in table.items() if not moves}
    assert over >= {"completed", "failed", "cancelled", "interrupted"}
    assert [state for state, moves in table.items() if moves and not moves & over] == []


@pytest.mark.parametrize(("table", "states"), TABLES)
def test_only_a_retry_brings_a_state_back(table: dict[str, frozenset[str]], states: object) -> None:
    back = {
        (state, after)
        for state, moves in table.items()
        for after in moves
        if state in reachable(table, after) and state != after
    }
    assert back == ({("running", "retrying"), ("retrying", "running")} if "retrying" in table else set())


def reachable(table: dict[str, frozenset[str]], state: str) -> set[str]:
    found: set[str] = set()
    left = [state]
    while left:
        for after in table[left.pop()] - found:
            found.add(after)
            left.append(after)
    return found


def test_what_is_over() -> None:
    assert frozenset({"completed", "failed", "interrupted", "cancelled"}) == RUN_OVER
    assert RUN_OVER | {"skipped"} == TASK_OVER
    assert frozenset({"failed", "interrupted"}) == COUNTS_AS_FAILED


def test_the_tables_turned_round_say_where_a_state_comes_from() -> None:
    assert RUN_BEFORE["cancelled"] == ("pending", "running")
    assert RUN_BEFORE["pending"] == ()
    assert TASK_BEFORE["running"] == ("pending", "retrying")
    assert TASK_BEFORE["skipped"] == ("pending",)

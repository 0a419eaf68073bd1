from __future__ import annotations

import pytest

from petit.execution.base import Adopted, AttemptSpec, CouldNotStart, Ended, Report, Started
from petit.testing.clock import MORNING, ManualClock, settle
from petit.testing.executor import FAILS, HOLDS, Outcome, Script, ScriptedExecutor

RUN = "01900000-0000-7000-8000-000000000000"


def spec(task: str, number: int = 1, *, timeout_ms: int | None = None) -> AttemptSpec:
    return AttemptSpec(
        id=f"{RUN}/{task}/{number}",
        argv=("true",),
        env={},
        cwd=None,
        log_dir="/nowhere",
        timeout_ms=timeout_ms,
    )


class Engine:
    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.batches = 0

    def hear(self, reports: list[Report]) -> None:
        self.batches += 1
        self.reports.extend(reports)

    @property
    def ends(self) -> list[tuple[str, int | None, int | None, str | None, int]]:
        return [
            (each.attempt.split("/")[1], each.exit_code, each.signal, each.cause, each.ended_at - MORNING)
            for each in self.reports
            if isinstance(each, Ended)
        ]


async def started(script: dict[str, Script]) -> tuple[ManualClock, ScriptedExecutor, Engine]:
    clock, engine = ManualClock(), Engine()
    executor = ScriptedExecutor(clock, script)
    assert await executor.start(engine.hear) == Adopted((), ())
    return clock, executor, engine


async def test_an_attempt_starts_and_ends_as_scripted() -> None:
    clock, executor, engine = await started({"a": Outcome(duration_ms=500, exit_code=3)})
    executor.submit([spec("a"), spec("b")])
    await clock.advance(1000)
    assert [type(each) for each in engine.reports] == [Started, Started, Ended, Ended]
    assert engine.ends == [("b", 0, None, None, 10), ("a", 3, None, None, 500)]
    assert engine.batches == 3
    assert (executor.peak, executor.submitted_tasks, executor.running) == (2, ["a", "b"], ())


CASES: dict[str, tuple[Outcome, int | None, bool, tuple[int | None, int | None, str | None, int]]] = {
    "a timeout ends it by TERM": (HOLDS, 300, False, (None, 15, "timeout", 300)),
    "a timeout of a stubborn one takes its grace": (
        Outcome(duration_ms=None, ignores_term=True), 300, False, (None, 9, "timeout", 10_300),
    ),
    "an end before the timeout is its own": (Outcome(duration_ms=299), 300, False, (0, None, None, 299)),
    "cancel ends it by TERM": (HOLDS, None, True, (None, 15, "cancelled", 100)),
    "cancel of a stubborn one takes its grace": (
        Outcome(duration_ms=None, ignores_term=True), None, True, (None, 9, "cancelled", 10_100),
    ),
    "a signal ends it": (Outcome(signal=11), None, False, (None, 11, None, 10)),
}  # fmt: skip


@pytest.mark.parametrize(("outcome", "timeout_ms", "cancel", "expected"), CASES.values(), ids=CASES.keys())
async def test_endings(
    outcome: Outcome,
    timeout_ms: int | None,
    cancel: bool,
    expected: tuple[int | None, int | None, str | None, int],
) -> None:
    clock, executor, engine = await started({"a": outcome})
    executor.submit([spec("a", timeout_ms=timeout_ms)])
    await clock.advance(100)
    if cancel:
        executor.cancel(f"{RUN}/a/1")
        executor.cancel(f"{RUN}/a/1")
    await clock.advance(60_000)
    assert engine.ends == [("a", *expected)]


async def test_what_cannot_start_says_so() -> None:
    clock, executor, engine = await started({"true": Outcome(could_not_start="program not found: 'true'")})
    executor.submit([spec("a")])
    await clock.advance(1)
    assert engine.reports == [CouldNotStart(f"{RUN}/a/1", "program not found: 'true'", 2, MORNING)]


async def test_outcomes_of_a_list_are_taken_attempt_by_attempt_and_the_last_stays() -> None:
    clock, executor, engine = await started({"a": [FAILS, FAILS, Outcome()]})
    executor.submit([spec("a", number) for number in (1, 2, 3, 4)])
    await clock.advance(100)
    assert [end[1] for end in engine.ends] == [1, 1, 0, 0]


async def test_submitting_twice_starts_one() -> None:
    clock, executor, engine = await started({})
    executor.submit([spec("a")])
    executor.submit([spec("a")])
    await clock.advance(100)
    executor.submit([spec("a")])
    await clock.advance(100)
    assert len(engine.reports) == 2


async def test_the_next_engine_adopts_what_runs_and_what_ended_unheard() -> None:
    clock, executor, first = await started({"long": HOLDS, "short": Outcome(duration_ms=100)})
    executor.submit([spec("long"), spec("short")])
    await clock.advance(10)
    await executor.close(leave_running=True)
    await clock.advance(1000)
    assert len(first.reports) == 2
    second = Engine()
    adopted = await executor.start(second.hear)
    assert [each.attempt for each in adopted.running] == [f"{RUN}/long/1"]
    assert [each.attempt for each in adopted.ended] == [f"{RUN}/short/1"]
    executor.acknowledge([f"{RUN}/short/1"])
    executor.finish("long", exit_code=7)
    await settle()
    assert second.ends == [("long", 7, None, None, 1010)]
    third = await executor.start(Engine().hear)
    assert [each.attempt for each in third.ended] == [f"{RUN}/long/1"]


async def test_closing_without_leaving_ends_all() -> None:
    clock, executor, engine = await started({"a": HOLDS})
    executor.submit([spec("a")])
    await clock.advance(10)
    await executor.close(leave_running=False)
    assert engine.ends == [("a", None, 9, "cancelled", 10)]


async def test_a_lost_attempt_has_no_status() -> None:
    clock, executor, engine = await started({"a": HOLDS})
    executor.submit([spec("a")])
    await clock.advance(10)
    executor.lose("a")
    await settle()
    assert engine.ends == [("a", None, None, "lost", 10)]


async def test_after_a_reboot_nothing_is_known() -> None:
    clock, executor, engine = await started({"a": HOLDS})
    executor.submit([spec("a"), spec("b")])
    await clock.advance(50)
    executor.reboot()
    await clock.advance(50)
    assert await executor.start(engine.hear) == Adopted((), ())
    with pytest.raises(KeyError):
        executor.finish("a")

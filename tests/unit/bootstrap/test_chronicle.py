from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from petit.bootstrap.chronicle import Chronicle
from petit.bootstrap.lines import JsonLines, TextLines, set_up_logging
from petit.events import facts
from petit.events.bus import Bus

RUN = "01900000-0000-7000-8000-000000000000"


def run_fact(kind: type[facts.RunFact], at: int = 0, **more: object) -> facts.Fact:
    return kind(at=at, run_id=RUN, job_id="nightly", **more)


def task_fact(kind: type[facts.TaskFact], at: int = 0, **more: Any) -> facts.Fact:
    return kind(at=at, run_id=RUN, job_id="nightly", task_id="extract", **more)


LINES: dict[str, tuple[facts.Fact, int, str, dict[str, object]]] = {
    "a run starts": (
        run_fact(facts.RunStarted, trigger="schedule", scheduled_for=3_600_000),
        logging.INFO, "nightly started", {"due": "1970-01-01T01:00:00Z", "trigger": "schedule"},
    ),
    "a run that waits for its time says when that is": (
        run_fact(facts.RunQueued, trigger="manual", run_at=3_600_000),
        logging.INFO, "nightly queued", {"run_at": "1970-01-01T01:00:00Z", "trigger": "manual"},
    ),
    "a run is to end": (
        run_fact(facts.RunCancelRequested, reason="wrong disk"),
        logging.INFO, "nightly is to be cancelled", {"reason": "wrong disk"},
    ),
    "a failed run is a warning": (
        run_fact(facts.RunFailed, error="task 'a' failed"),
        logging.WARNING, "nightly failed", {"error": "task 'a' failed"},
    ),
    "a task that is tried again says when": (
        task_fact(
            facts.TaskRetrying, at=1000, attempt=1, status="failed", error="exit code 1", next_at=11_000
        ),
        logging.WARNING, "nightly/extract failed, will be tried again",
        {"attempt": 1, "next_in_ms": 10_000, "error": "exit code 1"},
    ),
    "a skipped task says why": (
        task_fact(facts.TaskSkipped, reason="nothing failed"),
        logging.INFO, "nightly/extract skipped", {"reason": "nothing failed"},
    ),
    "a missed range says from when to when": (
        facts.OccurrenceMissed(
            at=0, job_id="nightly", schedule="@daily [UTC]", first_due=0, last_due=60_000, reason="down"
        ),
        logging.WARNING, "nightly missed",
        {"due": "1970-01-01T00:00:00Z", "until": "1970-01-01T00:01:00Z", "reason": "down"},
    ),
    "a reload with problems is a warning": (
        facts.JobsReloaded(at=0, changed=("a", "b"), problems=2),
        logging.WARNING, "job files reloaded", {"changed": "a,b", "problems": 2},
    ),
    "a pause names who and why": (
        facts.SchedulerPaused(at=0, reason="upgrade", by="uid 1000"),
        logging.INFO, "scheduler paused", {"reason": "upgrade", "by": "uid 1000"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fact", "level", "message", "details"), LINES.values(), ids=LINES.keys())
def test_lines(fact: facts.Fact, level: int, message: str, details: dict[str, object]) -> None:
    line = Chronicle().line(fact)
    assert line is not None
    assert line[:2] == (level, message)
    assert details.items() <= line[2].items()


EVERY_KIND = [
    kind
    for kind in vars(facts).values()
    if isinstance(kind, type) and issubclass(kind, facts.Fact) and not kind.__subclasses__()
]


@pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: kind.__name__)
def test_every_fact_has_a_line(kind: type[facts.Fact]) -> None:
    numbers = {"at", "attempt", "pid", "next_at", "first_due", "last_due", "problems", "run_at"}
    lists = {"added", "changed", "removed", "stale"}
    values: dict[str, Any] = {}
    for name in kind.__struct_fields__:
        values[name] = 0 if name in numbers else () if name in lists else "x"
    if "scheduled_for" in values:
        values["scheduled_for"] = None
    assert Chronicle().line(kind(**values)) is not None


def test_an_end_says_how_long_it_took() -> None:
    chronicle = Chronicle()
    chronicle.line(task_fact(facts.TaskStarted, at=1000, attempt=1, pid=7))
    line = chronicle.line(task_fact(facts.TaskCompleted, at=2500, attempt=1))
    assert line is not None
    assert line[2]["took_ms"] == 1500


def record(message: str, **extra: object) -> logging.LogRecord:
    fixed = {"msg": message, "levelname": "WARNING", "levelno": 30, "created": 0.25}
    return logging.makeLogRecord({**fixed, **extra})


def test_text_lines_show_facts_in_a_row_and_never_break() -> None:
    text = TextLines(is_coloured=False).format(record("a\nb\x1b", run="r1", error="no such file"))
    assert text.endswith(' warning a\\nb\\x1b  run=r1 error="no such file"')


def test_json_lines_are_objects_with_the_facts_as_members() -> None:
    line = json.loads(JsonLines().format(record("a\nb", run="r1", due=None, attempt=2)))
    assert line == {
        "time": "1970-01-01T00:00:00.250Z",
        "level": "warning",
        "message": "a\nb",
        "run": "r1",
        "attempt": 2,
    }


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_cause_is_a_phrase_and_no_traceback(root_logger: logging.Logger) -> None:
    stream = io.StringIO()
    set_up_logging("info", "text", environ={}, stream=stream)
    try:
        raise ValueError("wrong\nthing")
    except ValueError:
        logging.getLogger("petit").exception("it failed")
    assert stream.getvalue().endswith(" error   it failed: ValueError: wrong\\nthing\n")


def test_facts_of_the_bus_become_lines(root_logger: logging.Logger) -> None:
    stream, bus = io.StringIO(), Bus()
    set_up_logging("info", "json", environ={}, stream=stream)
    end = Chronicle().follow(bus)
    bus.publish([run_fact(facts.RunStarted, trigger="manual"), run_fact(facts.RunCompleted, at=5)])
    end()
    bus.publish([run_fact(facts.RunCompleted)])
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["message"], line.get("took_ms")) for line in lines] == [
        ("nightly started", None),
        ("nightly completed", 5),
    ]

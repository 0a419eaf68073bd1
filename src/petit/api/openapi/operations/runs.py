"""Runs, their tasks, their output."""

from __future__ import annotations

from typing import Literal

from petit.api.errors import RangeNotSatisfiable, TooManyStreams
from petit.api.handlers.rerun import RerunBody
from petit.api.handlers.runs import CancelBody
from petit.api.log_forms import EVENTS, LINES, Line, LogEnd
from petit.api.openapi.operation import (
    IDEMPOTENCY_KEY,
    TEXT,
    WAIT,
    Answer,
    Flag,
    Operation,
    Parameter,
    Whole,
    list_of,
)
from petit.api.openapi.shapes import CancelResult, PreviewResult, TriggerResult
from petit.api.views import Attempt, Run, TaskRun
from petit.api.views_job import PlanView
from petit.api.views_log import LogHit, LogIndex, LogSearchEnd, LogStream
from petit.core.errors import (
    CannotRerun,
    DependencyNotSatisfied,
    IdempotencyConflict,
    LogRemoved,
    MaxConcurrentRunsExceeded,
    RunIsOver,
    RunNotFound,
    SchedulerNotRunning,
    TaskNotFound,
)

_LOG_HEADERS = (
    "Accept-Ranges",
    "X-Petit-Size",
    "X-Petit-Dropped",
    "X-Petit-Order",
    "Content-Security-Policy",
)

OPERATIONS = {
    "GET /api/runs/{run_id}": Operation(
        "Show a run", "runs", (Answer(Run, "The run."),), errors=(RunNotFound,)
    ),
    "POST /api/runs/{run_id}/cancel": Operation(
        "Cancel a run",
        "runs",
        (
            Answer(
                CancelResult, "It will end; look at the run to see when.", status=202, headers=("Location",)
            ),
        ),
        body=CancelBody,
        errors=(RunNotFound, RunIsOver, SchedulerNotRunning),
    ),
    "POST /api/runs/{run_id}/rerun": Operation(
        "Run a run once more",
        "runs",
        (
            Answer(
                TriggerResult,
                "The new run is stored: it will be carried out whatever happens.",
                status=201,
                headers=("Location", "Idempotency-Replayed"),
            ),
            Answer(PreviewResult, "With `dry_run`: what would be, and nothing was started."),
        ),
        (WAIT, IDEMPOTENCY_KEY),
        body=RerunBody,
        errors=(
            RunNotFound,
            CannotRerun,
            DependencyNotSatisfied,
            IdempotencyConflict,
            MaxConcurrentRunsExceeded,
            SchedulerNotRunning,
        ),
    ),
    "GET /api/runs/{run_id}/tasks": Operation(
        "List the tasks of a run",
        "runs",
        (Answer(list_of("tasks", TaskRun), "Tasks, each behind those that it depends on."),),
        errors=(RunNotFound,),
    ),
    "GET /api/runs/{run_id}/attempts": Operation(
        "List the attempts of a run",
        "runs",
        (Answer(list_of("attempts", Attempt), "Attempts by task in topological order, oldest first."),),
        errors=(RunNotFound,),
    ),
    "GET /api/runs/{run_id}/plan": Operation(
        "Show what a run is pinned to", "runs", (Answer(PlanView, "The plan."),), errors=(RunNotFound,)
    ),
    "GET /api/runs/{run_id}/tasks/{task_id}/attempts": Operation(
        "List the attempts of a task",
        "runs",
        (Answer(list_of("attempts", Attempt), "Attempts, oldest first."),),
        errors=(RunNotFound, TaskNotFound),
    ),
    "GET /api/runs/{run_id}/tasks/{task_id}/logs/index": Operation(
        "Look at a log for the first time",
        "logs",
        (Answer(LogIndex, "How long it is, where to begin, where its lines are."),),
        (
            Parameter("attempt", Whole, "Number of the attempt; the newest unless given."),
            Parameter("stream", LogStream, "Which one; stdout unless given."),
            Parameter(
                "marks",
                Flag,
                "If false, only what the end of the log tells: no `lines`, no `marks`, no `first_error`.",
            ),
        ),
        errors=(RunNotFound, TaskNotFound, LogRemoved),
    ),
    "GET /api/runs/{run_id}/tasks/{task_id}/logs/search": Operation(
        "Search a log",
        "logs",
        (
            Answer(
                LogHit | LogSearchEnd,
                "A `hit` for each line that has it, as it is found; the last object is the `end`.",
                media_type=LINES,
                headers=("Content-Security-Policy",),
            ),
        ),
        (
            Parameter("q", str, "What to look for: one line, at most 1,000 characters."),
            Parameter("errors", Flag, "Look for lines that tell of an error instead."),
            Parameter("regex", Flag, "`q` is a pattern in the syntax of Python's `re`."),
            Parameter("case", Flag, "Upper and lower case are not the same."),
            Parameter("attempt", Whole, "Number of the attempt; the newest unless given."),
            Parameter("stream", LogStream, "Which one; stdout unless given."),
            Parameter("context", Whole, "Lines before and behind each hit: 3 unless given, at most 20."),
            Parameter("limit", Whole, "Hits that are sent: 1000 unless given, at most 10,000."),
        ),
        errors=(RunNotFound, TaskNotFound, LogRemoved, TooManyStreams),
    ),
    "GET /api/runs/{run_id}/tasks/{task_id}/logs": Operation(
        "Read the log of a task",
        "logs",
        (
            Answer(None, "The output as the task wrote it.", media_type=TEXT, headers=_LOG_HEADERS),
            Answer(Line, "An object for each line of output, each on its own line.", media_type=LINES),
            Answer(
                None,
                "Events: `line` with such an object as its data, at last `end` with how the attempt ended "
                "(`attempt`, `status`, `ended_at`, `exit_code`, `signal`, `cause`, `error`).",
                media_type=f"{EVENTS}; charset=utf-8",
                events=(("line", Line), ("end", LogEnd)),
            ),
            Answer(None, "All events have been seen: do not connect again.", status=204, media_type=""),
            Answer(
                None,
                "The part that the Range header asks for.",
                status=206,
                media_type=TEXT,
                headers=("Content-Range", *_LOG_HEADERS),
            ),
        ),
        (
            Parameter("attempt", Whole, "Number of the attempt; the newest unless given."),
            Parameter("stream", Literal["stdout", "stderr", "combined"], "Which one; combined unless given."),
            Parameter("offset", Whole, "Begin at this byte of each stream. Not together with `tail`."),
            Parameter("tail", Whole, "Only so many lines at the end of each stream, at most 100,000."),
            Parameter(
                "follow",
                Flag,
                "Go on sending what comes until the attempt is over. Events do unless it is false.",
            ),
            Parameter(
                "Last-Event-ID",
                str,
                "Of events: go on behind this one, with the same attempt, whatever else is asked for.",
                place="header",
            ),
            Parameter(
                "Range",
                str,
                "`bytes=0-999`, of one whole stream as text; other forms send it all.",
                place="header",
            ),
        ),
        errors=(RunNotFound, TaskNotFound, LogRemoved, RangeNotSatisfiable, TooManyStreams),
    ),
}

"""What good files mean."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.config.corpus import GOOD, MINIMAL

from petit.config.jobs import parse_job
from petit.core.job import Job, JobDependency, Retry, definition_hash


def job_of(text: str, **settings: Any) -> Job:
    parsed = parse_job("f.yaml", text.encode(), **settings)
    assert parsed.definition is not None, [each.render() for each in parsed.diagnostics]
    return parsed.definition.job


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in GOOD.items()])
def test_good_files_load_without_a_word(text: str) -> None:
    parsed = parse_job("f.yaml", text.encode())
    assert [each.render() for each in parsed.diagnostics] == []
    definition = parsed.definition
    assert definition is not None
    assert definition.hash == definition_hash(definition.job)
    assert definition.source == text.removeprefix("\ufeff")
    assert definition.file == "f.yaml"


def test_defaults_are_those_of_the_model() -> None:
    job = job_of(MINIMAL)
    assert (job.id, job.name, job.enabled, job.schedules, job.overlap) == ("j", "j", True, (), None)
    assert (job.max_concurrency, job.max_tasks, job.timeout_ms, job.log_limit) == (None, None, None, None)
    (task,) = job.tasks
    assert (task.name, task.kind, task.command, task.args) == ("a", "command", "echo", ())
    assert (task.condition, task.timeout_ms, task.grace_ms, task.retry) == (
        "all_success",
        None,
        10_000,
        Retry(),
    )


def test_everything_a_job_can_say_arrives() -> None:
    job = job_of(GOOD["everything a job can say"])
    assert (job.id, job.name, job.description) == ("full.job-1", "Größe ✓", "Two\nlines\n")
    assert [each.key for each in job.schedules] == [
        "0 2 * * * [UTC]", "0 30 2 * * 1-5 [Europe/Berlin]", "@every 1h30m [UTC]",
    ]  # fmt: skip
    assert (job.catchup, job.catchup_window_ms, job.overlap) == ("all", 172_800_000, "queue")
    assert (job.max_concurrency, job.max_tasks, job.timeout_ms) == (3, 2, 7_200_000)
    assert job.depends_on == (
        JobDependency("up"),
        JobDependency("other", "last_complete"),
        JobDependency("third", "within_window", 3_600_000),
        JobDependency("fourth", "within_window", 3_600_000),
    )
    assert job.config == {"batch_size": 1000, "deep": {"list": [1, 2.5, None, True, "text"]}}
    assert job.environment == {"STAGE": "prod", "N": "1.10", "B": "true", "E": "", "V": "${HOME}/x $${y}"}
    assert (job.env_file, job.log_limit, job.enabled, job.tags) == (
        ".env",
        10_485_760,
        False,
        ("etl", "nightly"),
    )


def test_everything_a_task_can_say_arrives() -> None:
    extract, script, code, file = job_of(GOOD["everything a job can say"]).tasks
    assert extract.args == ("a b", "45", "1.10", "0o17", "true", "no", "12:30", "${DAY}")
    assert (extract.working_dir, extract.timeout_ms, extract.grace_ms) == ("/srv", 300_000, 1000)
    assert extract.retry == Retry(3, 10_000, "exponential", 300_000, 0.5, "transient_only", (75,), (75, 111))
    assert (script.kind, script.interpreter) == ("script", ("bash", "-c", "x y"))
    assert script.script == 'echo "${HOME}" > "$PETIT_OUTPUT"\n'
    assert (script.condition, script.allow_failure, script.depends_on) == ("all_done", True, ("extract",))
    assert (code.kind, code.inline, code.interpreter) == ("python", True, ("uv", "run", "python"))
    assert (file.kind, file.inline, file.interpreter, file.args) == (
        "python",
        False,
        ("python3.11",),
        ("--fast",),
    )


def test_a_task_inherits_from_defaults_and_then_from_the_job() -> None:
    extract, script, code, _ = job_of(GOOD["everything a job can say"]).tasks
    assert (script.timeout_ms, script.retry) == (600_000, Retry(max_attempts=1, delay_ms=5000))
    assert (extract.grace_ms, code.grace_ms) == (1000, 0)
    assert (script.on_interrupt, code.on_interrupt) == ("fail", "retry")


@pytest.mark.parametrize(
    ("text", "interpreter"),
    [
        pytest.param("id: j\ntasks: [{id: a, run: x}]\n", ("sh", "-eu"), id="a script runs in sh -eu"),
        pytest.param(
            "id: j\ntasks: [{id: a, type: python, script: x}]\n", ("python3",), id="python is python3"
        ),
        pytest.param(
            "id: j\ndefaults: {shell: bash -eu}\ntasks: [{id: a, run: x}]\n", ("bash", "-eu"), id="defaults"
        ),
        pytest.param(
            "id: j\ntasks: [{id: a, type: python, script: x, python: /opt/my python}]\n",
            ("/opt/my python",),
            id="the name of an interpreter is not split",
        ),
    ],
)
def test_what_runs_a_script(text: str, interpreter: tuple[str, ...]) -> None:
    assert job_of(text).tasks[0].interpreter == interpreter


def test_settings_hold_where_the_file_says_nothing() -> None:
    text = 'id: j\nschedule: ["0 1 * * *", {cron: "0 1 * * *", timezone: UTC}]\ntasks: [{id: a, run: x}]\n'
    job = job_of(text, timezone="Europe/Berlin", grace_ms=7)
    assert [each.zone for each in job.schedules] == ["Europe/Berlin", "UTC"]
    assert job.tasks[0].grace_ms == 7


@pytest.mark.parametrize(
    ("written", "size"),
    [
        pytest.param("4096", 4096, id="bytes"),
        pytest.param("500k", 512_000, id="k is 1024"),
        pytest.param("500KB", 500_000, id="KB is 1000"),
        pytest.param("10MiB", 10_485_760, id="MiB"),
        pytest.param("1 GiB", 1_073_741_824, id="a blank before the unit"),
    ],
)
def test_sizes(written: str, size: int) -> None:
    assert job_of(MINIMAL + f"log_limit: {written}\n").log_limit == size


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param("no", "no", id="no is text"),
        pytest.param("12:30", "12:30", id="12:30 is text"),
        pytest.param("2026-11-23", "2026-11-23", id="a date is text"),
        pytest.param("0o17", 15, id="octal"),
        pytest.param("017", 17, id="a leading zero is decimal"),
        pytest.param("0x1F", 31, id="hexadecimal"),
        pytest.param("-1", -1, id="negative"),
        pytest.param("+1.5e3", 1500.0, id="exponent"),
        pytest.param("1_000", "1_000", id="no underscores"),
        pytest.param("TRUE", True, id="true in capitals"),
        pytest.param("~", None, id="null"),
        pytest.param("", None, id="nothing"),
        pytest.param("'1'", "1", id="quoted"),
        pytest.param("=", "=", id="equals sign"),
        pytest.param(".", ".", id="a dot"),
    ],
)
def test_values_are_those_of_yaml_1_2(written: str, value: object) -> None:
    text = f"id: j\nconfig:\n  x: {written}\ntasks: [{{id: a, run: b}}]\n"
    found = job_of(text).config["x"]
    assert (found, type(found)) == (value, type(value))

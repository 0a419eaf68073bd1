"""The example files of the Rust program load as they are, alone and together."""

from __future__ import annotations

from pathlib import Path

import pytest

from petit.config.loader import load_directory, load_file
from petit.core.job import Job, Retry

DIRECTORY = Path(__file__).parent / "original_jobs"
FILES = sorted(DIRECTORY.glob("*.yaml"))


def job(name: str) -> Job:
    definition = load_file(DIRECTORY / f"{name}.yaml").definition
    assert definition is not None
    return definition.job


def test_all_seven_load_together_without_a_word() -> None:
    loaded = load_directory(DIRECTORY)
    assert [each.job.id for each in loaded.definitions] == [file.stem for file in FILES]
    assert (len(FILES), loaded.diagnostics, loaded.broken) == (7, (), {})


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in FILES])
def test_each_loads_by_itself(file: Path) -> None:
    parsed = load_file(file)
    assert parsed.diagnostics == ()
    assert parsed.definition is not None
    assert parsed.definition.source == file.read_text()


def test_they_mean_what_they_say() -> None:
    assert [each.text for each in job("data_pipeline").schedules] == ["0 0 2 * * *"]
    assert job("data_pipeline").config == {"batch_size": 1000, "output_dir": "/tmp/data"}
    assert [task.condition for task in job("data_pipeline").tasks] == ["all_success"] * 4 + ["all_done"]
    assert job("hourly_check").tasks[0].retry == Retry(max_attempts=3, delay_ms=5000, condition="always")
    assert job("hourly_check").tasks[0].environment == {"CHECK_NAME": "api_health"}
    assert job("slow_task").tasks[0].args == ("45",)
    assert [each.text for each in job("system_monitor").schedules] == ["@every 1m"]
    assert job("system_monitor").tasks[2].depends_on == ("check_load", "check_memory")
    assert job("hello_world").schedules == ()

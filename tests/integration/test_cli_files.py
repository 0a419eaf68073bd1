"""The commands that only read job files, as a user calls them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.support.program import PETIT, environment, petit, script_job, write_job

GOOD = "true"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    script_job(tmp_path, "good", GOOD, 'schedule: "0 2 * * *"')
    return tmp_path


def break_a_file(place: Path) -> None:
    write_job(place, "broken", "timout: 3", "tasks:", "  - {id: a, command: x}")


def test_validate_sums_up_what_is_good(place: Path) -> None:
    done = petit("validate", "jobs", cwd=place)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 job, 1 task: all good\n", "")


def test_validate_lists_what_is_wrong_and_exits_1(place: Path) -> None:
    break_a_file(place)
    done = petit("validate", "jobs", cwd=place)
    assert done.returncode == 1
    assert done.stdout.startswith("broken.yaml:2:1: unknown key `timout`")
    assert "2 | timout: 3\n  | ^^^^^^\n" in done.stdout
    assert done.stderr == "1 problem in 1 file; 1 good job\n"


def test_validate_writes_json(place: Path) -> None:
    break_a_file(place)
    done = petit("validate", "jobs", "--format", "json", cwd=place)
    (problem,) = json.loads(done.stdout)
    assert done.returncode == 1
    assert (problem["file"], problem["line"], problem["column"]) == ("broken.yaml", 2, 1)
    assert json.loads(petit("validate", "jobs/good.yaml", "--format", "json", cwd=place).stdout) == []


def test_validate_writes_for_github_with_the_path_from_the_root(place: Path) -> None:
    break_a_file(place)
    done = petit("validate", "jobs", "--format", "github", cwd=place)
    assert done.stdout.startswith("::error file=jobs/broken.yaml,line=2,col=1::unknown key `timout`")


def test_validate_of_one_file_says_nothing_of_the_others(place: Path) -> None:
    break_a_file(place)
    done = petit("validate", "jobs/good.yaml", cwd=place)
    assert (done.returncode, done.stdout) == (0, "1 job, 1 task: all good\n")


def test_validate_of_no_files_is_not_good(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    done = petit("validate", "jobs", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "no job files (*.yaml, *.yml) here\n")


def test_list_shows_jobs_and_their_next_run(place: Path) -> None:
    script_job(place, "manual", GOOD, "name: By Hand")
    script_job(place, "off", GOOD, "enabled: false", 'schedule: "@daily"')
    done = petit("list", "jobs", cwd=place, env={"TZ": "UTC"})
    lines = [line.split() for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert lines[0] == ["ID", "NAME", "SCHEDULE", "TASKS", "NEXT", "RUN"]
    assert [line[0] for line in lines[1:]] == ["good", "manual", "off"]
    assert lines[1][11:13] == ["02:00:00", "UTC"]
    assert lines[2][-2:] == ["by", "hand"]
    assert lines[3][-1] == "disabled"


def test_list_writes_json(place: Path) -> None:
    listed = json.loads(petit("list", "jobs", "--format", "json", cwd=place).stdout)
    assert listed["count"] == 1
    assert listed["jobs"][0]["schedules"] == [{"cron": "0 2 * * *", "timezone": "UTC"}]
    assert listed["jobs"][0]["next_run_at"] % 1000 == 0


def test_list_goes_on_past_a_bad_file_and_exits_1(place: Path) -> None:
    break_a_file(place)
    done = petit("list", "jobs", cwd=place)
    assert done.returncode == 1
    assert "good" in done.stdout
    assert "broken.yaml:2:1" in done.stderr


def test_the_zone_of_the_settings_is_used(place: Path) -> None:
    done = petit("list", "jobs", cwd=place, env={"PETIT_TIMEZONE": "Asia/Tokyo"})
    assert "0 2 * * * Asia/Tokyo" in done.stdout


def test_a_reader_that_goes_away_is_no_error(place: Path) -> None:
    with subprocess.Popen(
        [*PETIT, "schema"], cwd=place, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.read(10)
        program.stdout.close()
        assert program.stderr.read() == b""


def test_output_that_cannot_be_written_is_one_line(place: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*PETIT, "schema"],
            cwd=place,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "petit: error: No space left on device\n")


def test_schema_is_a_json_schema(tmp_path: Path) -> None:
    schema = json.loads(petit("schema", cwd=tmp_path).stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    assert "tasks" in schema["properties"]

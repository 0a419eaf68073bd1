"""Starting `petit run`: what it says, what it refuses, in which order."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import time
from pathlib import Path

import pytest
from tests.support.program import Program, petit, running, scheduler, script_job, write_job

AT_BOOT = 'schedule: "@reboot"'


def test_the_first_lines_say_what_runs_and_where(tmp_path: Path) -> None:
    script_job(tmp_path, "daily", "true", 'schedule: "@daily"')
    script_job(tmp_path, "manual", "true")
    with scheduler("--db", "data.db", cwd=tmp_path) as program:
        told = {line.split()[0]: line.split(maxsplit=1)[1].strip() for line in program.out}
    assert told["jobs"] == "2, 1 scheduled"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", told["api"])
    assert told["database"] == str(tmp_path / "data.db")
    assert Path(told["state"]).parent == tmp_path / ".petit"


def test_json_lines_are_all_that_is_written(tmp_path: Path) -> None:
    script_job(tmp_path, "manual", "true")
    with running("run", "jobs", "--api-port", "0", "--log-format", "json", cwd=tmp_path) as program:
        program.wait_for('"message":"ready"')
        program.send(signal.SIGTERM)
        assert program.exit_code() == 0
        lines = [json.loads(line) for line in program.err]
    assert program.out == []
    assert [line["message"] for line in lines] == ["ready", "stopping", "stopped"]
    assert lines[0]["jobs"] == 1


def test_bad_files_are_shown_and_the_good_jobs_run_on(tmp_path: Path) -> None:
    script_job(tmp_path, "good", "true")
    write_job(tmp_path, "bad", "timout: 3", "tasks: [{id: a, command: x}]")
    with scheduler(cwd=tmp_path) as program:
        assert "jobs      1, 0 scheduled, 1 problem in job files" in program.text
        assert "bad.yaml:2:1: unknown key `timout`" in program.text
        assert [job["id"] for job in program.get("/api/jobs")["jobs"]] == ["good"]


def test_a_busy_port_is_an_error_before_any_job_starts(tmp_path: Path) -> None:
    script_job(tmp_path, "eager", "touch ran", AT_BOOT)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = petit("run", "jobs", "--api-port", str(port), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"petit: error: port {port} on 127.0.0.1 is in use (another Petit?)\n"
    assert not (tmp_path / "ran").exists()
    with sqlite3.connect(tmp_path / ".petit" / "petit.db") as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    database.close()
    with scheduler(cwd=tmp_path) as program:
        program.wait_for("eager completed")


REFUSED = {
    "a host that is none": (
        ["--api-host", "host.invalid"],
        {},
        "'host.invalid' cannot be resolved",
    ),
    "a port that is none": (["--api-port", "99999"], {}, "--api-port: '99999' is not allowed"),
    "a variable that is wrong": ([], {"PETIT_MAX_TASKS": "0"}, "PETIT_MAX_TASKS: '0' is not allowed"),
    "a state directory below a file": (
        ["--state-dir", "jobs/a.yaml/x"],
        {},
        "cannot use the state directory",
    ),
    "a database in no directory": (["--db", "none/p.db"], {}, "none"),
    "another kind of database": (["--db", "mysql://x"], {}, "is not a kind of database"),
    "a file that is no database": (["--db", "jobs/a.yaml"], {}, "a.yaml"),
    "settings that are no TOML": (["-c", "jobs/a.yaml"], {}, "is not TOML"),
}


@pytest.mark.parametrize(("args", "env", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_start_says_so_in_one_line(
    args: list[str], env: dict[str, str], text: str, tmp_path: Path
) -> None:
    script_job(tmp_path, "a", "true")
    done = petit("run", "jobs", *args, cwd=tmp_path, env=env)
    assert done.returncode == 2
    assert text in done.stderr
    assert re.fullmatch(r"petit: error: [^\n]+\n", done.stderr)
    assert done.stdout == ""


def test_a_directory_that_lost_all_its_jobs_is_refused_with_exit_1(tmp_path: Path) -> None:
    path = script_job(tmp_path, "a", "true")
    with scheduler(cwd=tmp_path):
        pass
    path.unlink()
    done = petit("run", "jobs", "--api-port", "0", cwd=tmp_path)
    assert done.returncode == 1
    assert "no job files in" in done.stderr
    assert "nothing was removed" in done.stderr


def test_a_second_scheduler_exits_within_a_second_naming_the_first(tmp_path: Path) -> None:
    script_job(tmp_path, "a", "true")
    with scheduler("--db", "p.db", cwd=tmp_path) as first:
        started = time.monotonic()
        second = petit("--db", tmp_path / "p.db", "run", "jobs", "--api-port", "0", cwd=tmp_path)
        took = time.monotonic() - started
        assert second.returncode == 2
        assert f"another scheduler (pid {first.process.pid}) is running" in second.stderr
        assert f"127.0.0.1:{first.port}" in second.stderr
        assert first.get("/api/health")["status"] == "ok"
    assert took < 3, "a second, and what a loaded machine adds"


OPTIONS = {
    "before the command": ["--db", "p.db", "-t", "2", "run", "jobs", "--api-port", "0"],
    "after it": ["run", "jobs", "--api-port", "0", "--db", "p.db", "-t", "2"],
    "between": ["run", "--db", "p.db", "jobs", "-t", "2", "--api-port", "0"],
}


@pytest.mark.parametrize("args", OPTIONS.values(), ids=OPTIONS.keys())
def test_options_work_in_either_place(args: list[str], tmp_path: Path) -> None:
    script_job(tmp_path, "a", "true")
    with running(*args, cwd=tmp_path) as program:
        program.ready()
        assert (tmp_path / "p.db").exists()
        assert program.get("/api/scheduler/state")["max_tasks"] == 2


def test_no_api_listens_on_no_port_but_on_the_control_socket(tmp_path: Path) -> None:
    script_job(tmp_path, "a", "echo hello")
    with running("run", "jobs", "--no-api", cwd=tmp_path) as program:
        program.ready()
        assert "http://" not in program.text
        (control,) = (tmp_path / ".petit").glob("*/api.sock")
        assert control.stat().st_mode & 0o777 == 0o600
        assert _listening(program) == []
        assert petit("trigger", "jobs", "a", cwd=tmp_path).returncode == 0


def _listening(program: Program) -> list[str]:
    inodes = set()
    for link in Path(f"/proc/{program.process.pid}/fd").iterdir():
        found = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
        if found:
            inodes.add(found.group(1))
    tables = [Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    rows = [line.split() for lines in tables for line in lines]
    return [row[1] for row in rows if row[9] in inodes and row[3] == "0A"]


def test_a_database_in_memory_leaves_nothing_behind(tmp_path: Path) -> None:
    script_job(tmp_path, "a", "true")
    with scheduler("--db", ":memory:", cwd=tmp_path) as program:
        status, answer = program.ask("POST", "/api/jobs/a/trigger?wait=10s")
        assert (status, answer["run"]["status"]) == (200, "completed")
        program.send(signal.SIGTERM)
        assert program.exit_code() == 0
    assert list((tmp_path / ".petit").iterdir()) == []


def test_a_reader_that_goes_away_does_not_end_the_scheduler(tmp_path: Path) -> None:
    script_job(tmp_path, "a", "true")
    reader, writer = os.pipe()
    os.close(reader)
    program = Program("run", "jobs", "--api-port", "0", cwd=tmp_path, stdout=writer)
    os.close(writer)
    try:
        program.wait_for("nobody reads standard output")
        assert petit("trigger", "jobs", "a", cwd=tmp_path).returncode == 0
    finally:
        program.end()


def test_what_a_killed_one_in_memory_left_is_removed_but_not_what_a_living_one_has(tmp_path: Path) -> None:
    script_job(tmp_path, "a", "true")
    with scheduler("--db", ":memory:", cwd=tmp_path) as living:
        with scheduler("--db", ":memory:", cwd=tmp_path) as killed:
            killed.send(signal.SIGKILL)
            killed.exit_code()
        assert len(list((tmp_path / ".petit").iterdir())) == 2
        with scheduler("--db", ":memory:", cwd=tmp_path):
            assert len(list((tmp_path / ".petit").iterdir())) == 2
        status, answer = living.ask("POST", "/api/jobs/a/trigger?wait=10s")
        assert (status, answer["run"]["status"]) == (200, "completed")


def test_the_service_manager_is_told(tmp_path: Path) -> None:
    script_job(tmp_path, "a", "true")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        with scheduler(cwd=tmp_path, env={"NOTIFY_SOCKET": str(tmp_path / "notify")}) as program:
            assert manager.recv(1000).decode().splitlines()[0] == "READY=1"
            program.send(signal.SIGHUP)
            assert manager.recv(1000) == b"RELOADING=1"
            assert manager.recv(1000).decode().splitlines()[0] == "READY=1"
            program.send(signal.SIGTERM)
            assert manager.recv(1000).decode().splitlines()[0] == "STOPPING=1"


def test_changed_files_are_reloaded_by_themselves_and_at_sighup(tmp_path: Path) -> None:
    script_job(tmp_path, "a", "true")
    with scheduler(cwd=tmp_path) as program:
        program.send(signal.SIGHUP)
        program.wait_for("job files reloaded")
        script_job(tmp_path, "b", "true")
        program.wait_for("job files reloaded  added=b")
        write_job(tmp_path, "a", "timout: 3", "tasks: [{id: a, command: x}]")
        program.wait_for(r"job files reloaded.* stale=a problems=1")
        program.wait_for("a.yaml:2:1: unknown key `timout`")
        stale = {job["id"]: job["stale"] for job in program.get("/api/jobs")["jobs"]}
        assert stale == {"a": True, "b": False}


def test_a_link_to_the_job_files_may_be_switched(tmp_path: Path) -> None:
    script_job(tmp_path / "one", "a", "true")
    script_job(tmp_path / "two", "a", "false")
    (tmp_path / "jobs").symlink_to("one/jobs")
    with scheduler(cwd=tmp_path) as program:
        (tmp_path / "new").symlink_to("two/jobs")
        (tmp_path / "new").rename(tmp_path / "jobs")
        program.send(signal.SIGHUP)
        program.wait_for("job files reloaded  changed=a")


def test_tasks_get_the_users_umask_and_the_schedulers_files_stay_private(tmp_path: Path) -> None:
    script_job(tmp_path, "a", "umask > mask")
    with scheduler(cwd=tmp_path) as program:
        program.ask("POST", "/api/jobs/a/trigger?wait=10s")
    assert int((tmp_path / "mask").read_text(), 8) == 0o022
    assert [path for path in (tmp_path / ".petit").rglob("*") if path.stat().st_mode & 0o077] == []

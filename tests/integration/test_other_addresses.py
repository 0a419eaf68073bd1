"""`petit run` on an address that other machines reach: refused until it is guarded, before any job starts."""

from __future__ import annotations

import re
import shlex
import sqlite3
from pathlib import Path

import pytest
from tests.support.program import petit, scheduler, script_job

AT_BOOT = 'schedule: "@reboot"'
OUTSIDE = ("--api-host", "0.0.0.0", "--api-port", "0")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    script_job(tmp_path, "eager", "touch ran", AT_BOOT)
    return tmp_path


def test_the_refusal_says_what_to_do_and_doing_it_helps(place: Path) -> None:
    done = petit("run", "jobs", *OUTSIDE, cwd=place)
    assert (done.returncode, done.stdout) == (2, "")
    said = done.stderr.splitlines()
    begin = "petit: error: other machines can reach 0.0.0.0, and Petit does not listen there without"
    assert said[0] == begin
    assert [line.split(",")[0] for line in said[1:3]] == ["  - a token", "  - TLS"]
    assert said[-1] == "or leave it at 127.0.0.1, and reach it by: ssh -L PORT:127.0.0.1:PORT HOST"
    assert not (place / "ran").exists()
    with sqlite3.connect(place / ".petit" / "petit.db") as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    database.close()

    advised = re.search(r"petit (--db .*)$", said[1])
    assert advised is not None
    made = petit(*shlex.split(advised[1].replace("NAME", "laptop")), cwd=place)
    assert made.returncode == 0, made.stderr

    half = petit("run", "jobs", *OUTSIDE, cwd=place)
    assert half.returncode == 2
    assert "a token" not in half.stderr
    assert "--api-behind-proxy" in half.stderr
    with scheduler(*OUTSIDE, "--api-behind-proxy", cwd=place) as program:
        program.wait_for("eager completed")
        assert "http://0.0.0.0:" in program.text
        assert program.ask("GET", "/api/jobs")[0] == 401


def test_a_token_that_is_worth_nothing_guards_nothing(place: Path) -> None:
    petit("token", "create", "old", cwd=place)
    petit("token", "revoke", "old", cwd=place)
    petit("token", "create", "short", "--expires", "1ms", cwd=place)
    done = petit("run", "jobs", *OUTSIDE, "--api-behind-proxy", cwd=place)
    assert (done.returncode, "token create" in done.stderr) == (2, True)


def test_a_database_in_memory_has_no_token_to_begin_with(place: Path) -> None:
    done = petit("--db", ":memory:", "run", "jobs", *OUTSIDE, "--api-behind-proxy", cwd=place)
    assert (done.returncode, "name a file with --db" in done.stderr) == (2, True)

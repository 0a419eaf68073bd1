"""`petit token`, with and without a scheduler running on the same state."""

from __future__ import annotations

import http.client
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from tests.support.program import Program, petit, scheduler, script_job

CASES = ["a scheduler is running", "none is running"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    script_job(tmp_path, "etl_1", "true")
    script_job(tmp_path, "other", "true")
    return tmp_path


@contextmanager
def maybe(case: str, place: Path) -> Iterator[Program | None]:
    with scheduler(cwd=place) if case == CASES[0] else nullcontext() as program:
        yield program


def tokens(place: Path) -> list[dict[str, Any]]:
    done = petit("token", "list", "--format", "json", cwd=place)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["count"] == len(told["tokens"])
    listed: list[dict[str, Any]] = told["tokens"]
    return listed


def status(program: Program, method: str, path: str, secret: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=20)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {secret}"})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("case", CASES)
def test_made_listed_and_revoked(case: str, place: Path) -> None:
    with maybe(case, place):
        made = petit("token", "create", "ci", "--scope", "trigger", "--job", "etl*", "--job", "x",
                     "--expires", "90d", cwd=place)  # fmt: skip
        assert made.returncode == 0, made.stderr
        assert re.fullmatch(r"petit_[A-Za-z0-9_-]{43}\n", made.stdout), "the secret and nothing else"
        assert made.stderr.startswith("token 'ci' may trigger etl*, x until 20")
        assert made.stdout.strip() not in made.stderr
        (token,) = tokens(place)
        assert (token["name"], token["scopes"], token["jobs"]) == ("ci", ["trigger"], ["etl*", "x"])
        assert token["expires_at"] - token["created_at"] == pytest.approx(90 * 86_400_000, abs=5_000)
        assert token["in_force"] is True
        shown = petit("token", "list", cwd=place).stdout.splitlines()
        assert shown[0].split() == ["NAME", "SCOPE", "JOBS", "MADE", "EXPIRES", "STATE"]
        assert shown[1].split()[:4] == ["ci", "trigger", "etl*,", "x"]
        assert shown[1].endswith("in force")

        revoked = petit("token", "revoke", "ci", cwd=place)
        assert (revoked.returncode, revoked.stdout) == (0, "revoked token 'ci'\n")
        assert tokens(place)[0]["in_force"] is False
        assert petit("token", "create", "ci", cwd=place).returncode == 0, "the name is free again"
        assert [(each["scopes"], each["expires_at"]) for each in tokens(place)[1:]] == [(["read"], None)]


REFUSED = {
    "the name is taken": (["create", "ci"], 1, "there is a token 'ci' already"),
    "no such token": (["revoke", "c1"], 2, "no token 'c1'"),
    "no name": (["create", "a b"], 2, "NAME: must have letters"),
    "no pattern": (["create", "x", "--scope", "trigger", "--job", "a/b"], 2, "--job: is no pattern"),
    "patterns need trigger": (["create", "x", "--job", "a"], 2, "--job: limits what is started"),
    "no time at all": (["create", "x", "--expires", "0"], 2, "--expires: is in the past"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_refused_is_said_and_written_down(case: str, place: Path) -> None:
    with maybe(case, place):
        petit("token", "create", "ci", cwd=place)
        for args, code, words in REFUSED.values():
            done = petit("token", *args, cwd=place)
            assert (done.returncode, done.stdout) == (code, "")
            assert words in done.stderr
            assert done.stderr.startswith("petit: error: ")
        assert len(tokens(place)) == 1
    with sqlite3.connect(place / ".petit" / "petit.db") as database:
        rows = database.execute("SELECT caller, address, method, path, status FROM audit").fetchall()
    database.close()
    me = f"uid {os.getuid()}"
    assert {row[:2] for row in rows} == {(me, "local")}
    assert [row[2:] for row in rows] == [
        ("POST", "/api/tokens", 201),
        ("POST", "/api/tokens", 409),
        ("DELETE", "/api/tokens/c1", 404),
        *[("POST", "/api/tokens", 422)] * 4,
    ]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["create", "x", "--scope", "write"], "'write' is not one of"),
        (["create", "x", "--expires", "soon"], "--expires: 'soon' is not a duration"),
        (["create"], "NAME"),
        (["made"], "No such command 'made'"),
        (["list", "--db", "nowhere.db"], "there is no database"),
        (["revoke", "ci", "--db", "nowhere.db"], "there is no database"),
        (["create", "ci", "--db", ":memory:"], "in memory"),
    ],
)
def test_a_wrong_command_line_exits_2_and_leaves_nothing(args: list[str], words: str, place: Path) -> None:
    done = petit("token", *args, cwd=place)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert sorted(path.name for path in place.iterdir()) == ["jobs"]


def test_a_running_scheduler_knows_a_token_at_once_and_forgets_it_at_once(place: Path) -> None:
    with scheduler(cwd=place) as program:
        wanted = ("--scope", "trigger", "--job", "etl*")
        secret = petit("token", "create", "ci", *wanted, cwd=place).stdout.strip()
        assert status(program, "GET", "/api/jobs", secret) == 200
        assert status(program, "POST", "/api/jobs/etl_1/trigger", secret) == 200
        assert status(program, "POST", "/api/jobs/other/trigger", secret) == 403
        assert petit("token", "revoke", "ci", cwd=place).returncode == 0
        assert status(program, "GET", "/api/jobs", secret) == 401
        assert program.get("/api/audit")["calls"][0]["path"] == "/api/tokens/ci"


def test_what_was_made_without_a_scheduler_counts_with_one(place: Path) -> None:
    secret = petit("token", "create", "ci", cwd=place).stdout.strip()
    gone = petit("token", "create", "gone", cwd=place).stdout.strip()
    petit("token", "revoke", "gone", cwd=place)
    with scheduler(cwd=place) as program:
        assert status(program, "GET", "/api/jobs", secret) == 200
        assert status(program, "GET", "/api/jobs", gone) == 401


def test_options_stand_anywhere(place: Path) -> None:
    for args in (
        ("--db", "p.db", "token", "create", "a"),
        ("token", "--db", "p.db", "create", "b"),
        ("token", "create", "c", "--db", "p.db"),
    ):
        assert petit(*args, cwd=place).returncode == 0
    listed = petit("token", "list", "--format", "json", "--db", "p.db", cwd=place).stdout
    assert [each["name"] for each in json.loads(listed)["tokens"]] == ["a", "b", "c"]


def test_the_database_that_it_makes_is_private(place: Path) -> None:
    petit("token", "create", "a", cwd=place)
    for path in [place / ".petit", *(place / ".petit").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path

"""What a user is told beside what is wrong, and what is only doubtful."""

from __future__ import annotations

import pytest
from tests.unit.config.corpus import MINIMAL

from petit.config.jobs import parse_job

M = MINIMAL  # four lines; what is appended begins in line 5


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        pytest.param(b"\xff\xfei\0", 1, 1, "the file is UTF-16, not UTF-8", id="UTF-16"),
        pytest.param(b"\xff\xfe\0\0i\0\0\0", 1, 1, "the file is UTF-32, not UTF-8", id="UTF-32"),
        pytest.param(b"id: j\nname: \xff\n", 2, 7, "the file is not UTF-8: byte 0xff", id="a stray byte"),
        pytest.param("id: é".encode("latin-1"), 1, 5, "the file is not UTF-8: byte 0xe9", id="Latin-1"),
        pytest.param(
            b"#" * (1024 * 1024 + 1),
            1,
            1,
            "the file has 1,048,577 bytes; a job file has at most 1,048,576 (1 MiB)",
            id="too large",
        ),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, line: int, column: int, message: str) -> None:
    (found,) = parse_job("f.yaml", data).diagnostics
    assert (found.line, found.column, found.message) == (line, column, message)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        pytest.param(M + "timout: 5\n", "did you mean `timeout`?", id="nearest key"),
        pytest.param(
            M + "  - {id: bb, run: x, depends_on: [ab]}\n  - {id: abc, run: x}\n",
            "did you mean `abc`?",
            id="nearest task",
        ),
        pytest.param(
            M + "command: x\n", "`command` belongs to a task, below `tasks`", id="key of a task in the job"
        ),
        pytest.param(
            M + "    schedule: '@daily'\n", "`schedule` belongs to the job", id="key of the job in a task"
        ),
        pytest.param(M + "env: {}\n", "write `environment`", id="key of other tools"),
        pytest.param(M + "name: 12\n", 'quote it: "12"', id="number for text"),
        pytest.param(M + "enabled: on\n", "YAML 1.2 has no other words for them", id="old boolean"),
        pytest.param(M + "environment: {A: }\n", 'write "" for an empty one', id="empty variable"),
        pytest.param(M + '    args: ["${{ x }}"]\n', "write `$${{` for a literal `${{`", id="expression"),
    ],
)
def test_a_hint_says_what_was_meant(text: str, hint: str) -> None:
    (found,) = parse_job("f.yaml", text.encode()).diagnostics
    assert found.hint == hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            M + "    retry: {delay_secs: 5}\n", "without `max_attempts` nothing is tried again", id="retry"
        ),
        pytest.param(
            M + "    working_dir: ${HOME}/x\n",
            "${HOME} is not resolved in `working_dir`, only in `args` and `environment`",
            id="variable",
        ),
    ],
)
def test_what_is_only_doubtful_is_a_warning_and_the_job_runs(text: str, message: str) -> None:
    parsed = parse_job("f.yaml", text.encode())
    assert [(each.severity, each.message) for each in parsed.diagnostics] == [("warning", message)]
    assert parsed.definition is not None


@pytest.mark.parametrize(
    ("text", "job"),
    [
        pytest.param(M + "timout: 5\n", "j", id="a bad key"),
        pytest.param("id: j  # the id\nname: 'open\n", "j", id="bad syntax"),
        pytest.param("name: x\nid: 'j'\n\tx\n", "j", id="a quoted id and bad syntax"),
        pytest.param("id: j\nid: k\n\tx\n", None, id="two ids and bad syntax"),
        pytest.param("id: [j]\n", None, id="an id that is none"),
    ],
)
def test_a_broken_file_still_says_which_job_it_is_for(text: str, job: str | None) -> None:
    named = parse_job("f.yaml", text.encode()).named
    assert (named and named.job) == job

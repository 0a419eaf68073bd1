from __future__ import annotations

from typing import Any

import msgspec
import pytest

from petit.core.job import Job, Task
from petit.core.launch import CannotLaunch, Launch, Launcher, config_env, launch, pick_base_env, rfc3339

NOVEMBER = 1_795_399_200_000  # 2026-11-23T02:00:00Z
PLAIN = Task(id="t", name="t", command="echo")
PETIT = {"PETIT_JOB_ID": "j", "PETIT_RUN_ID": "r1", "PETIT_TASK_ID": "t", "PETIT_ATTEMPT": "1"}


def job(task: Task = PLAIN, **fields: Any) -> Job:
    return Job(id="j", name="j", tasks=(task,), **fields)


def launched(
    of: Job,
    *,
    number: int = 1,
    scheduled_for: int | None = None,
    base: dict[str, str] | None = None,
    environ: dict[str, str] | None = None,
    env_file: dict[str, str] | None = None,
) -> Launch:
    return launch(
        of,
        of.tasks[0],
        run_id="r1",
        number=number,
        scheduled_for=scheduled_for,
        base_env=base or {},
        scheduler_env=environ or {},
        env_file=env_file or {},
    )


@pytest.mark.parametrize(
    ("task", "argv"),
    [
        pytest.param({"command": "ls"}, "ls", id="a command without arguments"),
        pytest.param({"command": "ls", "args": ("-l", "a b")}, "ls|-l|a b", id="arguments are never split"),
        pytest.param(
            {"kind": "script", "script": "echo ${x:-y} $1\n", "interpreter": ("sh", "-eu")},
            "sh|-eu|-c|echo ${x:-y} $1\n",
            id="a script is for its shell to expand",
        ),
        pytest.param(
            {"kind": "python", "script": "print(1)", "inline": True, "interpreter": ("python3",)},
            "python3|-c|print(1)",
            id="inline code is python's argument",
        ),
        pytest.param(
            {"kind": "python", "script": "print(1)", "inline": True, "interpreter": ("py",), "args": ("x",)},
            "py|-c|print(1)|x",
            id="inline code has arguments too",
        ),
        pytest.param(
            {"kind": "python", "script": "etl.py", "interpreter": ("py", "-X", "dev"), "args": ("x",)},
            "py|-X|dev|etl.py|x",
            id="a file is run with its arguments",
        ),
        pytest.param(
            {"command": "${HOME}", "args": ("${HOME}/x", "$${HOME}", "$HOME")},
            "${HOME}|/home/ann/x|${HOME}|$HOME",
            id="variables are resolved in arguments only",
        ),
    ],
)
def test_argv(task: dict[str, Any], argv: str) -> None:
    made = launched(job(Task(id="t", name="t", **task)), environ={"HOME": "/home/ann"})
    assert made.argv == tuple(argv.split("|"))


@pytest.mark.parametrize("directory", [None, "/srv/etl"])
def test_the_working_directory_is_that_of_the_task(directory: str | None) -> None:
    assert launched(job(msgspec.structs.replace(PLAIN, working_dir=directory))).cwd == directory


def test_nothing_is_in_an_environment_that_nobody_put_there() -> None:
    assert launched(job(), environ={"SECRET": "x"}).env == PETIT


def test_the_nearer_layer_wins() -> None:
    layers = {"A": "base", "B": "base", "C": "base", "D": "base"}
    task = msgspec.structs.replace(
        PLAIN, environment={"D": "task", "PETIT_RUN_ID": "x", "PETIT_CONFIG_K": "x"}
    )
    made = launched(
        job(task, environment={"C": "job", "D": "job", "PETIT_SCHEDULED_FOR": "x"}, config={"k": "v"}),
        base=layers,
        env_file={"B": "file", "C": "file", "D": "file", "PETIT_JOB_ID": "x", "E": "file"},
    )
    own = {**PETIT, "PETIT_CONFIG_K": "v"}
    assert made.env == {"A": "base", "B": "file", "C": "job", "D": "task", "E": "file", **own}


def test_petits_own_variables_say_which_attempt_it_is() -> None:
    made = launched(job(), number=3, scheduled_for=NOVEMBER)
    assert made.env == {**PETIT, "PETIT_ATTEMPT": "3", "PETIT_SCHEDULED_FOR": "2026-11-23T02:00:00Z"}


@pytest.mark.parametrize(
    ("config", "env"),
    [
        pytest.param({}, {}, id="no config"),
        pytest.param({"batch_size": 1000}, {"BATCH_SIZE": "1000"}, id="a number is JSON"),
        pytest.param({"dir": "/tmp/a b"}, {"DIR": "/tmp/a b"}, id="a string is itself"),
        pytest.param({"on": True, "off": None}, {"ON": "true", "OFF": "null"}, id="true and null are JSON"),
        pytest.param(
            {"l": [1, "a"], "m": {"k": 0.5}}, {"L": '[1,"a"]', "M": '{"k":0.5}'}, id="lists and mappings"
        ),
        pytest.param({"a-b.c d\u00e9": "x"}, {"A_B_C_D_": "x"}, id="what no name may hold becomes _"),
        pytest.param({"ref": "${HOME}"}, {"REF": "${HOME}"}, id="nothing is resolved"),
    ],
)
def test_config_env(config: dict[str, Any], env: dict[str, str]) -> None:
    assert config_env(config) == {f"PETIT_CONFIG_{name}": value for name, value in env.items()}


@pytest.mark.parametrize(
    ("of", "message"),
    [
        pytest.param(
            job(msgspec.structs.replace(PLAIN, args=("a", "${NOPE}"))),
            "args[1] of task 't': the variable NOPE is not set in the scheduler's environment",
            id="an argument",
        ),
        pytest.param(
            job(msgspec.structs.replace(PLAIN, environment={"X": "${NOPE}"})),
            "X in the environment of task 't': the variable NOPE is not set in the scheduler's environment",
            id="the task's environment",
        ),
        pytest.param(
            job(environment={"X": "${NOPE}"}),
            "X in the environment of job 'j': the variable NOPE is not set in the scheduler's environment",
            id="the job's environment",
        ),
        pytest.param(
            job(environment={"X": "${"}),
            "X in the environment of job 'j': '${' has no closing brace; "
            "write ${NAME}, or $${ for a literal ${",
            id="a malformed reference of an old definition",
        ),
    ],
)
def test_a_missing_variable_fails_the_launch_and_is_named_with_its_place(of: Job, message: str) -> None:
    with pytest.raises(CannotLaunch) as refused:
        launched(of, env_file={"NOPE": "set here, where nobody looks"})
    assert str(refused.value) == message


def test_a_launcher_makes_what_is_constant_once_and_hands_out_copies() -> None:
    environ = {"A": "1"}
    task = msgspec.structs.replace(PLAIN, args=("${A}",))
    launcher = Launcher(job(task), base_env={"B": "2"}, scheduler_env=environ)

    def again(number: int, env_file: dict[str, str]) -> Launch:
        return launcher.launch(task, run_id="r1", number=number, scheduled_for=None, env_file=env_file)

    first = again(1, {})
    first.env["DIRT"] = "x"
    environ["A"] = "changed"
    second = again(2, {})
    assert second == Launch(("echo", "1"), {"B": "2", **PETIT, "PETIT_ATTEMPT": "2"}, None)
    assert again(3, {"B": "3"}).env == {"B": "3", **PETIT, "PETIT_ATTEMPT": "3"}


@pytest.mark.parametrize(
    ("environ", "names", "picked"),
    [
        pytest.param({}, (), {"PATH": "/usr/local/bin:/usr/bin:/bin"}, id="a task always has a PATH"),
        pytest.param(
            {"PATH": "/p", "HOME": "/h", "LANG": "C", "TZ": "UTC", "USER": "ann", "SECRET": "x"},
            (),
            {"PATH": "/p", "HOME": "/h", "LANG": "C", "TZ": "UTC", "USER": "ann"},
            id="the usual names and no others",
        ),
        pytest.param(
            {"PATH": "/p", "PROXY": "x"},
            ("PROXY", "ABSENT"),
            {"PATH": "/p", "PROXY": "x"},
            id="and those named",
        ),
    ],
)
def test_pick_base_env(environ: dict[str, str], names: tuple[str, ...], picked: dict[str, str]) -> None:
    assert pick_base_env(environ, names) == picked


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        pytest.param(0, "1970-01-01T00:00:00Z", id="the epoch"),
        pytest.param(NOVEMBER, "2026-11-23T02:00:00Z", id="a whole second shows no fraction"),
        pytest.param(NOVEMBER + 7, "2026-11-23T02:00:00.007Z", id="milliseconds show where there are some"),
    ],
)
def test_rfc3339(ms: int, text: str) -> None:
    assert rfc3339(ms) == text

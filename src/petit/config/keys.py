"""The keys of a job file: the one table that the loader reads by and that the JSON Schema is made from."""

from __future__ import annotations

from petit.config.compounds import CommandLine, Json, ListOf, Variables
from petit.config.kinds import Choice, Count, Duration, Flag, Id, Script, Share, Size, Text, Word
from petit.config.references import Schedules, Tables, Upstreams
from petit.config.tables import Key, Table

CONDITIONS = Choice(
    {
        "all_success": "all_success",
        "on_failure": "on_failure",
        "all_done": "all_done",
        "always": "all_done",
        "one_success": "one_success",
        "none_failed": "none_failed",
    }
)
TYPES = Choice.of("command", "python", later=("custom", "http", "job"))

_EXIT_CODES = ListOf(Count(1, 255), single=True, least=1, unique="exit code")
_BOTH_TIMEOUTS = {("timeout", "timeout_secs"): "they mean the same; keep one"}

RETRY = Table(
    "retry",
    [
        Key("max_attempts", Count(0), "Retries after the first try."),
        Key("delay_secs", Duration(seconds_only=True), "Wait before a retry, in seconds."),
        Key("delay", Duration(), "Wait before a retry: 60s, 5m."),
        Key("backoff", Choice.of("fixed", "exponential"), "Whether the wait doubles with each retry."),
        Key("max_delay", Duration(zero=False), "Upper bound of the wait."),
        Key("jitter", Share(), "Share of the wait that is random."),
        Key("condition", Choice.of("always", "transient_only", "never"), "Which failures are retried."),
        Key("exit_codes", _EXIT_CODES, "Only these exit codes are retried."),
        Key("transient_exit_codes", _EXIT_CODES, "Exit codes that `transient_only` counts as transient."),
    ],
    alternatives={("delay", "delay_secs"): "they mean the same; keep one"},
)

_TIMEOUTS = [
    Key("timeout", Duration(zero=False), "Running time after which it is ended: 300, 5m, 1h30m."),
    Key("timeout_secs", Duration(zero=False, seconds_only=True), "The same in seconds."),
]
_SHARED = [
    *_TIMEOUTS,
    Key("retry", RETRY, "When and how often a failed task is tried again."),
    Key("grace", Duration(), "Time between TERM and KILL for cancel and timeout; 10s by default."),
    Key(
        "on_interrupt",
        Choice.of("fail", "retry"),
        "What becomes of an attempt that was lost with its machine.",
    ),
    Key("allow_failure", Flag(), "Whether the run may complete although this task failed."),
    Key("working_dir", Word(blank=False, not_resolved_in="working_dir"), "Where it runs."),
    Key("shell", CommandLine(split=True), "What runs a `run:` script; `sh -eu` by default."),
    Key("python", CommandLine(split=False), "The interpreter of python tasks; `python3` by default."),
]

DEFAULTS = Table("defaults", _SHARED, alternatives=_BOTH_TIMEOUTS)

_FOREIGN = {
    "env": "write `environment`",
    "cmd": "write `command`",
    "cwd": "write `working_dir`",
    "workdir": "write `working_dir`",
    "needs": "write `depends_on`",
    "retries": "write `retry: {max_attempts: ...}`",
    "max_retries": "write `retry: {max_attempts: ...}`",
}
_TASK_KEYS_IN_JOB = {
    name: f"`{name}` belongs to a task, below `tasks`"
    for name in (
        "command",
        "args",
        "run",
        "script",
        "inline",
        "type",
        "condition",
        "allow_failure",
        "working_dir",
    )
}
_JOB_KEYS_IN_TASK = {
    name: f"`{name}` belongs to the job"
    for name in (
        "schedule",
        "enabled",
        "catchup",
        "overlap",
        "max_concurrency",
        "max_tasks",
        "config",
        "env_file",
    )
}

TASK = Table(
    "a task",
    [
        Key("id", Id(), "Unique within the job.", required=True),
        Key("name", Text(expressions=True), "For people."),
        Key("type", TYPES, "What runs: `command` (the default) or `python`."),
        Key("command", Word(blank=False, not_resolved_in="command"), "The program; no shell is involved."),
        Key("args", ListOf(Word(variables=True)), "Its arguments, each as it is written."),
        Key("run", Script(), "A shell script."),
        Key("script", Script(), "A Python file, or code with `inline: true`."),
        Key("inline", Flag(), "Whether `script` is code."),
        Key("environment", Variables(), "Environment variables; they win over the job's."),
        Key("depends_on", ListOf(Id(), single=True), "Tasks of this job that must be over first."),
        Key("condition", CONDITIONS, "What they must have come to; `all_success` by default."),
        *_SHARED,
    ],
    unsupported=frozenset(
        {"foreach", "max_parallel", "resources", "executor", "handler", "pool", "priority"}
    ),
    alternatives={
        **_BOTH_TIMEOUTS,
        ("run", "command"): "a task is either a script or a command",
        ("run", "script"): "a task is either a shell script or python",
        ("run", "type"): "`run` says already what it is",
    },
    foreign={**_FOREIGN, **_JOB_KEYS_IN_TASK},
)

JOB = Table(
    "a job",
    [
        Key("id", Id(), "Unique over the jobs directory.", required=True),
        Key("name", Text(expressions=True), "For people; the id by default."),
        Key("description", Text(lines=True, blank=True, expressions=True), "For people."),
        Key("tags", ListOf(Text(), single=True, unique="tag"), "Words to find jobs by."),
        Key("enabled", Flag(), "Whether schedules start it; true by default."),
        Key("schedule", Schedules(), "When it starts; without one only by hand."),
        Key(
            "catchup",
            Choice.of("none", "last", "all"),
            "What happens to occurrences missed while Petit was down.",
        ),
        Key("catchup_window", Duration(zero=False), "How old a missed occurrence may be; 24h by default."),
        Key(
            "overlap",
            Choice.of("skip", "queue", "cancel_running", "allow"),
            "What happens to a due run while `max_concurrency` runs are active.",
        ),
        Key("max_concurrency", Count(), "Runs of this job at a time."),
        Key("max_tasks", Count(), "Tasks at a time in one run."),
        Key("timeout", Duration(zero=False), "Running time after which the run is ended."),
        Key("timeout_secs", Duration(zero=False, seconds_only=True), "The same in seconds."),
        Key("depends_on", Upstreams(), "Other jobs whose last runs decide whether this one may run."),
        Key("config", Json(), "Values for the tasks, as PETIT_CONFIG_<KEY>."),
        Key("environment", Variables(), "Environment variables of all tasks."),
        Key(
            "env_file",
            Word(blank=False, not_resolved_in="env_file"),
            "A file of NAME=value lines, read when a task starts.",
        ),
        Key("grace", Duration(), "Time between TERM and KILL for cancel and timeout; 10s by default."),
        Key(
            "on_interrupt",
            Choice.of("fail", "retry"),
            "What becomes of attempts that were lost with their machine.",
        ),
        Key("log_limit", Size(), "Bytes kept of each stream of an attempt: 500k, 10MiB."),
        Key("defaults", DEFAULTS, "Values for every task that does not give its own."),
        Key("tasks", Tables(TASK), "The tasks of the job.", required=True),
    ],
    unsupported=frozenset({"pool", "priority", "on", "params", "secrets", "notify", "resources", "executor"}),
    alternatives=_BOTH_TIMEOUTS,
    foreign={
        **_FOREIGN,
        **_TASK_KEYS_IN_JOB,
        "retry": "write `defaults: {retry: ...}`",
        "timezone": "write `schedule: {cron: ..., timezone: ...}`",
        "cron": "write `schedule: ...`",
    },
)

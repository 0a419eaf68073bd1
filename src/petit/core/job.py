"""The model of a job: what a valid job file says, in values."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

from petit.core.clock import Millis
from petit.core.ids import JobId, TaskId
from petit.core.schedule import Schedule

TaskKind = Literal["command", "script", "python"]
Condition = Literal["all_success", "on_failure", "all_done", "one_success", "none_failed"]
RetryCondition = Literal["always", "transient_only", "never"]
Backoff = Literal["fixed", "exponential"]
Overlap = Literal["skip", "queue", "cancel_running", "allow"]
Catchup = Literal["none", "last", "all"]
OnInterrupt = Literal["fail", "retry"]
DependencyCondition = Literal["last_success", "last_complete", "within_window"]

DEFAULT_GRACE_MS = 10_000
DEFAULT_LOG_LIMIT = 10 * 1024 * 1024
DEFAULT_CATCHUP_WINDOW_MS = 24 * 3600 * 1000


class Retry(msgspec.Struct, frozen=True, omit_defaults=True):
    """When and how often a failed task is tried again.

    Attributes:
        max_attempts: Retries after the first try (the original's meaning).
        delay_ms: Wait before a retry; the base of the exponential back-off.
        backoff: "fixed" or "exponential" (doubles with each retry).
        max_delay_ms: Upper bound of the wait; None means none.
        jitter: Share of the wait, 0 to 1, that is random.
        condition: Which failures are retried.
        exit_codes: If given, only these exit codes are retried.
        transient_exit_codes: Exit codes that `transient_only` counts as transient.
    """

    max_attempts: int = 0
    delay_ms: Millis = 0
    backoff: Backoff = "fixed"
    max_delay_ms: Millis | None = None
    jitter: float = 0.0
    condition: RetryCondition = "always"
    exit_codes: tuple[int, ...] = ()
    transient_exit_codes: tuple[int, ...] = ()


NO_RETRY = Retry()


class Task(msgspec.Struct, frozen=True, omit_defaults=True):
    """A node of a job's graph.

    Attributes:
        id: Unique within the job.
        name: For people; the id where the file names none.
        kind: "command" (argv), "script" (`run:`) or "python".
        command: The program, of a command task.
        args: Its arguments, or those of a python file.
        script: The text of a `run:` script; the code or the file of a python task.
        inline: Whether a python task's script is code rather than a file.
        interpreter: argv prefix that runs the script: `("sh", "-eu")`, `("python3",)`.
        working_dir: None means where Petit was started.
        environment: Wins over the job's.
        depends_on: Tasks of the same job, in the order of the file.
        grace_ms: Between TERM and KILL.
    """

    id: TaskId
    name: str
    kind: TaskKind = "command"
    command: str | None = None
    args: tuple[str, ...] = ()
    script: str | None = None
    inline: bool = False
    interpreter: tuple[str, ...] = ()
    working_dir: str | None = None
    environment: dict[str, str] = {}
    depends_on: tuple[TaskId, ...] = ()
    condition: Condition = "all_success"
    timeout_ms: Millis | None = None
    grace_ms: Millis = DEFAULT_GRACE_MS
    retry: Retry = NO_RETRY
    allow_failure: bool = False
    on_interrupt: OnInterrupt = "fail"


class JobDependency(msgspec.Struct, frozen=True, omit_defaults=True):
    """Another job whose last ended run decides whether this one may run."""

    job: JobId
    condition: DependencyCondition = "last_success"
    window_ms: Millis | None = None


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """One job as its file defines it.

    Attributes:
        overlap: None where the file says nothing; see `effective_max_concurrency`.
        max_concurrency: Runs of this job at a time as written, None for no limit.
        max_tasks: Tasks at a time in one run; None means the settings' default.
        timeout_ms: Of the whole run.
        log_limit: Bytes kept of each stream of an attempt; None means the settings' default.
    """

    id: JobId
    name: str
    tasks: tuple[Task, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    enabled: bool = True
    schedules: tuple[Schedule, ...] = ()
    catchup: Catchup = "last"
    catchup_window_ms: Millis = DEFAULT_CATCHUP_WINDOW_MS
    overlap: Overlap | None = None
    max_concurrency: int | None = None
    max_tasks: int | None = None
    timeout_ms: Millis | None = None
    depends_on: tuple[JobDependency, ...] = ()
    config: dict[str, Any] = {}
    environment: dict[str, str] = {}
    env_file: str | None = None
    log_limit: int | None = None

    @property
    def effective_max_concurrency(self) -> int | None:
        """Runs at a time: skip, queue and cancel_running imply 1 where nothing is written (decision 2)."""
        if self.max_concurrency is not None:
            return self.max_concurrency
        return 1 if self.overlap in {"skip", "queue", "cancel_running"} else None


class Definition(msgspec.Struct, frozen=True):
    """A job together with where it was read and its content address.

    Attributes:
        job: The job.
        file: Path of the file, relative to the jobs directory.
        source: The text of the file.
        hash: `definition_hash(job)`.
    """

    job: Job
    file: str
    source: str
    hash: str


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Job)


def encode_job(job: Job) -> bytes:
    """Return the canonical JSON of a job: the same bytes for equal jobs."""
    return _ENCODER.encode(job)


def decode_job(body: bytes) -> Job:
    """Return the job that `encode_job` wrote."""
    return _DECODER.decode(body)


def definition_hash(job: Job) -> str:
    """Return the content address of a job: the SHA-256 of its canonical JSON, in hex."""
    return hashlib.sha256(encode_job(job)).hexdigest()

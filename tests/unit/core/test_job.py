from __future__ import annotations

import hashlib

import msgspec
import pytest

from petit.core.job import (
    Job,
    JobDependency,
    Overlap,
    Retry,
    Task,
    decode_job,
    definition_hash,
    encode_job,
)
from petit.core.schedule import parse_schedule

TASK = Task(id="t", name="t", command="true")
FULL = Job(
    id="full",
    name="Full",
    tasks=(
        msgspec.structs.replace(TASK, args=("a", "\u00e4"), environment={"B": "2", "A": "1"}),
        Task(
            id="u",
            name="u",
            kind="python",
            script="print(1)",
            inline=True,
            interpreter=("python3",),
            depends_on=("t",),
            condition="none_failed",
            retry=Retry(max_attempts=3, delay_ms=5, backoff="exponential", jitter=0.5, exit_codes=(1,)),
            timeout_ms=1000,
            allow_failure=True,
            on_interrupt="retry",
        ),
    ),
    tags=("x",),
    schedules=(parse_schedule("0 2 * * *", "Europe/Berlin"),),
    overlap="queue",
    depends_on=(JobDependency("up", "within_window", 60_000),),
    config={"b": [1, {"c": None}], "a": 0.5},
    env_file=".env",
)


@pytest.mark.parametrize(
    "job", [Job(id="j", name="j", tasks=(TASK,)), FULL], ids=["a small one", "a full one"]
)
def test_a_job_survives_its_canonical_form(job: Job) -> None:
    assert decode_job(encode_job(job)) == job
    assert encode_job(decode_job(encode_job(job))) == encode_job(job)


def test_equal_jobs_have_equal_hashes_whatever_the_order_of_their_keys() -> None:
    turned = msgspec.structs.replace(FULL, config=dict(reversed(FULL.config.items())))
    assert list(turned.config) != list(FULL.config)
    assert definition_hash(turned) == definition_hash(FULL)
    assert definition_hash(FULL) == hashlib.sha256(encode_job(FULL)).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(msgspec.structs.replace(FULL, name="full"), id="a name"),
        pytest.param(msgspec.structs.replace(FULL, tasks=FULL.tasks[::-1]), id="the order of tasks"),
        pytest.param(msgspec.structs.replace(FULL, config={"b": [1], "a": 0.5}), id="a value in the config"),
        pytest.param(msgspec.structs.replace(FULL, overlap=None), id="a key left out"),
    ],
)
def test_another_job_has_another_hash(changed: Job) -> None:
    assert definition_hash(changed) != definition_hash(FULL)


def test_a_key_written_with_its_default_is_the_same_job() -> None:
    plain = Job(id="j", name="j", tasks=(TASK,))
    assert definition_hash(msgspec.structs.replace(plain, enabled=True, tags=())) == definition_hash(plain)


@pytest.mark.parametrize(
    ("overlap", "written", "limit"),
    [
        pytest.param(None, None, None, id="nothing written is no limit"),
        pytest.param(None, 3, 3, id="a limit binds without overlap"),
        pytest.param("allow", None, None, id="allow is no limit"),
        pytest.param("skip", None, 1, id="skip implies one"),
        pytest.param("queue", None, 1, id="queue implies one"),
        pytest.param("cancel_running", None, 1, id="cancel_running implies one"),
        pytest.param("queue", 2, 2, id="a written limit goes before the implied one"),
    ],
)
def test_effective_max_concurrency(overlap: Overlap | None, written: int | None, limit: int | None) -> None:
    job = Job(id="j", name="j", tasks=(TASK,), overlap=overlap, max_concurrency=written)
    assert job.effective_max_concurrency == limit

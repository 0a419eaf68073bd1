"""Job files that are small and mean to cost much are refused at once, from a directory and over the API."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator

import pytest
from tests.support.bombs import bombs
from tests.support.scale import scale
from tests.support.site import Site

from petit.config.jobs import ParsedFile, parse_job
from petit.config.report import MAX_PROBLEMS

BOMBS = bombs()
SOME = list(BOMBS)[:: 10 if scale() == "gate" else 1]
ALLOWED_MS = 100.0
_LOOPS = 200_000
_LOOPS_TAKE_MS = 12.0
"""What `_count` takes on a machine of our day that does nothing else."""


def _count() -> None:
    total = 0
    for number in range(_LOOPS):
        total += number * number % 7


def cpu_ms(work: Callable[[], object], times: int = 3) -> float:
    """Return the processor's time that `work` takes at best, as if nobody else were on the machine.

    Others that use the other half of a core, or its cache, make each second of it do less: that is measured
    right before, on work that is known.
    """
    taken: list[float] = []
    known: list[float] = []
    for _ in range(times):
        for what, into in ((_count, known), (work, taken)):
            begun = time.thread_time()
            what()
            into.append((time.thread_time() - begun) * 1000)
    return min(taken) / max(min(known) / _LOOPS_TAKE_MS, 1.0)


@pytest.fixture(scope="module", autouse=True)
def small_heap() -> Iterator[None]:
    """Let the collector pass over what the tests hold: a scheduler holds little."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def parse(name: str) -> ParsedFile:
    return parse_job("bomb.yaml", BOMBS[name].encode(), timezone="UTC", grace_ms=1000)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_few_words(name: str) -> None:
    parsed = parse(name)
    assert parsed.definition is None
    assert 1 <= len(parsed.diagnostics) <= MAX_PROBLEMS + 1
    assert sum(len(each.render()) for each in parsed.diagnostics) < 60_000


@pytest.mark.parametrize("name", SOME)
def test_a_bomb_is_refused_at_once(name: str) -> None:
    assert cpu_ms(lambda: parse(name)) < ALLOWED_MS


async def test_a_bomb_that_is_sent_is_refused_while_others_are_answered(api: Site) -> None:
    slowest = 0.0
    for name in SOME:
        text = BOMBS[name]
        if len(text.encode()) > api.settings.max_body:
            continue
        begun = time.process_time()
        answer = await api.ask(
            "POST", "/api/validate", raw=text.encode(), headers={"Content-Type": "application/yaml"}
        )
        slowest = max(slowest, (time.process_time() - begun) * 1000)
        assert (answer.status, answer.json()["valid"]) == (200, False), name
        assert len(answer.body) < 200_000, name
    assert (await api.get("/api/health")).status == 200
    print(
        f"{len(SOME)} bombs, the slowest took {slowest:.0f} ms of this processor with its way there and back"
    )


def test_there_are_as_many_as_promised() -> None:
    assert len(BOMBS) >= 100

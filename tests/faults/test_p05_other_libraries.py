"""P5: where cronsim or croniter say otherwise than Petit, it is known and explained.

Both are asked around changes of the clocks, from due times on as a scheduler would, and from odd moments. A
difference must belong to a class of tests/support/cron_opinions.py; the reference shows them all.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from tests.faults.test_p05_dst_and_calendars import AROUND_S, DATES, PATTERNS, windows
from tests.support.cron_opinions import (
    DIFFERENCES,
    LIBRARIES,
    Difference,
    Question,
    classes_of,
    library,
    petit,
)
from tests.support.scale import scaled
from tests.support.tally import tell

from petit.core.schedule import parse_schedule

pytestmark = pytest.mark.faults

SEED = 50
MOST_STEPS = 6
NEAR_S = 4 * 3600


@pytest.mark.parametrize(
    "each", DIFFERENCES, ids=lambda each: f"{each.by}: {each.example[0]}: {each.why[:60]}"
)
def test_an_example_shows_its_difference(each: Difference) -> None:
    asked = each.question
    ours, theirs = petit(asked), library(each.by, asked)
    assert ours != theirs
    assert each in classes_of(each.by, asked, ours, theirs)


def _questions(zone: str, at: int, rng: random.Random) -> Iterator[Question]:
    """Ask from before a change of the clocks, from due times near it, and from odd moments in between."""
    for pattern in PATTERNS:
        near = parse_schedule(pattern, zone).between((at - NEAR_S) * 1000, (at + NEAR_S) * 1000)
        dues = [due // 1000 for due in near]
        steps = rng.sample(dues, min(len(dues), MOST_STEPS))
        odd = [rng.randrange(at - NEAR_S, at + NEAR_S) // 60 * 60 for _ in range(2)]
        for after in (at - AROUND_S, *steps, *odd):
            yield Question(pattern, zone, after)


def _days(rng: random.Random) -> Iterator[Question]:
    for fields in DATES:
        for _ in range(4):
            yield Question(f"0 12 {fields}", "UTC", rng.randrange(1_000_000_000, 2_000_000_000) // 60 * 60)


def test_every_other_answer_is_explained() -> None:
    rng = random.Random(SEED)
    changes = windows()[: scaled(quick=120, soak=5_000)]
    questions = [*_days(rng), *(each for zone, at in changes for each in _questions(zone, at, rng))]
    found: Counter[str] = Counter()
    unexplained = []
    for asked in questions:
        ours = petit(asked)
        for name in LIBRARIES:
            theirs = library(name, asked)
            if ours == theirs:
                continue
            found[name] += 1
            if not classes_of(name, asked, ours, theirs):
                said = [_shown(asked, each) for each in (ours, theirs)]
                unexplained.append((name, asked.pattern, asked.zone, str(asked.local), *said))
    assert unexplained == []
    tell(
        "P5", len(questions), f"questions to two libraries, {found.total()} answered otherwise, as explained"
    )


def _shown(asked: Question, due: int | None) -> str:
    return "refused" if due is None else str(datetime.fromtimestamp(due, ZoneInfo(asked.zone)))

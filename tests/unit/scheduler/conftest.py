from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A scheduler; whatever a test does with it, the rows that were told are those in the database."""
    made = World(tmp_path)
    yield made
    if made.tells_all:
        await made.expect_told_rows()

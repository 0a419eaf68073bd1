from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.site import Site, site


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path) as made:
        yield made

"""Every test here runs once for each backend."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from petit.storage.base import Storage
from petit.storage.factory import open_storage


@pytest.fixture(params=["memory", "sqlite"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    location = ":memory:" if request.param == "memory" else str(tmp_path / "petit.db")
    opened = open_storage(location)
    await opened.open()
    yield opened
    await opened.close()

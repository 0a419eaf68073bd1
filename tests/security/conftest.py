from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.callers import STRANGER
from tests.support.site import Site, site


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path) as made:
        yield made


@pytest.fixture
async def strange(api: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site that takes all who come over TCP for another user."""
    monkeypatch.setattr(api.server._table, "owner", lambda *_: STRANGER)
    return api

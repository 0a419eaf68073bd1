from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.site import ONE_TASK, Site, site

from petit.api.compression import takes_gzip
from petit.api.responses import JsonResponse

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
async def many(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path, jobs={f"job{number:02}": ONE_TASK for number in range(30)}) as made:
        yield made


def compressed(api: Site) -> object:
    kept = api.server._app.context.jobs
    assert kept is not None
    assert isinstance(kept[1], JsonResponse)
    return kept[1].compressed


async def test_large_json_is_compressed_for_who_takes_it(many: Site) -> None:
    plain, packed = await many.get("/api/jobs"), await many.get("/api/jobs", **GZIP)
    assert ("content-encoding" in plain.headers, packed.headers["content-encoding"]) == (False, "gzip")
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) * 4 < len(plain.body)
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["content-type"] == "application/json"


async def test_the_tag_of_either_form_is_good_for_both(many: Site) -> None:
    plain, packed = await many.get("/api/jobs"), await many.get("/api/jobs", **GZIP)
    assert packed.headers["etag"] == "W/" + plain.headers["etag"]
    for tag in (plain.headers["etag"], packed.headers["etag"]):
        for accepted in ({}, GZIP):
            assert (await many.get("/api/jobs", **{"If-None-Match": tag, **accepted})).status == 304


async def test_the_compressed_form_is_kept_with_what_is_kept(many: Site) -> None:
    await many.get("/api/jobs", **GZIP)
    kept = compressed(many)
    await many.get("/api/jobs", **GZIP)
    assert compressed(many) is kept is not None
    await many.trigger("job00")
    answer = await many.get("/api/jobs", **GZIP)
    assert json.loads(gzip.decompress(answer.body))["jobs"][0]["running_runs"] == 1


async def test_what_is_small_or_no_json_is_not(many: Site) -> None:
    for path in ("/api/health", "/api/jobs?limit=1", "/api/docs"):
        assert "content-encoding" not in (await many.get(path, **GZIP)).headers, path


async def test_very_large_json(tmp_path: Path) -> None:
    text = "description: " + "much " * 2000 + "\n" + ONE_TASK
    async with site(tmp_path, jobs={f"job{number:02}": text for number in range(40)}) as api:
        plain, packed = await api.get("/api/jobs"), await api.get("/api/jobs", **GZIP)
        assert len(plain.body) > 256 * 1024
        assert gzip.decompress(packed.body) == plain.body


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        (b"gzip", True),
        (b"deflate, GZIP;q=0.5", True),
        (b"x-gzip", True),
        (b"gzip; q=0", False),
        (b"gzip;q=0.000", False),
        (b"identity", False),
        (b"", False),
        (b"\xff", False),
    ],
)
def test_who_takes_it(header: bytes, takes: bool) -> None:
    assert takes_gzip(header) is takes

"""What the pages say of metrics: the names are those that are told, the files for Prometheus are whole."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from docs.generate import metrics
from tests.docs.pages import Block, blocks_of, name_of, pages

from petit.api.routes import ROUTES

_NAME = re.compile(r"\bpetit_(?!job_id)[a-z_]+\b")
_TOLD = set(_NAME.findall(metrics()))
_PARTS = ("_bucket", "_count", "_sum")


@pytest.mark.parametrize("page", [page for page in pages() if "petit_job" in page.read_text()], ids=name_of)
def test_every_metric_exists(page: Path) -> None:
    named = set(_NAME.findall(page.read_text()))
    assert {name for name in named if _whole(name) not in _TOLD} == set()


def _whole(name: str) -> str:
    part = next((part for part in _PARTS if name.endswith(part)), "")
    return name.removesuffix(part)


@pytest.mark.parametrize("block", blocks_of("yaml prometheus"), ids=lambda block: block.where)
def test_every_file_for_prometheus_has_what_it_needs(block: Block) -> None:
    told: dict[str, Any] = yaml.safe_load(block.text)
    for scrape in told.get("scrape_configs", ()):
        assert scrape["authorization"]["credentials_file"].startswith("/")
        assert any(route.path == "/metrics" for route in ROUTES), "where Prometheus looks unless it is told"
    for group in told.get("groups", ()):
        for rule in group["rules"]:
            assert set(rule) <= {"alert", "expr", "for", "annotations"}
            assert rule["expr"].count("(") == rule["expr"].count(")")
            assert rule["annotations"]["summary"]

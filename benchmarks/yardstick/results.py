"""Figures: a table for people, a file for comparing."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def machine() -> dict[str, Any]:
    """Say where and of what the figures are."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.lower().startswith(("model name", "hardware"))
        ),
        platform.machine(),
    )
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "commit": commit.stdout.strip(),
        "cpu": model,
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
        "at": int(time.time() * 1000),
    }


def quantile(values: list[float], share: float) -> float:
    """Return the value that a share of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values: list[float]) -> str:
    """Return median and range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def save(name: str, figures: dict[str, Any]) -> None:
    """Write figures beside those of other days."""
    RESULTS.mkdir(exist_ok=True)
    about = machine()
    path = RESULTS / f"{name}-{about['at']}.json"
    path.write_text(json.dumps({"benchmark": name, **about, "figures": figures}, indent=2) + "\n")
    print(f"written to {path.relative_to(ROOT)}")

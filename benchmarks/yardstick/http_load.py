"""A client in C that asks one thing again and again: it takes little of the processor that it shares."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Load(NamedTuple):
    """How a server did under it."""

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def build(directory: Path) -> Path:
    """Compile it."""
    program = directory / "http_load"
    subprocess.run(["gcc", "-O2", "-o", program, HERE / "http_load.c"], check=True)
    return program


def load(
    program: Path, port: int, path: str, *, connections: int, seconds: float, headers: Sequence[str] = ()
) -> Load:
    """Ask for so long; raises AssertionError where an answer was neither 200 nor 304."""
    words = [str(program), str(port), str(connections), str(seconds), path, *headers]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    assert said[4] == "0", f"{said[4]} answers to {path} were neither 200 nor 304"
    return Load(int(said[0]), float(said[1]), int(said[2]) / 1000, int(said[3]) / 1000)

"""How much a promise test does: PETIT_FAULTS is gate (the default), quick or soak."""

from __future__ import annotations

import os
from typing import Literal

Scale = Literal["gate", "quick", "soak"]
LEAST = 5


def scale() -> Scale:
    """Return the scale that was asked for."""
    asked = os.environ.get("PETIT_FAULTS", "gate")
    if asked not in {"gate", "quick", "soak"}:
        raise ValueError(f"PETIT_FAULTS={asked!r}: expected gate, quick or soak")
    return asked  # type: ignore[return-value]  # checked in the line above


def scaled(*, quick: int, soak: int) -> int:
    """Return how often to do something: the gate does a tenth of quick, at least five."""
    return {"gate": max(quick // 10, LEAST), "quick": quick, "soak": soak}[scale()]

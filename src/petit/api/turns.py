"""Taking turns: work that never has to wait by itself lets others at the loop in between."""

from __future__ import annotations

from collections.abc import Generator


class Others:
    """Awaited, it lets everybody else have a turn."""

    def __await__(self) -> Generator[None, None, None]:
        yield

"""What Ctrl+C does while something is being waited for."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from petit.bootstrap.signals import ECHO_MS
from petit.core.clock import Millis
from petit.seams import SystemClock


class CtrlC:
    """Within it, the first Ctrl+C or SIGTERM calls `first`, the second one gives up whatever is awaited.

    After it they do nothing more: what follows are the last steps of a program that ends.

    Attributes:
        was_pressed: Whether it came at all.
    """

    def __init__(self, first: Callable[[], Coroutine[Any, Any, None]], words: str) -> None:
        self.was_pressed = False
        self._first = first
        self._words = words
        self._clock = SystemClock()
        self._last: Millis | None = None
        self._waiting = asyncio.current_task()
        self._answering: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._handle(self._press)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._handle(lambda: None)
        return self.was_pressed and kind is asyncio.CancelledError

    @staticmethod
    def _handle(action: Callable[[], None]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, action)

    def _press(self) -> None:
        now, last = self._clock.monotonic(), self._last
        self._last = now
        if last is not None and now - last < ECHO_MS:
            return
        if self.was_pressed:
            if self._waiting is not None:
                self._waiting.cancel()
            return
        self.was_pressed = True
        print(self._words, file=sys.stderr, flush=True)
        self._answering = asyncio.ensure_future(self._first())

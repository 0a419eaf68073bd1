"""Who hears of facts: a plain, synchronous bus within the process."""

from __future__ import annotations

import logging
from collections.abc import Callable

from petit.events.facts import Fact

_log = logging.getLogger(__name__)

Listener = Callable[[Fact], None]


class Bus:
    """Passes each fact to each listener, in order. A listener that raises is reported and harms no other."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each fact from now on; the answer ends that. It must be quick."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def publish(self, facts: list[Fact]) -> None:
        """Announce facts that are durable."""
        for listener in tuple(self._listeners):
            for fact in facts:
                try:
                    listener(fact)
                except Exception:  # noqa: BLE001 - what a listener raises is not known, and is nobody else's concern
                    _log.exception("a listener failed on %s", type(fact).__name__)

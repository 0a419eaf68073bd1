"""The shapes of events: facts with the rows that they changed, as `petit.api.event_forms` writes them."""

from __future__ import annotations

import inspect
from typing import Any, get_type_hints

import msgspec

from petit.api.event_forms import ROWS
from petit.api.event_stream import Reset
from petit.api.views import Run, TaskRun
from petit.events.facts import Fact, RunFact, TaskFact, kinds, name_of


def events() -> tuple[tuple[str, Any], ...]:
    """Return the names of all events and the shapes of their data."""
    return (*((name_of(kind), shape_of(kind)) for kind in kinds()), ("reset", Reset))


def shape_of(kind: type[Fact]) -> type[msgspec.Struct]:
    """Return what a kind of facts looks like outside."""
    hints = get_type_hints(kind)
    members: list[tuple[str, Any]] = [
        (name, hints[name]) for name in kind.__struct_fields__ if name not in ROWS
    ]
    if issubclass(kind, TaskFact):
        members.append(("task", TaskRun))
    elif issubclass(kind, RunFact):
        members.append(("run", Run))
    made = msgspec.defstruct(
        kind.__name__, members, module=__name__, tag_field="type", tag=name_of(kind), kw_only=True
    )
    made.__doc__ = inspect.cleandoc(kind.__doc__ or "").split("\n\nAttributes:")[0].replace("None", "null")
    return made

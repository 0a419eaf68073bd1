"""Petit: the scheduler you put on one small machine and trust.

What is named here is the public API, and only that keeps its shape. Each name is imported when it is first
used: `petit --version` and the keeper process need none of them.
"""

TYPE_CHECKING = False  # `typing` costs the keeper memory; type checkers know this name
if TYPE_CHECKING:
    from petit.config.diagnostics import Diagnostic
    from petit.config.loader import Loaded, load_directory
    from petit.core.duration import format_duration, parse_duration
    from petit.core.errors import PetitError
    from petit.core.job import Definition, Job, JobDependency, Retry, Task
    from petit.core.schedule import Schedule, parse_schedule

    __version__: str

__all__ = [
    "Definition",
    "Diagnostic",
    "Job",
    "JobDependency",
    "Loaded",
    "PetitError",
    "Retry",
    "Schedule",
    "Task",
    "__version__",
    "format_duration",
    "load_directory",
    "parse_duration",
    "parse_schedule",
]

_OWNERS = {
    "petit.config.diagnostics": ("Diagnostic",),
    "petit.config.loader": ("Loaded", "load_directory"),
    "petit.core.duration": ("format_duration", "parse_duration"),
    "petit.core.errors": ("PetitError",),
    "petit.core.job": ("Definition", "Job", "JobDependency", "Retry", "Task"),
    "petit.core.schedule": ("Schedule", "parse_schedule"),
}


def __getattr__(name: str) -> object:
    """Import a public name from the module that owns it."""
    from importlib import import_module  # noqa: PLC0415 - the keeper imports this package and nothing public

    if name == "__version__":
        return import_module("petit.version").VERSION
    for module, names in _OWNERS.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'petit' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return __all__

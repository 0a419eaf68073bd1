"""What every handler may use: the scheduler's handle, the settings, the caller, the tag of this moment."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.api.counts import Counts
from petit.api.door import Door
from petit.api.held import Held
from petit.api.settings import ApiSettings
from petit.core.clock import Entropy
from petit.scheduler.handle import SchedulerHandle
from petit.version import VERSION

CONTEXT = "petit.context"
PEER = "petit.peer"
TAG = "petit.tag"
ABORT = "petit.abort"
NARROW = "petit.narrow"
CALLER = "petit.caller"
WELCOME = "petit.welcome"
UNCHANGED = "petit.unchanged"


class Context:
    """Lives as long as the application."""

    def __init__(self, handle: SchedulerHandle, settings: ApiSettings, entropy: Entropy, door: Door) -> None:
        self.handle = handle
        self.door = door
        self.settings = settings
        self.entropy = entropy
        self.held = Held(settings.max_streams)
        self.counts = Counts()
        self.jobs: tuple[str, Response] | None = None
        self._begun = f"{handle.now():x}"

    def tag(self, sight: str) -> str:
        """Return the ETag of whatever is read from now on (decision 27).

        Database, version, change number and the caller's scope tell apart what is stored. What the engine
        holds in memory (the next due times) changes with its generation, which counts from its start.
        """
        uuid, change = self.handle.database
        return f'"{uuid}.{VERSION}.{self._begun}.{self.handle.generation}.{change}.{sight}"'


def context_of(request: Request) -> Context:
    """Return the application's context."""
    context: Context = request.scope[CONTEXT]
    return context


def handle_of(request: Request) -> SchedulerHandle:
    """Return the scheduler's handle."""
    return context_of(request).handle


def caller_of(request: Request) -> str:
    """Name the caller, as it is stored with what they ask for."""
    return str(request.scope[CALLER])

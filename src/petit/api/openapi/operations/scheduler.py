"""The scheduler as a whole."""

from __future__ import annotations

from petit.api.handlers.scheduler import PauseBody, ResumeBody
from petit.api.openapi.operation import Answer, Operation
from petit.api.openapi.shapes import Message, ReloadResult, SchedulerState
from petit.core.errors import ReloadRefused, SchedulerNotRunning

OPERATIONS = {
    "GET /api/scheduler/state": Operation(
        "Show the state of the scheduler", "scheduler", (Answer(SchedulerState, "How it is now."),)
    ),
    "POST /api/scheduler/pause": Operation(
        "Pause the scheduler",
        "scheduler",
        (Answer(Message, "It is paused, or was so already."),),
        body=PauseBody,
        errors=(SchedulerNotRunning,),
    ),
    "POST /api/scheduler/resume": Operation(
        "Resume the scheduler",
        "scheduler",
        (Answer(Message, "It goes on, or was not paused."),),
        body=ResumeBody,
        errors=(SchedulerNotRunning,),
    ),
    "POST /api/reload": Operation(
        "Read the job files again",
        "scheduler",
        (Answer(ReloadResult, "What that changed."),),
        body=ResumeBody,
        errors=(SchedulerNotRunning, ReloadRefused),
    ),
}

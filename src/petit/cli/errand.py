"""One run asked for over the API: started, followed, cancelled at Ctrl+C, told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from petit.cli.client import Answer, ControlClient
from petit.cli.ctrl_c import CtrlC
from petit.cli.failures import EXIT_INTERRUPTED, EXIT_JOBS, EXIT_USAGE, complain
from petit.cli.follow import follow, print_ending, print_failures
from petit.cli.paint import Paint
from petit.cli.views import open_view


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What to start.

    Attributes:
        path: The route that starts it.
        asked: What is sent there.
        wait: Whether to follow the run to its end.
    """

    path: str
    asked: dict[str, Any]
    wait: bool


def trigger_errand(job_id: str, *, tasks: Sequence[str] = (), wait: bool = True, **said: Any) -> Errand:
    """Return the errand of running a job, or these tasks of it."""
    asked = _given(tasks=list(tasks) or None, **said)
    return Errand(path=f"/api/jobs/{quote(job_id, safe='')}/trigger", asked=asked, wait=wait)


def rerun_errand(run_id: str, *, start: str | None, wait: bool = True, **said: Any) -> Errand:
    """Return the errand of running a run once more."""
    asked = _given(**{"from": start}, **said)
    return Errand(path=f"/api/runs/{quote(run_id, safe='')}/rerun", asked=asked, wait=wait)


def _given(**said: Any) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}


async def run_errand(client: ControlClient, errand: Errand) -> int:
    """Start a run and follow it; return the exit code.

    Raises:
        NoAnswer: Nobody answers, or the scheduler went away meanwhile.
    """
    answer = await client.post(errand.path, errand.asked)
    if answer.status not in {200, 201}:
        return _refused(answer)
    started = answer.json()
    run_id: str = started["run_id"]
    paint = Paint.for_stream()
    print(f"{paint(started['job_id'], 'bold')}  {paint(f'run {run_id}', 'dim')}", flush=True)
    if not errand.wait:
        return 0

    async def cancel() -> None:
        await client.post(f"/api/runs/{run_id}/cancel", {"reason": "Ctrl+C"})

    with CtrlC(cancel, "cancelling the run; Ctrl+C again stops waiting for it") as ctrl_c:
        run, tasks = await follow(client, run_id, open_view())
        await print_failures(client, run, tasks)
        print_ending(run)
        if not ctrl_c.was_pressed or run["status"] == "completed":
            return 0 if run["status"] == "completed" else EXIT_JOBS
    return EXIT_INTERRUPTED


def _refused(answer: Answer) -> int:
    body = answer.json()
    complain(str(body.get("detail") or body.get("error") or f"the scheduler answered {answer.status}"))
    return EXIT_USAGE if answer.status == 404 else EXIT_JOBS

"""One run asked for over the API: triggered, followed, cancelled at Ctrl+C, told."""

from __future__ import annotations

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
    """What to trigger; `wait` says whether to follow the run to its end."""

    job_id: str
    queue: bool = False
    reason: str | None = None
    wait: bool = True


async def run_errand(client: ControlClient, errand: Errand) -> int:
    """Trigger a run and follow it; return the exit code.

    Raises:
        NoAnswer: Nobody answers, or the scheduler went away meanwhile.
    """
    asked: dict[str, Any] = {"queue": True} if errand.queue else {}
    if errand.reason is not None:
        asked["reason"] = errand.reason
    answer = await client.post(f"/api/jobs/{quote(errand.job_id, safe='')}/trigger", asked)
    if answer.status != 200:
        return _refused(answer)
    run_id: str = answer.json()["run_id"]
    paint = Paint.for_stream()
    print(f"{paint(errand.job_id, 'bold')}  {paint(f'run {run_id}', 'dim')}", flush=True)
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

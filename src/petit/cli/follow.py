"""Following one run over the API until it is over, and telling how it went."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from petit.cli.client import Answer, ControlClient, NoAnswer
from petit.cli.paint import Paint, printable
from petit.cli.views import Json, View, elapsed_ms
from petit.core.duration import format_duration
from petit.core.states import COUNTS_AS_FAILED, RUN_OVER
from petit.seams import SystemClock

_POLL_MS = 100
_SHOWN_LINES = 30


async def follow(client: ControlClient, run_id: str, view: View) -> tuple[Json, list[Json]]:
    """Show a run until it is over; return it and its tasks.

    Raises:
        NoAnswer: The scheduler went away.
    """
    clock = SystemClock()
    try:
        while True:
            # The run first: where it is over, the tasks that are read after it are all there is.
            run = _expect(await client.get(f"/api/runs/{run_id}"))
            tasks: list[Json] = _expect(await client.get(f"/api/runs/{run_id}/tasks"))["tasks"]
            view.show(tasks, clock.now())
            if run["status"] in RUN_OVER:
                return run, tasks
            await clock.sleep(_POLL_MS)
    finally:
        view.close()


async def print_failures(client: ControlClient, run: Json, tasks: Sequence[Json]) -> None:
    """Print the end of the output of each task that failed: of standard error, or else of standard output."""
    paint = Paint.for_stream()
    for task in tasks:
        if task["status"] not in COUNTS_AS_FAILED:
            continue
        for stream in ("stderr", "stdout"):
            lines = await _tail(client, run, task, stream)
            if lines:
                title = f"{task['task_id']} {stream}"
                print(f"\n{paint(f'--- {title} (last lines) ---', 'bold')}")
                print("\n".join(printable(line, keep="\t") for line in lines))
                break


async def _tail(client: ControlClient, run: Json, task: Json, stream: str) -> list[str]:
    path = f"/api/runs/{run['id']}/tasks/{quote(task['task_id'])}/logs?stream={stream}&tail={_SHOWN_LINES}"
    answer = await client.get(path)
    return answer.body.decode("utf-8", "replace").splitlines() if answer.status == 200 else []


def print_ending(run: Json) -> None:
    """Print how a run ended and how long it took."""
    paint = Paint.for_stream()
    took = elapsed_ms(run, run.get("ended_at") or 0)
    words = f"\n{paint(run['job_id'], 'bold')} {paint.status(run['status'])}"
    if took is not None:
        words += f" in {format_duration(took)}"
    said = run.get("error") or run.get("reason")
    if said and run["status"] != "completed":
        words += f": {printable(str(said))}"
    number = paint(f"run {run['id']}", "dim")
    print(f"{words}  {number}", flush=True)


def _expect(answer: Answer) -> Json:
    body: Json = answer.json()
    if answer.status != 200:
        raise NoAnswer(f"the scheduler answered {answer.status}: {body.get('detail', '')}")
    return body

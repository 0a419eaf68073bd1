"""The real API over real sockets, on a scheduler in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.certificates import Files, trusting, write_certificate
from tests.support.documented import check
from tests.support.http import Answer, Connection, request
from tests.support.world import World

from petit.api.app import create_app
from petit.api.server import ApiServer
from petit.api.settings import ApiSettings
from petit.api.sockets import bind, bind_unix
from petit.api.tls import Certificate
from petit.scheduler.handle import SchedulerHandle

ONE_TASK = "tasks:\n  - {id: main, command: work}\n"
JOBS = {
    "hello": f"name: Hello\ndescription: Says it.\ntags: [demo]\n{ONE_TASK}",
    "ticking": f'schedule: "*/5 * * * *"\n{ONE_TASK}',
    "single": f"max_concurrency: 1\n{ONE_TASK}",
    "after": f"depends_on: [hello]\n{ONE_TASK}",
    "off": f'enabled: false\nschedule: "@hourly"\n{ONE_TASK}',
    "chain": (
        "config: {size: 3}\ntasks:\n"
        "  - {id: last, command: work, depends_on: [middle]}\n"
        "  - {id: first, command: work}\n"
        "  - {id: middle, command: work, depends_on: [first]}\n"
    ),
}
"""Enough of each kind for most tests."""


class Site:
    """A world and its API."""

    def __init__(self, path: Path, settings: ApiSettings, **world: Any) -> None:
        self.world = World(path, **world)
        self.settings = settings
        self.files: Files | None = None
        self.certificate: Certificate | None = None
        self.control = path / "api.sock"
        self.port = 0
        self._connections: list[Connection] = []
        self.server: ApiServer
        self.handle: SchedulerHandle

    async def open(self, **jobs: str) -> None:
        """Start the scheduler with these jobs, and serve."""
        self.world.write(**jobs)
        await self.world.start()
        self.handle = SchedulerHandle(self.world.engine, self.world.storage, self.world.bus, self.world.clock)
        sockets = bind(self.settings.host, 0, is_guarded=True)
        self.port = sockets[0].getsockname()[1]
        control = (bind_unix(self.control), self.control)
        app = create_app(self.handle, self.settings)
        self.server = ApiServer(app, sockets, control=control, certificate=self.certificate)
        await self.server.start()

    async def until(self, condition: Callable[[], object]) -> None:
        """Let everything go on, in real time, until a condition holds."""
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.001)

    async def connect(self) -> Connection:
        """Open a connection."""
        tls = None if self.certificate is None else trusting()
        return self._kept(Connection(*await asyncio.open_connection("127.0.0.1", self.port, ssl=tls)))

    def _kept(self, connection: Connection) -> Connection:
        self._connections.append(connection)
        return connection

    async def connect_unix(self) -> Connection:
        """Open a connection to the control socket."""
        return self._kept(Connection(*await asyncio.open_unix_connection(str(self.control))))

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Ask one thing over a new connection. `body` is sent as JSON, `raw` as it is.

        The answer must be one that the API document tells of.
        """
        sent = {"Host": f"localhost:{self.port}"}
        data = raw or b""
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        is_endless = path.partition("?")[0].endswith("/events")
        connection = await self.connect()
        try:
            await connection.send(request(method, path, {**sent, **(headers or {})}, data))
            answer = await connection.answer(has_body=method != "HEAD", is_endless=is_endless)
            check(method, path, answer)
            return answer
        finally:
            await connection.close()

    async def get(self, path: str, **headers: str) -> Answer:
        """Get something."""
        return await self.ask("GET", path, headers=headers)

    async def post(self, path: str, body: object = None, **headers: str) -> Answer:
        """Post something."""
        return await self.ask("POST", path, body, headers=headers)

    async def trigger(self, job_id: str) -> str:
        """Trigger a job; return the run's id."""
        answer = await self.post(f"/api/jobs/{job_id}/trigger")
        assert answer.status == 200, answer
        run_id: str = answer.json()["run_id"]
        return run_id

    def write_log(self, run_id: str, task_id: str, stream: str, data: bytes, *, attempt: int = 1) -> Path:
        """Write what a task would have written."""
        directory = Path(self.world.engine.log_dir(run_id, task_id, attempt))
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / stream
        with path.open("ab") as file:
            file.write(data)
        return path

    async def close(self) -> None:
        """Close the API and stop the scheduler."""
        for connection in self._connections:
            await connection.close()
        await self.server.close(grace_s=1)
        await self.world.stop()


@asynccontextmanager
async def site(path: Path, settings: ApiSettings | None = None, *, world: dict[str, Any] | None = None,
               jobs: dict[str, str] | None = None, is_tls: bool = False) -> AsyncIterator[Site]:  # fmt: skip
    """Serve while the block lasts."""
    made = Site(path, settings or ApiSettings(), **(world or {}))
    if is_tls:
        made.files = write_certificate(path)
        made.certificate = Certificate(*made.files)
    await made.open(**(JOBS if jobs is None else jobs))
    try:
        yield made
    finally:
        await made.close()

"""An engine in a process of its own, to be killed: submits the shell scripts of a JSON file and stays."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.support.attempts import Engine, sh

from petit.execution.local import LocalExecutor


async def main(base: Path) -> None:
    scripts: dict[str, dict[str, object]] = json.loads((base / "scripts.json").read_text())
    engine = await Engine(LocalExecutor(base / "state"), acknowledges=False).start()
    tasks = [sh(base, name, **options) for name, options in scripts.items()]  # type: ignore[arg-type]  # from JSON
    engine.executor.submit(tasks)
    await engine.until(lambda: {task.id for task in tasks} <= {report.attempt for report in engine.reports})
    (base / "submitted").write_text("yes")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

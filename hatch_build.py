"""Builds the dashboard into the wheel, where Node is. Without it the install works, and `/` says how."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = (20, 19)


class DashboardHook(BuildHookInterface[Any]):
    """Runs npm before the wheel is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - not our signature
        """Build, unless it is there, nobody could, or the install is editable (`make ui` builds then)."""
        ui, built = Path(self.root, "ui"), Path(self.root, "src", "petit", "api", "ui")
        if version == "editable" or (built / "index.html").exists() or not (ui / "package.json").exists():
            return
        if not _has_node():
            self._say("the dashboard is left out: building it takes Node 20.19 or newer")
            return
        for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
            done = subprocess.run(command, cwd=ui, check=False, capture_output=True, text=True)
            if done.returncode:
                shutil.rmtree(built, ignore_errors=True)
                self._say(f"the dashboard is left out: {' '.join(command)} failed\n{done.stderr[-2000:]}")
                return

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr)  # noqa: T201 - what a build prints is what there is to read


def _has_node() -> bool:
    if shutil.which("npm") is None:
        return False
    told = subprocess.run(["node", "--version"], check=False, capture_output=True, text=True).stdout
    parts = told.strip().lstrip("v").split(".")
    return len(parts) == 3 and tuple(int(part) for part in parts[:2] if part.isdigit()) >= OLDEST_NODE

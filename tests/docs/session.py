"""A reader with a terminal: types what a page says, in a directory of their own, and compares what comes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import ROOT, Block
from tests.support.orphans import kill_all
from tests.support.program import Program, environment

_SCHEDULER = re.compile(r"^petit\b.*\brun\b")
_UNLIKE = (
    # What differs from one time to the next is compared as what it is.
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\b1[0-9]{12}\b"), "MILLISECONDS"),
    (re.compile(r"\b[0-9]+(?:\.[0-9]+)? (?:ms|s)\b"), "DURATION"),
    (re.compile(r"127\.0\.0\.1:[0-9]+|localhost:[0-9]+"), "ADDRESS"),
    (re.compile(r"\bpid [0-9]+"), "PID"),
    (re.compile(r"[ \t]+"), " "),
)


class Session:
    """A directory with the examples in it, and at most one scheduler at a time."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._scheduler: Program | None = None
        shutil.copytree(ROOT / "examples", home / "examples", dirs_exist_ok=True)
        programs = home / "bin"
        programs.mkdir()
        for name in ("petit", "pt"):
            (programs / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m petit "$@"\n')
            (programs / name).chmod(0o755)
        self.env = environment(
            HOME=str(home),
            PATH=f"{programs}:{os.environ['PATH']}",
            PETIT_API_PORT="0",
            COLUMNS="120",
        )

    def follow(self, block: Block) -> None:
        """Do what a block says."""
        if block.file is not None:
            file = self.home / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self._here(block.text))
        elif block.info == "scheduler":
            self._start(block.text)
        elif block.info == "console":
            for command, expected in _commands(block.text):
                said = self._type(command)
                assert _alike(expected, said), f"{block.where}: $ {command}\nprinted:\n{said}"

    def end(self) -> None:
        """Leave nothing behind."""
        if self._scheduler is not None:
            self._scheduler.end()
        kill_all(self.home)

    def _type(self, command: str) -> str:
        if _SCHEDULER.match(command):
            return self._start(command)
        # Each command has a shell of its own; lower-case variables are handed on.
        keep = "(set -o posix; set) | grep '^[a-z_]*=' > .variables"
        done = subprocess.run(
            ["bash", "-c", f". ./.variables 2>/dev/null; {self._here(command)}\n{keep}"],
            cwd=self.home,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout

    def _start(self, command: str) -> str:
        if self._scheduler is not None:
            self._scheduler.end()
        words = shlex.split(self._here(command))[1:]
        more = {name: self.env[name] for name in ("PATH", "PETIT_API_PORT")}
        self._scheduler = Program(*words, cwd=self.home, env=more)
        self._scheduler.ready()
        return "".join(self._scheduler.out)

    def _here(self, command: str) -> str:
        """Let a command speak to the port that the scheduler has here."""
        command = re.sub(r"--api-port \d+", "--api-port 0", command)
        if self._scheduler is None:
            return command
        return re.sub(r"localhost:\d+", f"localhost:{self._scheduler.port}", command)


def _commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block with what it is said to print."""
    command, expected = "", ""
    for line in text.splitlines():
        if command.endswith("\\"):
            command = command[:-1] + line.strip()
        elif line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line[2:], ""
        else:
            expected += line + "\n"
    if command:
        yield command, expected


def _alike(expected: str, said: str) -> bool:
    parts = [re.escape(_plain(part)) for part in expected.strip().split("...")]
    return re.fullmatch(r"[\s\S]*?".join(parts), _plain(said.strip())) is not None


_RUNNING = re.compile(r"\s+\S+\s+running\s*")


def _plain(text: str) -> str:
    for pattern, word in _UNLIKE:
        text = pattern.sub(word, text)
    # A task that is over before its start could be told is never shown as running.
    return "\n".join(line.rstrip() for line in text.splitlines() if not _RUNNING.fullmatch(line))

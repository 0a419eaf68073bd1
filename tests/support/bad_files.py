"""Job files that are none, and good ones gone wrong by chance."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

TASKS = b"tasks: [{id: b, command: c}]\n"
_LEVELS = b"".join(
    b"%c: &%c [%s]\n" % (98 + level, 98 + level, b",".join([b"*%c" % (97 + level)] * 8)) for level in range(9)
)

CONTENTS: dict[str, bytes] = {
    "not utf-8": b"id: a\nname: \xff\xfe\n",
    "utf-16": b"id: a\n".decode().encode("utf-16") + TASKS.decode().encode("utf-16-le"),
    "empty": b"",
    "NUL": b"id: a\x00\n",
    "unclosed": b"id: a\ntasks: [{id: b, command: c\n",
    "tabs": b"id: a\ntasks:\n\t- id: b\n",
    "unknown key": b"id: a\ntimout: 3\n" + TASKS,
    "duplicate key": b"id: a\nid: b\n" + TASKS,
    "duplicate task": b"id: a\ntasks: [{id: b, command: c}, {id: b, command: c}]\n",
    "cycle": b"id: a\ntasks: [{id: x, run: c, depends_on: [y]}, {id: y, run: c, depends_on: [x]}]\n",
    "unknown task": b"id: a\ntasks: [{id: x, run: c, depends_on: [y]}]\n",
    "unknown job": b"id: a\ndepends_on: [no-such-job]\n" + TASKS,
    "itself": b"id: a\ndepends_on: [a]\n" + TASKS,
    "zero limit": b"id: a\nmax_concurrency: 0\n" + TASKS,
    "bad cron": b"id: a\nschedule: '61 * * * *'\n" + TASKS,
    "bad zone": b"id: a\nschedule: {cron: '* * * * *', timezone: Mars/Olympus}\n" + TASKS,
    "bad duration": b"id: a\ntimeout: 1h30\n" + TASKS,
    "never due": b"id: a\nschedule: '0 0 30 2 *'\n" + TASKS,
    "bomb": b"a: &a [x,x,x,x,x,x,x,x]\n" + _LEVELS,
    "deep": b"[" * 5_000,
    "a tag": b"id: !!python/object/apply:os.system [ls]\n",
    "large": b"# " + b"x" * (1 << 20),
    "a list": b"- id: a\n",
    "a path for an id": b"id: ../../a\n" + TASKS,
}
"""By what is wrong with them."""


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


THINGS: dict[str, Callable[[Path], None]] = {
    "a directory": Path.mkdir,
    "a FIFO": os.mkfifo,
    "a link to nothing": _link("no-such-file"),
    "a link to a device without end": _link("/dev/zero"),
    "a link to a directory": _link("."),
}
"""What is named like a job file and is none: each makes it."""

_GOOD = b"""\
id: %s
name: Good until now
description: |
  What will become of it?
tags: [a, "b"]
schedule: {cron: "0 3 * * mon", timezone: Europe/Berlin}
max_concurrency: 2
timeout: 1h30m
environment: {STAGE: prod, N: 1}
tasks:
  - id: extract
    command: 'true'
    args: ["--day", "1"]
    retry: {max_attempts: 3, delay: 10s}
  - id: load
    run: |
      exit 0
    depends_on: [extract]
    condition: all_done
"""
_INSERTED = (b":", b"\n", b"- ", b"{", b"\xc3", b"'", b"${{ x }}", b"&a *a", b"\t", b"#", b"!!x ", b"0")


def mutated(job_id: str, chance: random.Random) -> bytes:
    """Return a good file with some bytes changed; it may still be good by accident."""
    text = bytearray(_GOOD % job_id.encode())
    for _ in range(chance.randint(1, 2)):
        place = chance.randrange(len(text))
        match chance.choice(["flip", "cut", "double", "insert"]):
            case "flip":
                text[place] ^= 1 << chance.randrange(8)
            case "cut":
                del text[place : place + chance.randint(1, 20)]
            case "double":
                text[place:place] = text[place : place + chance.randint(1, 40)]
            case _:
                text[place:place] = chance.choice(_INSERTED)
    return bytes(text)


def clear(path: Path) -> None:
    """Remove whatever is there."""
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)

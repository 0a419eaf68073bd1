"""A task that bears witness: one line, synced to the disk, when it starts, and one when it ends.

Run as `python -I -S -E witness_task.py FILE word=value...`; see `tests.support.witness`. It imports next to
nothing: it is started thousands of times.
"""

from __future__ import annotations

import os
import signal
import sys
import time


def _note(file: str, kind: str) -> None:
    with open("/proc/self/stat") as stat:
        ticks = stat.read().rpartition(")")[2].split()[19]
    names = ("PETIT_RUN_ID", "PETIT_TASK_ID", "PETIT_ATTEMPT", "PETIT_SCHEDULED_FOR")
    facts = [os.environ.get(name, "-") for name in names]
    fd = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, (" ".join([kind, *facts, str(os.getpid()), ticks]) + "\n").encode())
    os.fdatasync(fd)
    os.close(fd)


def _sleep_in_child(*, deaf: bool) -> None:
    """Leave a process behind that sleeps long, in the same tree."""
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN if deaf else signal.SIG_DFL)
        time.sleep(1000)
        os._exit(0)


def main(file: str, words: list[str]) -> None:
    options = dict(word.split("=", 1) for word in words)
    deaf = "deaf" in options

    def terminate(number: int, _frame: object) -> None:
        _note(file, "end")
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    # Before the first line, as is what it says: whoever has read that line may send TERM.
    signal.signal(signal.SIGTERM, signal.SIG_IGN if deaf else terminate)
    if "say" in options:
        os.write(1, (options["say"] + "\n").encode())
    _note(file, "start")
    for _ in range(int(options.get("children", "0"))):
        _sleep_in_child(deaf=deaf)
    time.sleep(float(options.get("sleep", "0")))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # one line of each kind, whatever comes now
    _note(file, "end")
    codes = [int(code) for code in options.get("exit", "0").split(",")]
    os._exit(codes[min(int(os.environ["PETIT_ATTEMPT"]), len(codes)) - 1])


main(sys.argv[1], sys.argv[2:])

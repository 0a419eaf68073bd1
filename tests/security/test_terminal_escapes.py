"""What tasks print cannot steer the terminal of whoever looks: every control character is written out."""

from __future__ import annotations

import os
import re
import subprocess
from itertools import islice, product
from pathlib import Path

from tests.support.program import PETIT, environment
from tests.support.scale import scaled

_OUTPUT = re.compile("begin.*?end\r\n", re.DOTALL)
_OPENINGS = [
    b"\x1b[",
    b"\x1b]",
    b"\x1bP",
    b"\x1b_",
    b"\x1b^",
    b"\x1bX",
    b"\x1b(",
    b"\x1bc",
    b"\x1b7",
    b"\x1b",
    b"\xc2\x9b",
    b"\xc2\x9d",
    b"\xc2\x90",
    b"\x9b",
    b"\x07",
    b"\x08",
    b"\x0e",
    b"\x7f",
    b"\r",
    b"\xe2\x80\xae",
    b"\xe2\x81\xa6",
]
_REST = [
    b"2J",
    b"0;owned\x07",
    b"8;;javascript:alert(1)\x1b\\click\x1b]8;;\x1b\\",
    b"52;c;cm0gLXJmIC8K\x07",
    b"?1049h",
    b"6n",
    b"31m",
    b"20t",
    b"+q544e\x1b\\",
    b"1337;File=:AA==\x07",
]
PAYLOADS = [opening + rest for rest, opening in product(_REST, _OPENINGS)]


def on_a_terminal(*words: str, cwd: Path) -> str:
    """Run a command on a terminal of its own; return all that it was sent."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [*PETIT, *words], cwd=cwd, env=environment(HOME=str(cwd), TERM="xterm-256color"),
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    data = b""
    try:
        while part := os.read(ours, 65536):
            data += part
    except OSError:  # this is how a terminal says that nobody has it any more
        pass
    os.close(ours)
    process.wait(20)
    return data.decode(errors="surrogateescape")


def test_no_output_steers_the_terminal(tmp_path: Path) -> None:
    count = scaled(quick=200, soak=len(PAYLOADS))
    payloads = list(islice(PAYLOADS, 0, None, max(1, len(PAYLOADS) // count)))[:count]
    tasks = []
    for number, payload in enumerate(payloads):
        (tmp_path / f"payload{number}").write_bytes(b"begin" + payload + b"end\n")
        tasks.append(f"  - {{id: t{number}, run: cat payload{number} >&2; exit 1}}\n")
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "evil.yaml").write_text("id: evil\nmax_tasks: 8\ntasks:\n" + "".join(tasks))
    said = on_a_terminal("trigger", "jobs", "evil", cwd=tmp_path)
    shown = [found.removesuffix("\r\n") for found in _OUTPUT.findall(said)]
    steering = [text for text in shown if not text.replace("\r\n", "").isprintable()]  # a return ends a line
    print(f"{len(shown)} outputs, {len(steering)} could steer the terminal")
    assert len(shown) == count
    assert steering == []

"""How the commands of `petit db` tell what they did, and how far they are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from petit.storage.upkeep import Progress


def form_option() -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Declare the option --format."""
    return click.option(
        "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Default: text."
    )


@contextmanager
def progress(words: str) -> Iterator[Progress]:
    """Show how far something is, where somebody looks: a line that is written over, and gone at the end."""
    shown = -1

    def tell(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // max(total, 1)
        if percent != shown and sys.stderr.isatty():
            shown = percent
            print(f"\r{words} {percent} %", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if shown >= 0:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def tell(form: str, facts: Mapping[str, Any], text: str) -> None:
    """Print what was done, for a person or for a program."""
    if form == "json":
        import msgspec

        print(msgspec.json.format(msgspec.json.encode(facts), indent=2).decode())
    else:
        print(text)


def size_text(size: int) -> str:
    """Write a number of bytes for people."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} bytes"

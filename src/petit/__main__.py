"""The commands `petit` and `pt`, and `python -m petit`."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> int:
    """Run the command line; return the exit code."""
    try:
        # Imported here: a Ctrl+C while it loads ends the program without a traceback, as it does later on.
        from petit.cli.program import run  # noqa: PLC0415 - as said

        return run(sys.argv)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())

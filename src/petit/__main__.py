"""The commands `petit` and `pt`, and `python -m petit`."""

from __future__ import annotations

import sys

from petit.cli.program import run


def main() -> int:
    """Run the command line; return the exit code."""
    return run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())

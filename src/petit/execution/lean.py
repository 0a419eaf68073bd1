"""The few parts of the standard library that the keeper uses, taken from their C modules.

`signal`, `socket` and `json` import `enum`, `re`, `functools` and more: 1.5 MB of a process that is to be
small on a small machine. Their C modules hold all that is needed here and have kept their shape since Python
3.3; where an interpreter lacks one, the public module is used and the keeper is merely bigger.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` costs memory too; type checkers know this name
if TYPE_CHECKING:
    import signal
    import socket
    from collections.abc import Callable
    from typing import Any

    loads: Callable[[str], Any]
    dumps: Callable[[Any], str]
else:
    try:
        import _signal as signal
        import _socket as socket
    except ImportError:
        import signal
        import socket
    try:
        import _json

        class _Reading:
            strict = True
            object_hook = None
            object_pairs_hook = None
            parse_float = float
            parse_int = int
            parse_constant = float
            memo: dict = {}  # noqa: RUF012 - the C scanner looks for this very attribute

        _scan = _json.make_scanner(_Reading())

        def _refuse(value: object) -> None:
            raise TypeError(f"cannot be written as JSON: {type(value).__name__}")

        _write = _json.make_encoder(
            None, _refuse, _json.encode_basestring_ascii, None, ":", ",", False, False, False
        )

        def loads(text: str) -> object:
            """Read a JSON text without blanks around it; ValueError if it is none."""
            try:
                value, end = _scan(text, 0)
            except (StopIteration, SystemError):  # the latter where it looks for json.decoder's own error
                raise ValueError("not JSON") from None
            if end != len(text):
                raise ValueError("something follows the JSON value")
            return value

        def dumps(value: object) -> str:
            """Write a value as JSON without blanks."""
            return "".join(_write(value, 0))
    except (ImportError, AttributeError, TypeError):
        import json

        loads = json.loads

        def dumps(value: object) -> str:
            """Write a value as JSON without blanks."""
            return json.dumps(value, separators=(",", ":"))


__all__ = ["TYPE_CHECKING", "dumps", "loads", "signal", "socket"]

"""The cookie that stands for a token in a browser, which cannot send a header with an event stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from petit.api.errors import ForeignRequest

COOKIE = "petit_session"
_ATTRIBUTES = "HttpOnly; SameSite=Strict; Path=/"


def read_cookie(cookies: Sequence[bytes]) -> str | None:
    """Return what our cookie holds; None where there is none, or several: one of them is somebody else's.

    Args:
        cookies: Values of the Cookie headers.
    """
    pairs = (pair.strip().partition("=") for pair in b";".join(cookies).decode("latin-1").split(";"))
    values = [value for name, _, value in pairs if name == COOKIE]
    return values[0] if len(values) == 1 else None


def write_cookie(value: str, *, max_age_s: int, is_private: bool) -> str:
    """Return the Set-Cookie header that sets it, or with no `max_age_s` left has it forgotten.

    Args:
        value: What it holds.
        max_age_s: How long the browser keeps it.
        is_private: It may travel by TLS only.
    """
    return f"{COOKIE}={value}; Max-Age={max_age_s}; {_ATTRIBUTES}{'; Secure' if is_private else ''}"


def expect_page(headers: Mapping[bytes, bytes]) -> None:
    """Raise ForeignRequest where nothing says that it was a page of ours that sent the cookie.

    A browser sends it whatever asks, and says what asked; whose page that was has been looked at before.
    """
    if b"origin" not in headers and b"sec-fetch-site" not in headers:
        raise ForeignRequest("nothing says which page asks for this: programs send their token themselves")

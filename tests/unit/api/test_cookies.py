"""The cookie of a session."""

from __future__ import annotations

import pytest

from petit.api.cookies import read_cookie, write_cookie


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        pytest.param([], None, id="none"),
        pytest.param([b"petit_session=abc"], "abc", id="ours alone"),
        pytest.param([b"a=1; petit_session=abc; b=2"], "abc", id="among others"),
        pytest.param([b"a=1;petit_session=abc"], "abc", id="without blanks"),
        pytest.param([b"a=1", b"petit_session=abc"], "abc", id="in several headers"),
        pytest.param([b"petit_session=abc=="], "abc==", id="with the sign in it"),
        pytest.param([b"petit_session=abc; petit_session=def"], None, id="twice: one is somebody else's"),
        pytest.param([b"petit_session=abc", b"petit_session=abc"], None, id="twice, in two headers"),
        pytest.param([b"xpetit_session=abc; petit_session2=abc; PETIT_SESSION=x"], None, id="alike"),
        pytest.param([b"petit_session"], "", id="without a value"),
        pytest.param([b"\xff\xfe; ;;=; petit_session=\xff"], "\xff", id="anything at all"),
    ],
)
def test_what_is_read(sent: list[bytes], found: str | None) -> None:
    assert read_cookie(sent) == found


def test_what_is_written() -> None:
    assert write_cookie("abc", max_age_s=60, is_private=False) == (
        "petit_session=abc; Max-Age=60; HttpOnly; SameSite=Strict; Path=/"
    )
    assert write_cookie("", max_age_s=0, is_private=True).endswith("; Path=/; Secure")

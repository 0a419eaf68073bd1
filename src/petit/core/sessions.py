"""Sessions: a token that was shown once, and is then stood for by a cookie."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import msgspec

from petit.core.clock import Entropy, Millis
from petit.core.tokens import Token, hash_secret

LONGEST_MS: Millis = 30 * 24 * 3600 * 1000
"""A session ends after this, where its token does not end earlier."""

_ID_BITS = 256


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it is stored: enough to know its cookie again, nothing to make it from.

    Attributes:
        hash: SHA-256 of what the cookie holds, in hexadecimal.
        token_id: The token that it stands for, and is worth nothing without.
        uid: The user whose browser it is, where that was known: a cookie is sent to every port of its host,
            and there may be the web server of another user.
        expires_at: From then on it is worth nothing; not later than its token.
    """

    hash: str
    token_id: str
    uid: int | None
    created_at: Millis
    expires_at: Millis

    def is_for(self, uid: int | None, now: Millis) -> bool:
        """Say whether it is worth anything to this user now."""
        return uid == self.uid and now < self.expires_at


def begin_session(entropy: Entropy, token: Token, *, uid: int | None, now: Millis) -> tuple[Session, str]:
    """Make a session for a token, and what its cookie holds, which is known only here."""
    secret = urlsafe_b64encode(entropy.bits(_ID_BITS).to_bytes(_ID_BITS // 8, "big")).rstrip(b"=").decode()
    ends = [now + LONGEST_MS, *([] if token.expires_at is None else [token.expires_at])]
    session = Session(
        hash=hash_secret(secret), token_id=token.id, uid=uid, created_at=now, expires_at=min(ends)
    )
    return session, secret

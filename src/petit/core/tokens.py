"""Tokens: what a caller shows who is not the user that runs Petit, and what each of them may do."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Literal, get_args

import msgspec

from petit.core.clock import Entropy, Millis
from petit.core.errors import InvalidRequestError, NotFoundError, PetitError
from petit.core.ids import JobId, is_valid_id

Scope = Literal["read", "trigger", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""From the least to the most: each implies those before it."""

Verdict = Literal["allowed", "expired", "revoked", "scope", "job"]
"""Whether a token suffices, or what it fails on."""

PREFIX = "petit_"
"""What every secret begins with, so that people and scanners of leaked secrets know one when they see it."""

_SECRET_BITS = 256
_ID_BITS = 64
_SECRET = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}", re.ASCII)
_ABOUT_A_SECRET = re.compile(PREFIX + r"[A-Za-z0-9_-]{20,}", re.ASCII)
_PATTERN = re.compile(r"[A-Za-z0-9._*?\[\]!-]{1,200}", re.ASCII)
_MOST_PATTERNS = 100


class TokenExists(PetitError):
    """A token that is not revoked has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a token '{name}' already: revoke it, or take another name", name=name)


class TokenNotFound(NotFoundError):
    """No token that is not revoked has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no token '{name}'", name=name)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is stored: enough to know it again, nothing to make it from.

    Attributes:
        id: Identity, also after the name was given to another one.
        name: What people call it; of tokens that are not revoked, one has it.
        scopes: What it is for.
        jobs: Patterns of the jobs that it may start and stop (`etl*`); none means all.
        created_at: When it was made.
        hash: SHA-256 of the secret, in hexadecimal.
        expires_at: From then on it is worth nothing; None for never.
        revoked_at: When it was taken back.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: Millis
    hash: str
    jobs: tuple[str, ...] = ()
    expires_at: Millis | None = None
    revoked_at: Millis | None = None

    @property
    def scope(self) -> Scope:
        """The greatest of its scopes."""
        return max(self.scopes, key=SCOPES.index)

    def is_in_force(self, now: Millis) -> bool:
        """Say whether it is worth anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def new_secret(entropy: Entropy) -> str:
    """Make a secret of 256 bits that may stand in a header, a file or a URL as it is."""
    raw = entropy.bits(_SECRET_BITS).to_bytes(_SECRET_BITS // 8, "big")
    return PREFIX + urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def is_secret(text: str) -> bool:
    """Say whether `text` has the form of a secret."""
    return _SECRET.fullmatch(text) is not None


def without_secrets(text: str) -> str:
    """Return what may be written down of a text in which a secret might stand."""
    return _ABOUT_A_SECRET.sub(PREFIX + "...", text)


def hash_secret(secret: str) -> str:
    """Return what is stored of a secret. It is random: a slow hash would slow nobody but the server."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue(
    entropy: Entropy,
    *,
    name: str,
    scopes: Iterable[str],
    now: Millis,
    jobs: Sequence[str] = (),
    expires_at: Millis | None = None,
) -> tuple[Token, str]:
    """Make a token and its secret, which is known only here.

    Raises:
        InvalidRequestError: With a pointer to each member that is wrong.
    """
    asked = frozenset(scopes)
    problems = [
        *_name_problems(name),
        *_scope_problems(asked),
        *_job_problems(jobs, asked),
        *(
            [("/expires_at", f"is in the past: now is {now}")]
            if expires_at is not None and expires_at <= now
            else []
        ),
    ]
    if problems:
        raise InvalidRequestError(problems)
    secret = new_secret(entropy)
    token = Token(
        id=f"{entropy.bits(_ID_BITS):016x}",
        name=name,
        scopes=frozenset(scope for scope in SCOPES if scope in asked),
        jobs=tuple(jobs),
        created_at=now,
        expires_at=expires_at,
        hash=hash_secret(secret),
    )
    return token, secret


def _name_problems(name: str) -> list[tuple[str, str]]:
    if is_valid_id(name):
        return []
    return [("/name", "must have letters, digits, '_', '-' and '.' only, 1 to 128 of them")]


def _scope_problems(scopes: frozenset[str]) -> list[tuple[str, str]]:
    if scopes and scopes <= set(SCOPES):
        return []
    return [("/scopes", f"must name at least one of {', '.join(SCOPES)}, and nothing else")]


def _job_problems(jobs: Sequence[str], scopes: frozenset[str]) -> list[tuple[str, str]]:
    if len(jobs) > _MOST_PATTERNS:
        return [("/jobs", f"may have {_MOST_PATTERNS} patterns at most")]
    wrong = [place for place, pattern in enumerate(jobs) if _PATTERN.fullmatch(pattern) is None]
    if wrong:
        return [(f"/jobs/{place}", "is no pattern of job ids: 'etl', 'etl*', 'report_?'") for place in wrong]
    if jobs and ("admin" in scopes or "trigger" not in scopes):
        return [
            ("/jobs", "limits what is started and stopped: it goes with the scope trigger, and without admin")
        ]
    return []


def judge(token: Token, scope: Scope, job_id: JobId | None, now: Millis) -> Verdict:
    """Say whether a token suffices for something.

    Args:
        token: The token.
        scope: What is needed.
        job_id: The job that would be started or stopped; None where it is about no single job.
        now: The present time, in milliseconds since the epoch.

    Returns:
        "allowed", or the first of these that stands against it: "revoked", "expired", "scope", "job".
    """
    if token.revoked_at is not None:
        return "revoked"
    if not token.is_in_force(now):
        return "expired"
    if SCOPES.index(token.scope) < SCOPES.index(scope):
        return "scope"
    if scope == "read" or not token.jobs:
        return "allowed"
    is_named = job_id is not None and any(fnmatchcase(job_id, pattern) for pattern in token.jobs)
    return "allowed" if is_named else "job"

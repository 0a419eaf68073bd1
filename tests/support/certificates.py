"""Certificates for tests, from an authority that nobody else trusts."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path
from typing import NamedTuple

import trustme


class Files(NamedTuple):
    """Certificate and key as Petit is given them."""

    cert: Path
    key: Path


@cache
def _authority() -> trustme.CA:
    return trustme.CA()


def write_certificate(directory: Path, *names: str) -> Files:
    """Write a new certificate for these names; one that is there is replaced, as by certbot."""
    made = _authority().issue_cert(*(names or ("localhost", "127.0.0.1", "::1")))
    files = Files(directory / "cert.pem", directory / "key.pem")
    files.cert.write_bytes(b"".join(each.bytes() for each in made.cert_chain_pems))
    files.key.touch(0o600)
    files.key.write_bytes(made.private_key_pem.bytes())
    return files


def trusting() -> ssl.SSLContext:
    """Return what a client has that trusts our authority and no other."""
    context = ssl.create_default_context()
    _authority().configure_trust(context)
    return context

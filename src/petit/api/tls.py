"""TLS: the certificate that the API shows, checked before anything is served with it."""

from __future__ import annotations

import os
import ssl
import stat
from pathlib import Path
from typing import NoReturn

from petit.core.errors import PetitError

_READABLE_BY_OTHERS = stat.S_IROTH
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class BadCertificate(PetitError):
    """Certificate or key cannot be used; `str()` says which and why."""


class Certificate:
    """A certificate with its chain, and its key, in two files in PEM."""

    def __init__(self, cert: Path, key: Path) -> None:
        """Read them; raises BadCertificate."""
        self._cert = cert
        self._key = key
        self.context = self._read()

    def renew(self) -> None:
        """Read the files again, for connections to come. What is wrong leaves things as they are.

        Raises:
            BadCertificate: They cannot be used.
        """
        self.context = self._read()

    def _read(self) -> ssl.SSLContext:
        _expect_pem(self._cert, "certificate", b"-----BEGIN CERTIFICATE-----")
        _expect_private(self._key)
        _expect_pem(self._key, "key", b"PRIVATE KEY-----")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self._cert, self._key, password=self._refuse_password)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise BadCertificate(f"the key '{self._key}' is not that of '{self._cert}'") from error
            reason = (error.reason or str(error)).replace("_", " ").lower()
            raise BadCertificate(f"'{self._cert}' and '{self._key}' cannot be used: {reason}") from error
        return context

    def _refuse_password(self) -> NoReturn:
        raise BadCertificate(f"the key '{self._key}' has a password, and nobody is there to type it")


def _expect_pem(path: Path, what: str, mark: bytes) -> None:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadCertificate(f"cannot read the {what} '{path}': {error.strerror}") from error
    if mark not in data:
        raise BadCertificate(f"'{path}' holds no {what} in PEM: '{mark.decode()}' is not in it")


def _expect_private(path: Path) -> None:
    """Refuse a key that is not one any more. A group may read it: that is how Debian keeps keys."""
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)  # noqa: PTH116 - what read_bytes() says of it comes next
    except OSError:
        return
    if mode & _READABLE_BY_OTHERS:
        raise BadCertificate(f"every user of this machine can read the key '{path}': chmod o= '{path}'")
    if mode & _WRITABLE_BY_OTHERS:
        raise BadCertificate(f"others can write the key '{path}': chmod go-w '{path}'")

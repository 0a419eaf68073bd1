"""Certificates: what can be used, and what is said of the rest."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.certificates import Files, write_certificate

from petit.api.tls import BadCertificate, Certificate


def encrypt(files: Files) -> None:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )


def exchange(files: Files) -> None:
    (files.key.parent / "other").mkdir()
    files.key.write_bytes(write_certificate(files.key.parent / "other").key.read_bytes())


def exchange_for_directory(files: Files) -> None:
    files.cert.unlink()
    files.cert.mkdir()


def damage(files: Files) -> None:
    files.cert.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")


WRONG: dict[str, tuple[Callable[[Files], object], str]] = {
    "no certificate": (lambda files: files.cert.unlink(), r"^cannot read the certificate '.*cert\.pem': No"),
    "no key": (lambda files: files.key.unlink(), r"^cannot read the key '.*key\.pem': No such file"),
    "a directory": (exchange_for_directory, r"^cannot read the certificate '.*cert\.pem': Is a directory"),
    "no PEM": (lambda files: files.cert.write_bytes(b"\x30\x82"), r"holds no certificate in PEM"),
    "an empty key": (lambda files: files.key.write_bytes(b""), r"key\.pem' holds no key in PEM"),
    "both the wrong way round": (
        lambda files: files.cert.write_bytes(files.key.read_bytes()), r"cert\.pem' holds no certificate",
    ),
    "half a certificate": (damage, r"cert\.pem' and '.*' cannot be used: "),
    "the key of another one": (exchange, r"^the key '.*key\.pem' is not that of '.*cert\.pem'$"),
    "a key with a password": (encrypt, r"has a password, and nobody is there to type it$"),
    "a key for all to read": (lambda files: files.key.chmod(0o644), r"^every user .* can read .*: chmod o="),
    "a key for all to write": (lambda files: files.key.chmod(0o602), r"^others can write .*: chmod go-w '"),
    "a key for a group to write": (lambda files: files.key.chmod(0o660), r"^others can write"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_used_is_said(spoil: Callable[[Files], object], words: str, tmp_path: Path) -> None:
    files = write_certificate(tmp_path)
    good = Certificate(*files)
    used = good.context
    spoil(files)
    with pytest.raises(BadCertificate, match=words):
        Certificate(*files)
    with pytest.raises(BadCertificate, match=words):
        good.renew()
    assert good.context is used, "the one that was good stays in use"


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_key_may_be_shared_with_a_group_that_reads(mode: int, tmp_path: Path) -> None:
    files = write_certificate(tmp_path)
    files.key.chmod(mode)
    assert Certificate(*files).context.minimum_version == ssl.TLSVersion.TLSv1_2

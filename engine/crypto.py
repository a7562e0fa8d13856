"""Encryption of personal data at rest, and the blind index by which it is still found."""

import hashlib
import hmac
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator


class Cipher:
    """AES-256-GCM with keys derived from the secret key (HKDF-SHA-256); each sealed text carries its own nonce."""

    def __init__(self, secret: str) -> None:
        self._aead = AESGCM(_derive(secret, b"seal"))
        self._index_key = _derive(secret, b"index")

    def seal(self, clear: bytes) -> bytes:
        """Encrypt; the answer is 28 bytes longer."""
        nonce = os.urandom(12)
        return nonce + self._aead.encrypt(nonce, clear, None)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt. Raises `cryptography.exceptions.InvalidTag` for another key or a changed text."""
        return self._aead.decrypt(sealed[:12], sealed[12:], None)

    def opens(self, sealed: bytes) -> bool:
        """Whether this key sealed the text."""
        try:
            self.open(sealed)
        except InvalidTag:
            return False
        return True

    def index(self, clear: str) -> str:
        """A keyed digest (32 hex digits) for equality search over an encrypted column."""
        return hmac.new(self._index_key, clear.encode(), hashlib.sha256).hexdigest()[:32]


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"bihuan", info=purpose).derive(secret.encode())


_cipher: list[Cipher] = []


def use(cipher: Cipher) -> None:
    """Name the process's cipher; called once by the bootstrap."""
    _cipher[:] = [cipher]


def current() -> Cipher:
    """The process's cipher. Raises `RuntimeError` before the bootstrap named one."""
    if not _cipher:
        raise RuntimeError("no cipher: call engine.crypto.use() in the bootstrap")
    return _cipher[0]


class Sealed(TypeDecorator[str]):
    """A text column that is encrypted at rest."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        return None if value is None else current().seal(value.encode())

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Open on the way out."""
        return None if value is None else current().open(bytes(value)).decode()

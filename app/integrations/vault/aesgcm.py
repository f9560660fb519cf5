"""AES-256-GCM for fields and HMAC-SHA-256 for look-up."""

import hmac
import os
from functools import partial
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# The size that GCM is made for; random ones do not collide within the number of fields one key
# seals.
NONCE_BYTES = 12


class AesGcmVault:
    """Keys of 32 bytes each; the associated data is table:row:column."""

    key_version = 1

    def __init__(self, *, data_key: bytes, lookup_key: bytes) -> None:
        self._data_key = data_key
        self._cipher = AESGCM(data_key)
        self._lookup_key = lookup_key

    def __reduce__(self) -> tuple[Any, ...]:
        """What another process of ours makes it of again: the keys. It goes through a pipe and is
        never stored.
        """
        return partial(AesGcmVault, data_key=self._data_key, lookup_key=self._lookup_key), ()

    def seal(self, text: str, *, table: str, row: str, column: str) -> bytes:
        """Encrypt one field under a fresh random nonce."""
        return self.seal_file(text.encode(), table=table, row=row, column=column)

    def unseal(self, sealed: bytes, *, table: str, row: str, column: str) -> str:
        """Decrypt one field. Raises ValueError when it was moved or altered."""
        return self.unseal_file(sealed, table=table, row=row, column=column).decode()

    def seal_file(self, content: bytes, *, table: str, row: str, column: str) -> bytes:
        """Encrypt a file under a fresh random nonce."""
        nonce = os.urandom(NONCE_BYTES)
        # Where it belongs is authenticated along: a sealed value copied to another row or column
        # does not open.
        return nonce + self._cipher.encrypt(nonce, content, f"{table}:{row}:{column}".encode())

    def unseal_file(self, sealed: bytes, *, table: str, row: str, column: str) -> bytes:
        """Decrypt a file. Raises ValueError when it was moved or altered."""
        try:
            return self._cipher.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"{table}:{row}:{column}".encode()
            )
        except InvalidTag as error:
            raise ValueError("sealed field was moved or altered") from error

    def fingerprint(self, text: str, *, purpose: str) -> str:
        """A keyed hash of a value, apart for each purpose."""
        # The purpose keeps kinds apart: the same digits as a mobile and as a code have nothing in
        # common.
        return hmac.digest(self._lookup_key, f"{purpose}:{text}".encode(), "sha256").hex()

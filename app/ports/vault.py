"""What the product needs to keep personal data unreadable in its tables."""

from typing import Protocol


class Vault(Protocol):
    """Encrypts fields, and hashes values for look-up, with keys the database does not know."""

    key_version: int

    def seal(self, text: str, *, table: str, row: str, column: str) -> bytes:
        """Encrypt one field; table, row (its public id) and column are bound to the result."""
        ...

    def unseal(self, sealed: bytes, *, table: str, row: str, column: str) -> str:
        """Decrypt one field. Raises ValueError when it was moved or altered."""
        ...

    def seal_file(self, content: bytes, *, table: str, row: str, column: str) -> bytes:
        """Encrypt a file, bound to its place like a field."""
        ...

    def unseal_file(self, sealed: bytes, *, table: str, row: str, column: str) -> bytes:
        """Decrypt a file. Raises ValueError when it was moved or altered."""
        ...

    def fingerprint(self, text: str, *, purpose: str) -> str:
        """A keyed hash (64 hex digits) of a value for look-up; purposes never share hashes."""
        ...

"""Authorities that tell the time of a seal (RFC 3161): one over HTTP, one of our own for
development.
"""

import secrets
from datetime import datetime
from typing import Protocol

from asn1crypto import cms, tsp
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.domain.errors import GatewayDown
from app.integrations.signing.keys import SigningKey
from app.integrations.signing.reading import plain_key, read_anew

HASH = "sha256"
# In all, not for each step: whoever signs is waiting for it (ADR 0053).
TIMEOUT_SECONDS = 4
# An identifier made of a random number (RFC 9562): it names no policy of any authority.
DEVELOPMENT_POLICY = "2.25.329800735698586629295641978511506172918"
SERIAL_BYTES = 8


class Authority(Protocol):
    """Signs that a hash existed."""

    async def stamp(self, digest: bytes, *, at: datetime) -> cms.ContentInfo:
        """Return the token over a SHA-256. Raises: GatewayDown."""
        ...


class HttpAuthority:
    """An authority on the network; it goes by its own clock."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._url, self._timeout = url, timeout

    async def stamp(self, digest: bytes, *, at: datetime) -> cms.ContentInfo:
        """Ask once, within the time limit. Raises: GatewayDown, whatever came back instead."""
        client = HTTPTimeStamper(self._url, timeout=self._timeout)
        try:
            return await client.async_timestamp(digest, HASH)
        except Exception as fault:
            # What an address on the network may answer has no end; none may break a signature.
            raise GatewayDown(f"time stamp: {type(fault).__name__}: {fault}") from fault


class LocalAuthority:
    """Stamps with a key made here, for development: its certificate says that it proves nothing."""

    def __init__(self, key: SigningKey) -> None:
        (own,) = read_anew([key.certificate])
        self._signer = SimpleSigner(
            signing_cert=own, signing_key=plain_key(key), cert_registry=SimpleCertificateStore()
        )

    async def stamp(self, digest: bytes, *, at: datetime) -> cms.ContentInfo:
        """Return a token dated `at`, to the second as a token tells it."""
        told = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": DEVELOPMENT_POLICY,
                "message_imprint": {
                    "hash_algorithm": {"algorithm": HASH},
                    "hashed_message": digest,
                },
                "serial_number": int.from_bytes(secrets.token_bytes(SERIAL_BYTES)),
                "gen_time": at.replace(microsecond=0),
            }
        )
        content = cms.EncapsulatedContentInfo(
            {"content_type": "tst_info", "content": cms.ParsableOctetString(told.dump())}
        )

        return await self._signer.async_sign_general_data(content, HASH, detached=False)

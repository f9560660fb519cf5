"""One HTTP request to a channel: bounded in time and size, to the address named and to no other.

The vendors' SDKs follow redirects, take proxies and passwords from the environment and wait
without end for an answer that trickles (ADR 0083).
"""

import http.client
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.ports.payments import ChannelDown

CONNECT_SECONDS = 3
# In all, not for each step: a payer, or a worker, is waiting.
PAGE_SECONDS, FILE_SECONDS = 8, 120
PAGE_BYTES, FILE_BYTES = 1024 * 1024, 64 * 1024 * 1024
BLOCK = 64 * 1024
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    is_file: bool = False,
) -> Fetched:
    """Ask once. Raises ChannelDown where nothing whole came in time, whatever the status."""
    seconds, most = (FILE_SECONDS, FILE_BYTES) if is_file else (PAGE_SECONDS, PAGE_BYTES)
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.netloc)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request(
            method, target, body=body, headers={**(headers or {}), "Connection": "close"}
        )
        return _read(connection, seconds=seconds, most=most)
    except (OSError, http.client.HTTPException, ValueError) as fault:
        # Its kind and nothing else: addresses hold what is secret.
        log.warning("channel did not answer: %s", type(fault).__name__)
        raise ChannelDown from fault
    finally:
        connection.close()


def _connection(scheme: str, host: str) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, timeout=CONNECT_SECONDS, context=context)
    if scheme == "http":
        return http.client.HTTPConnection(host, timeout=CONNECT_SECONDS)
    raise ChannelDown


def _read(connection: http.client.HTTPConnection, *, seconds: float, most: int) -> Fetched:
    until = time.monotonic() + seconds
    if connection.sock is not None:
        connection.sock.settimeout(seconds)
    answer = connection.getresponse()
    found = bytearray()
    while block := answer.read1(BLOCK):
        found += block
        if len(found) > most or time.monotonic() > until:
            raise ValueError("too long")
    if answer.length:  # it broke off before its end
        raise ValueError("broken off")
    lower = {name.lower(): value for name, value in answer.getheaders()}
    return Fetched(answer.status, lower, bytes(found))

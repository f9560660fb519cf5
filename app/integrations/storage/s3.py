"""Files in an S3-compatible store, which every host reaches; the library is an optional extra."""

import importlib.util
import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

from app.domain.errors import GatewayDown
from app.integrations.storage.names import parts_of
from app.integrations.storage.s3_body import buffered
from app.integrations.storage.s3_faults import told

LIBRARY = "boto3"
LACKING = "文件存储选了 s3，但没有装它的程序包：pip install -r docs/dependencies/s3.txt"
# A page waits for a file: three tries of at most this end well before anyone gives up on it.
CONNECT_SECONDS, READ_SECONDS, TRIES = 2, 10, 3
CONNECTIONS = 32
KEYS_A_PAGE = 1000  # the most a store lists at once
# One part is in memory at a time, whatever the file's size; 10,000 of them are 80 GB.
PART_BYTES = 8 * 1024 * 1024
log = logging.getLogger(__name__)


class S3Lacking(Exception):
    """The store was chosen and its library is not installed."""


@dataclass(frozen=True)
class S3Account:
    """Where the store answers and what it knows us by; `addressing` says how a bucket is named in
    an address: auto, path or virtual.
    """

    endpoint: str
    bucket: str
    prefix: str
    region: str
    addressing: str
    key_id: str = field(repr=False)
    secret: str = field(repr=False)


class S3Storage:
    """Keeps files under `prefix/root/`, one object a file; `spool` is a folder of this host in
    which a file grows until it is whole.
    """

    def __init__(self, account: S3Account, root: str, *, spool: Path) -> None:
        if importlib.util.find_spec(LIBRARY) is None:
            raise S3Lacking(LACKING)
        self._account, self._spool = account, spool
        self._root = f"{account.prefix.strip('/')}/{root}/"
        self._made: Any = None
        self._lock = threading.Lock()

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Write on this host, and hand over once all of it is there; the store shows nothing of an
        object before its last part.
        """
        key = self._key(name)
        try:
            self._spool.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Without a name: a kill leaves nothing of it.
            with tempfile.TemporaryFile(dir=self._spool) as file:
                yield file  # type: ignore[misc]
                self._hand_over(key, file)
        except OSError as problem:
            log.warning("file store: cannot spool, %s", problem.strerror)
            raise GatewayDown from problem

    def opened(self, name: str) -> BinaryIO:
        """Open a stored file; it is read as it comes, and goes on where a connection broke."""
        key, client = self._key(name), self._client()

        def fetch(since: int, tag: str) -> Any:
            more = {"Range": f"bytes={since}-", "IfMatch": tag} if since else {}
            with told():
                return client.get_object(Bucket=self._account.bucket, Key=key, **more)

        return buffered(fetch)

    def folders(self, *, before: datetime) -> Iterator[str]:
        """Yield the folders into which nothing was written since an instant."""
        # The store lists by key, so what a folder holds comes one after the other.
        for folder, found in groupby(self._listed(self._root), key=itemgetter(0)):
            if max(at for _folder, _key, at in found) < before:
                yield folder

    def delete(self, folder: str) -> None:
        """Delete a folder. Raises: GatewayDown, also half-way."""
        # One by one: what deletes many at once wants a hash that stores do not agree on.
        for _folder, key, _at in self._listed(self._key(folder) + "/"):
            with told():
                self._client().delete_object(Bucket=self._account.bucket, Key=key)

    def _hand_over(self, key: str, file: Any) -> None:
        from boto3.s3.transfer import TransferConfig

        file.flush()
        file.seek(0)
        # In this thread: others would each hold a part in memory.
        parts = TransferConfig(
            multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, use_threads=False
        )
        with told():
            self._client().upload_fileobj(file, self._account.bucket, key, Config=parts)

    def _listed(self, start: str) -> Iterator[tuple[str, str, datetime]]:
        """Yield folder, key and instant of what begins so, page after page."""
        pages = iter(
            self._client()
            .get_paginator("list_objects_v2")
            .paginate(
                Bucket=self._account.bucket,
                Prefix=start,
                PaginationConfig={"PageSize": KEYS_A_PAGE},
            )
        )
        while True:
            with told():
                page = next(pages, None)
            if page is None:
                return
            for one in page.get("Contents", ()):
                key = one["Key"]
                yield key.removeprefix(self._root).split("/")[0], key, one["LastModified"]

    def _key(self, name: str) -> str:
        return self._root + "/".join(parts_of(name))

    def _client(self) -> Any:
        """One for all threads, made when first asked for: never before a server forks."""
        with self._lock:
            if self._made is None:
                self._made = _client(self._account)
            return self._made


def _client(account: S3Account) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        "s3",
        endpoint_url=account.endpoint,
        region_name=account.region,
        aws_access_key_id=account.key_id,
        aws_secret_access_key=account.secret,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            max_pool_connections=CONNECTIONS,
            s3={"addressing_style": account.addressing},
            # Only where a call needs one: stores that are not Amazon's refuse the newer ones.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            proxies={},
        ),
    )

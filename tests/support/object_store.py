"""A real HTTP server that speaks S3, with a bucket of a test's own."""

import contextlib
import uuid
from collections.abc import Iterator

import pytest

from app.integrations.storage.s3 import S3Account

REGION, KEY_ID, SECRET = "cn-north-1", "id-of-a-test", "secret-of-a-test"


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve on a free port; yield the address."""
    # Imported here: most tests keep no files, and both libraries are large.
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture(scope="session")
def object_store() -> Iterator[str]:
    with served() as address:
        yield address


def client_of(address: str):
    """The library's own client, for what no product of ours should be able to do."""
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=address,
        region_name=REGION,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
    )


def backend_of(account: S3Account):
    """What the server keeps: for the time of an object, which no client can set."""
    from moto.backends import get_backend
    from moto.core import DEFAULT_ACCOUNT_ID

    return get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws-cn"]


def new_account(address: str, **values: str) -> S3Account:
    """An account with a bucket that nobody has used."""
    bucket = f"anhuan-{uuid.uuid4().hex}"
    client_of(address).create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    known = {"endpoint": address, "bucket": bucket, "prefix": "house", "region": REGION}
    own = {"addressing": "auto", "key_id": KEY_ID, "secret": SECRET}
    return S3Account(**(known | own | values))


def environment(account: S3Account) -> dict[str, str]:
    """The settings of an installation that keeps its files there."""
    return {
        "FILE_STORE": "s3",
        "S3_ENDPOINT": account.endpoint,
        "S3_BUCKET": account.bucket,
        "S3_PREFIX": account.prefix,
        "S3_REGION": account.region,
        "S3_ACCESS_KEY_ID": account.key_id,
        "S3_SECRET_ACCESS_KEY": account.secret,
    }

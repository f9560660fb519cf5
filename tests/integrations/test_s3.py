"""What goes wrong with a store of files: told as our errors, in bounded time, and never half."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.config import BadSettings, Settings
from app.domain.errors import GatewayDown, NotFound
from app.integrations.storage import s3, s3_body
from app.integrations.storage.s3 import S3Account, S3Storage
from app.wiring import make_gateways
from tests.support.object_store import client_of, environment, new_account

NOBODY = S3Account("http://127.0.0.1:9", "b", "p", "r", "path", "id", "hidden")
MEGABYTE = 1024 * 1024


class Breaking(BaseHTTPRequestHandler):
    """Ends every answer after ten bytes, where all is well takes up where it is asked to."""

    content = b"0123456789" * 3
    sends, asked = 10, []

    def do_GET(self):
        since = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        self.asked.append((since, self.headers.get("If-Match")))
        left = self.content[since:]
        self.send_response(206 if since else 200)
        self.send_header("Content-Length", str(len(left)))
        self.send_header("ETag", '"one"')
        self.end_headers()
        self.wfile.write(left[: self.sends])
        self.close_connection = True

    def log_message(self, *_args):
        pass


class Proxy(Breaking):
    """Knows of no such address, and nothing of files."""

    page = b""

    def do_GET(self):
        self.send_response(404)
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        self.wfile.write(self.page)


@contextlib.contextmanager
def served(handler):
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def breaking():
    Breaking.sends, Breaking.asked = 10, []
    with served(Breaking) as address:
        yield address


def storage_at(address, folder, **values):
    account = S3Account(address, "b", "p", "r", "path", "id", "hidden", **values)
    return S3Storage(account, "exports", spool=folder / "spool")


def test_a_line_that_breaks_is_taken_up_where_it_broke(breaking, tmp_path):
    with storage_at(breaking, tmp_path).opened("a/x") as file:
        assert file.read() == Breaking.content
    assert Breaking.asked == [(0, None), (10, '"one"'), (20, '"one"')]


def test_a_line_that_breaks_at_once_each_time_is_given_up(breaking, tmp_path):
    Breaking.sends = 0
    with storage_at(breaking, tmp_path).opened("a/x") as file, pytest.raises(GatewayDown):
        file.read()
    assert len(Breaking.asked) <= 1 + s3_body.TRIES


def test_a_store_that_is_away_is_told_by_every_way_in(tmp_path, monkeypatch):
    monkeypatch.setattr(s3, "TRIES", 1)
    storage = S3Storage(NOBODY, "exports", spool=tmp_path)
    with pytest.raises(GatewayDown), storage.writing("a/x") as file:
        file.write(b"1")
    for act in (
        lambda: storage.opened("a/x"),
        lambda: storage.delete("a"),
        lambda: list(storage.folders(before=None)),
    ):
        with pytest.raises(GatewayDown):
            act()


def test_a_store_that_is_silent_is_waited_for_so_long(tmp_path, monkeypatch):
    monkeypatch.setattr(s3, "TRIES", 2)
    monkeypatch.setattr(s3, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(GatewayDown):
            storage_at(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path).opened("a/x")
    assert time.monotonic() - began < 5


def test_a_bucket_that_is_not_there_is_a_fault_of_ours_and_no_missing_file(tmp_path, object_store):
    account = new_account(object_store)
    client_of(object_store).delete_bucket(Bucket=account.bucket)
    storage = S3Storage(account, "exports", spool=tmp_path)
    with pytest.raises(GatewayDown):
        storage.opened("a/x")
    with pytest.raises(GatewayDown), storage.writing("a/x") as file:
        file.write(b"1")


@pytest.mark.parametrize("page", [b"", b"<html><h1>Not Found</h1></html>"])
def test_an_address_that_is_wrong_is_no_missing_file(tmp_path, page, monkeypatch):
    monkeypatch.setattr(Proxy, "page", page)
    with served(Proxy) as address, pytest.raises(GatewayDown):
        storage_at(address, tmp_path).opened("a/x")


def test_parts_of_what_broke_on_the_way_are_not_kept(tmp_path, object_store, monkeypatch):
    monkeypatch.setattr(s3, "TRIES", 1)
    account = new_account(object_store)
    storage = S3Storage(account, "exports", spool=tmp_path)

    def refused(**_request):
        raise OSError(5, "planted")

    storage._client().meta.events.register(
        "before-call.s3.CompleteMultipartUpload", lambda **_more: refused()
    )
    with pytest.raises(GatewayDown), storage.writing("a/x") as file:
        file.write(bytes(17 * MEGABYTE))
    client = client_of(object_store)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=account.bucket)
    with pytest.raises(NotFound):
        storage.opened("a/x")


MEASURED = """
import os, resource, sys
from pathlib import Path
from app.integrations.storage.s3 import S3Account, S3Storage
storage = S3Storage(S3Account(*sys.argv[1:8]), "exports", spool=Path(sys.argv[8]))
def pass_by(name, megabytes):
    with storage.writing(name) as file:
        for _ in range(megabytes):
            file.write(bytes(1024 * 1024))
    with storage.opened(name) as file:
        while file.read(64 * 1024):
            pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(pass_by("a/small", 20), pass_by("a/large", 100))
"""


def test_memory_does_not_grow_with_the_file(tmp_path, object_store):
    account = new_account(object_store)
    where = account.endpoint, account.bucket, "p", account.region, "path"
    words = "-c", MEASURED, *where, account.key_id, account.secret, str(tmp_path / "spool")
    told = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True)
    small, large = map(int, told.stdout.split())
    assert large - small < 24, (small, large)


def test_files_and_papers_of_an_installation_lie_in_the_store(tmp_path, object_store):
    account = new_account(object_store)
    settings = Settings.from_env({"INSTANCE_DIR": str(tmp_path)} | environment(account))
    found = make_gateways(settings)
    for place in (found.storage, found.papers):
        with place.writing("a/x") as file:
            file.write(b"1")
    listed = client_of(object_store).list_objects_v2(Bucket=account.bucket)["Contents"]
    assert [one["Key"] for one in listed] == ["house/exports/a/x", "house/papers/a/x"]
    assert list((tmp_path / "spool").iterdir()) == []
    assert account.secret not in repr(settings) + repr(account)


def test_without_the_library_the_start_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(s3, "LIBRARY", "boto3_is_not_here")
    settings = Settings.from_env({"INSTANCE_DIR": str(tmp_path)} | environment(NOBODY))
    with pytest.raises(BadSettings, match=r"pip install -r docs/dependencies/s3\.txt"):
        make_gateways(settings)


def test_the_library_is_loaded_where_it_is_chosen_only():
    asked = "import sys, app.wiring; print('boto3' in sys.modules, 'botocore' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert told.stdout.split() == ["False", "False"]

"""One contract for files in a folder and in an S3-compatible store: there as a whole or not at all,
nowhere outside their root, read as they come.
"""

import errno
import hashlib
import os
import stat
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import GatewayDown, NotFound
from app.integrations.storage import s3
from app.integrations.storage.disk import DiskStorage
from app.integrations.storage.s3 import S3Storage
from tests.support.object_store import backend_of, client_of, new_account

BLOCK = bytes(range(256)) * 4096  # a megabyte
MEGABYTES = 21  # two parts and a piece


class InFolder:
    """How a test makes time pass over a folder of this host."""

    def __init__(self, folder):
        self.storage = DiskStorage(folder / "exports")
        self.other = DiskStorage(folder / "papers")

    def age(self, name, at):
        path = self.storage.root / name
        for one in (path, path.parent):
            os.utime(one, (at.timestamp(), at.timestamp()))


class InStore:
    """The same of a store, which says itself when it took an object."""

    def __init__(self, folder, address):
        self.account = new_account(address)
        self.storage = S3Storage(self.account, "exports", spool=folder / "spool")
        self.other = S3Storage(self.account, "papers", spool=folder / "spool")

    def age(self, name, at):
        keys = backend_of(self.account).buckets[self.account.bucket].keys
        keys[f"house/exports/{name}"].last_modified = at.replace(tzinfo=None)


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path):
    if request.param == "folder":
        return InFolder(tmp_path)
    return InStore(tmp_path, request.getfixturevalue("object_store"))


@pytest.fixture
def storage(place):
    return place.storage


def write(storage, name, data):
    with storage.writing(name) as file:
        file.write(data)


def read(storage, name):
    with storage.opened(name) as file:
        return file.read()


def test_what_was_written_is_read_back_the_last_one_counts(storage):
    write(storage, "a/台账.csv", b"1")
    write(storage, "a/台账.csv", b"22")
    write(storage, "a/empty", b"")
    assert read(storage, "a/台账.csv") == b"22"
    assert read(storage, "a/empty") == b""


def test_files_of_a_folder_are_their_owners_only(tmp_path):
    storage = DiskStorage(tmp_path)
    write(storage, "a/台账.csv", b"1")
    assert stat.S_IMODE((storage.root / "a" / "台账.csv").stat().st_mode) == 0o600


def test_a_broken_writing_leaves_nothing(storage):
    with pytest.raises(ZeroDivisionError), storage.writing("a/x") as file:
        file.write(bytes(1 // 0))
    with pytest.raises(NotFound):
        storage.opened("a/x")


def test_a_file_is_not_there_before_it_is_whole(storage):
    with storage.writing("a/x") as file:
        file.write(b"half")
        file.flush()
        with pytest.raises(NotFound):
            storage.opened("a/x")
        file.seek(0)
        file.write(b"H")
    assert read(storage, "a/x") == b"Half"


def test_a_large_file_goes_in_parts_and_comes_in_blocks(storage):
    sent, got = hashlib.sha256(), hashlib.sha256()
    with storage.writing("a/x") as file:
        for _ in range(MEGABYTES):
            file.write(BLOCK)
            sent.update(BLOCK)
    with storage.opened("a/x") as file:
        while block := file.read(100_000):
            got.update(block)
    assert got.hexdigest() == sent.hexdigest()


def test_a_folder_is_deleted_with_what_it_holds_and_nothing_else(place):
    storage = place.storage
    for name in ("a/x", "a/y", "ab/x", "b/x"):
        write(storage, name, b"1")
    write(place.other, "a/x", b"2")
    storage.delete("a/")
    storage.delete("a")
    for name in ("a/x", "a/y"):
        with pytest.raises(NotFound):
            storage.opened(name)
    assert [read(storage, name) for name in ("ab/x", "b/x")] == [b"1", b"1"]
    assert read(place.other, "a/x") == b"2"


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "a//x", "./x", ""])
def test_no_name_leads_outside(storage, name):
    with pytest.raises(NotFound):
        storage.opened(name)
    with pytest.raises(NotFound):
        write(storage, name, b"1")


@pytest.mark.parametrize("name", ["", "..", "../papers", "a/../.."])
def test_what_is_deleted_is_never_outside(place, name):
    write(place.storage, "a/x", b"1")
    write(place.other, "a/x", b"1")
    with pytest.raises(NotFound):
        place.storage.delete(name)
    assert read(place.storage, "a/x") == read(place.other, "a/x") == b"1"


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    storage = DiskStorage(tmp_path / "exports")
    storage.root.write_text("in the way")
    with pytest.raises(GatewayDown):
        write(storage, "a/x", b"1")


def test_a_place_that_cannot_be_reached_is_no_missing_file(tmp_path):
    storage = DiskStorage(tmp_path / "exports")
    storage.root.write_text("in the way")
    for act in (
        lambda: storage.opened("a/x"),
        lambda: storage.delete("a"),
        lambda: list(storage.folders(before=datetime.now(UTC))),
    ):
        with pytest.raises(GatewayDown):
            act()


@pytest.mark.parametrize("fault", [errno.EIO, errno.EACCES, errno.ESTALE, errno.EMFILE])
def test_a_file_that_cannot_be_opened_is_no_missing_one(tmp_path, monkeypatch, fault):
    storage = DiskStorage(tmp_path)
    write(storage, "a/x", b"1")

    def fails(*_args, **_values):
        raise OSError(fault, os.strerror(fault))

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.open", fails)
        with pytest.raises(GatewayDown):
            storage.opened("a/x")
    assert read(storage, "a/x") == b"1"


def test_a_place_that_fails_while_a_file_is_read_is_told(tmp_path):
    storage = DiskStorage(tmp_path)
    write(storage, "a/x", BLOCK * 2)
    file = storage.opened("a/x")
    assert file.read(1) == BLOCK[:1]
    # What can only be written to fails whoever reads.
    with open(tmp_path / "other", "wb") as other:
        os.dup2(other.fileno(), file.raw._file.fileno())
    with pytest.raises(GatewayDown):
        file.read()


def test_what_cannot_be_deleted_is_told_and_what_is_gone_meanwhile_is_not(tmp_path, monkeypatch):
    storage = DiskStorage(tmp_path)
    write(storage, "a/x", b"1")
    for fault in (errno.EACCES, errno.ENOENT):

        def fails(*_args, _fault=fault, **_values):
            raise OSError(_fault, os.strerror(_fault))

        with monkeypatch.context() as patch:
            patch.setattr("os.unlink", fails)
            patch.setattr("os.rmdir", fails)
            if fault == errno.ENOENT:
                storage.delete("a")
            else:
                with pytest.raises(GatewayDown):
                    storage.delete("a")


def test_bytes_and_then_names_are_on_disk_before_anybody_is_told(tmp_path, monkeypatch):
    storage, synced, sync = DiskStorage(tmp_path), [], os.fsync

    def noted(place):
        synced.append(os.readlink(f"/proc/self/fd/{place}"))
        sync(place)

    monkeypatch.setattr("os.fsync", noted)
    write(storage, "a/x", b"1")
    assert synced == [str(storage.root / one) for one in ("a/x.half", "a", ".")]


def test_folders_into_which_nothing_was_written_of_late(place):
    storage, now = place.storage, datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    assert list(storage.folders(before=now)) == []
    before = now - timedelta(seconds=1)
    for name, at in (("mixed/1", now), ("mixed/2", before), ("new/1", now), ("old/1", before)):
        write(storage, name, b"1")
        place.age(name, at)
    # One of the two in it is new.
    place.age("mixed/1", now)
    assert list(storage.folders(before=now)) == ["old"]


def test_a_store_is_listed_page_after_page(tmp_path, object_store):
    place = InStore(tmp_path, object_store)
    for number in range(s3.KEYS_A_PAGE + 5):
        key = f"house/exports/full/{number:05d}"
        backend_of(place.account).put_object(place.account.bucket, key, b"1")
    write(place.storage, "last/1", b"1")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert list(place.storage.folders(before=tomorrow)) == ["full", "last"]


def test_a_folder_is_deleted_page_after_page(tmp_path, object_store, monkeypatch):
    monkeypatch.setattr(s3, "KEYS_A_PAGE", 3)
    place = InStore(tmp_path, object_store)
    for number in range(8):
        write(place.storage, f"full/{number}", b"1")
    write(place.storage, "last/1", b"1")
    place.storage.delete("full")
    left = client_of(object_store).list_objects_v2(Bucket=place.account.bucket)["Contents"]
    assert [one["Key"] for one in left] == ["house/exports/last/1"]

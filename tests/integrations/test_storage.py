"""Files on disk: there as a whole or not at all, and nowhere outside their root."""

import os
import stat

import pytest

from app.domain.errors import GatewayDown, NotFound
from app.integrations.storage.disk import DiskStorage
from tests.support.clock import NOW


@pytest.fixture
def storage(tmp_path):
    return DiskStorage(tmp_path / "exports")


def write(storage, name, data):
    with storage.writing(name) as file:
        file.write(data)


def read(storage, name):
    with storage.opened(name) as file:
        return file.read()


def test_what_was_written_is_read_back_by_its_owner_only(storage):
    write(storage, "a/台账.csv", b"1")
    write(storage, "a/台账.csv", b"22")
    assert read(storage, "a/台账.csv") == b"22"
    assert stat.S_IMODE((storage.root / "a" / "台账.csv").stat().st_mode) == 0o600


def test_a_broken_writing_leaves_nothing(storage):
    with pytest.raises(ZeroDivisionError), storage.writing("a/x") as file:
        file.write(bytes(1 // 0))
    assert list(storage.root.rglob("*.*")) == []
    with pytest.raises(NotFound):
        storage.opened("a/x")


def test_a_folder_is_deleted_with_what_it_holds(storage):
    write(storage, "a/x", b"1")
    write(storage, "b/x", b"1")
    storage.delete("a")
    storage.delete("a")
    assert not (storage.root / "a").exists()
    assert read(storage, "b/x") == b"1"


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", ""])
def test_no_name_leads_outside(storage, name):
    with pytest.raises(NotFound):
        storage.opened(name)
    with pytest.raises(NotFound):
        write(storage, name, b"1")


def test_a_place_that_cannot_be_written_is_told(storage):
    storage.root.parent.mkdir(exist_ok=True)
    storage.root.write_text("in the way")
    with pytest.raises(GatewayDown):
        write(storage, "a/x", b"1")


def test_folders_into_which_nothing_was_written_of_late(storage):
    assert list(storage.folders(before=NOW)) == []
    write(storage, "old/1", b"1")
    write(storage, "new/1", b"1")
    at = NOW.timestamp()
    for name, seconds in (("old/1", -1), ("old", -1), ("new", -1), ("new/1", 0)):
        os.utime(storage.root / name, (at + seconds, at + seconds))
    assert list(storage.folders(before=NOW)) == ["old"]

"""One signed PDF in the storage: sealed, never overwritten, and handed on only as it was signed."""

import hashlib
from dataclasses import replace

import pytest

from app.domain.errors import GatewayDown
from app.integrations.storage.s3 import S3Storage
from app.services.signed_files.keeping import KeptPdf, PaperDiffers, read_pdf, store_pdf
from tests.support.object_store import new_account
from tests.support.signed_files import StoreDown, file_of, sealed_files

PDF = "%PDF-1.7 罗涵敏 19003740000".encode()
SHA256 = hashlib.sha256(PDF).hexdigest()


@pytest.fixture(params=["folder", "s3"])
def place(request, gateways, tmp_path):
    if request.param == "folder":
        return gateways
    account = new_account(request.getfixturevalue("object_store"))
    store = S3Storage(account, "agreements", spool=tmp_path / "spool")
    return replace(gateways, agreements=store)


def kept(folder, sha256=SHA256):
    return KeptPdf(None, folder, sha256)


def test_it_comes_back_as_it_was(place):
    file = store_pdf(place, PDF)
    assert (file.sha256, file.size) == (SHA256, len(PDF))
    assert read_pdf(place, kept(file.folder)) == PDF


def test_its_name_tells_its_hash_and_nobody(place):
    name = store_pdf(place, PDF).folder
    rest, _, sha256 = name.partition(".")
    assert (len(rest), sha256, len(name) <= 96) == (20, SHA256, True)


def test_the_same_again_is_another_file(place):
    one, two = store_pdf(place, PDF), store_pdf(place, PDF)
    assert one.folder != two.folder
    assert [read_pdf(place, kept(each.folder)) for each in (one, two)] == [PDF, PDF]


def test_nothing_of_it_can_be_read_at_rest(gateways):
    file = store_pdf(gateways, PDF)
    at_rest = file_of(gateways, file.folder).read_bytes()
    assert b"PDF" not in at_rest
    assert "罗涵敏".encode() not in at_rest


def test_another_hash_is_another_paper(place):
    file = store_pdf(place, PDF)
    for sha256 in ("0" * 64, "", None):
        with pytest.raises(PaperDiffers):
            read_pdf(place, kept(file.folder, sha256))


def test_what_is_gone_is_not_the_signed_one(place):
    for folder in ("a" * 20 + "." + SHA256, "..", "", None):
        with pytest.raises(PaperDiffers):
            read_pdf(place, kept(folder))


def test_what_was_altered_or_changed_places_does_not_open(gateways):
    one, two = store_pdf(gateways, PDF), store_pdf(gateways, PDF)
    path = file_of(gateways, one.folder)
    path.write_bytes(file_of(gateways, two.folder).read_bytes())
    with pytest.raises(PaperDiffers):
        read_pdf(gateways, kept(one.folder))
    path.write_bytes(PDF)
    with pytest.raises(PaperDiffers):
        read_pdf(gateways, kept(one.folder))


def test_bytes_that_were_not_moved_yet_are_read_and_checked_too(gateways):
    down = replace(gateways, agreements=StoreDown(gateways.agreements.root))
    assert read_pdf(down, KeptPdf(PDF, None, SHA256)) == PDF
    with pytest.raises(PaperDiffers):
        read_pdf(down, KeptPdf(PDF + b"x", None, SHA256))


def test_a_store_that_is_down_is_no_other_paper(gateways):
    file = store_pdf(gateways, PDF)
    down = replace(gateways, agreements=StoreDown(gateways.agreements.root))
    with pytest.raises(GatewayDown):
        read_pdf(down, kept(file.folder))
    with pytest.raises(GatewayDown):
        store_pdf(down, PDF)
    assert sealed_files(gateways) == {file.folder}

"""Pages lie sealed, each in its place; all of them or none."""

import pytest

from app.domain.errors import GatewayDown, NotFound
from app.services.evidence.files import erase_pages, read_page, store_pages
from tests.support.evidence import FullDisk, evidence_context, stored

PAGES = (b"first", b"second")


def test_what_is_stored_is_read_again_and_unreadable_on_disk(vault, folder):
    context = evidence_context(vault, folder)
    store_pages(context, row="abc", pages=PAGES)
    assert [read_page(context, row="abc", page=one) for one in (1, 2)] == list(PAGES)
    assert not any(page in one for page in PAGES for one in stored(folder))
    erase_pages(context, row="abc")
    erase_pages(context, row="abc")
    assert stored(folder) == []
    with pytest.raises(NotFound):
        read_page(context, row="abc", page=1)


def test_a_full_disk_keeps_nothing_of_a_paper(vault, folder):
    context = evidence_context(vault, folder, storage=FullDisk)
    with pytest.raises(GatewayDown):
        store_pages(context, row="abc", pages=PAGES)
    assert stored(folder) == []

"""Nightly files as the desk sees them."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import NotFound
from app.services.core.context import Actor
from app.services.nightly.importing import HeaderRefused, import_book
from app.services.nightly.queries import nightly_file, nightly_files
from tests.support.acting import acting
from tests.support.books import AS_OF, ListBook, good_cells

NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


@pytest.fixture
def take_in(session, vault):
    def take(*rows, **options):
        book = ListBook(list(rows), **options)
        return import_book(
            session, acting(now=NOW, actor=Actor("cli:import-book"), vault=vault), book=book
        )

    return take


def test_files_come_newest_first_a_page_at_a_time(take_in, session):
    for day in range(3):
        take_in(good_cells(1, as_of=AS_OF + timedelta(days=day)))
    first = nightly_files(session, limit=2)
    assert [one.as_of_on.day for one in first.files] == [22, 21]
    rest = nightly_files(session, before_key=first.next_key, limit=2)
    assert [one.as_of_on.day for one in rest.files] == [20]
    assert rest.next_key is None


def test_a_file_tells_its_counts_totals_faults_and_both_figures(take_in, session):
    cells = good_cells(1, differences={"penalty": -137})
    take_in(cells, *(good_cells(number, 手机号码="1") for number in range(2, 5)))
    view = nightly_files(session).files[0]
    detail = nightly_file(session, public_id=view.public_id, limit=2)
    assert (detail.file.state, detail.file.rows, detail.file.accepted, detail.file.rejected) == (
        "applied",
        4,
        1,
        3,
    )
    assert detail.file.totals_fen["principal"] == 1_200_100
    assert [(one.line, one.field, one.code) for one in detail.faults] == [
        (3, "手机号码", "mobile"),
        (4, "手机号码", "mobile"),
    ]
    later = nightly_file(session, public_id=view.public_id, after_line=detail.next_line, limit=2)
    assert ([one.line for one in later.faults], later.next_line) == ([5], None)
    (one,) = detail.differences
    assert (one.ref, one.component, one.file_fen - one.ours_fen) == ("JJ10000001", "penalty", -137)
    assert detail.buckets == {"M0": 0, "M1": 0, "M2": 1, "M3": 0, "M4+": 0}


def test_a_refused_file_is_in_the_list_with_its_reason(take_in, session):
    with pytest.raises(HeaderRefused):
        take_in(headers=("姓名",))
    view = nightly_files(session).files[0]
    detail = nightly_file(session, public_id=view.public_id)
    assert (view.state, view.as_of_on, detail.faults, detail.differences) == (
        "refused",
        None,
        (),
        (),
    )
    assert "借据号" in view.reason
    assert set(detail.buckets.values()) == {0}


def test_an_unknown_file_is_not_found(session):
    with pytest.raises(NotFound):
        nightly_file(session, public_id="nothing")

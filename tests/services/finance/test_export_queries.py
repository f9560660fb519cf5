"""Exports as their maker and compliance read them: page by page, and what may be taken."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.domain.errors import NotFound
from app.models import Export
from app.services.finance import export_queries
from app.services.finance.export_queries import export_page
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.exporting import asked, export_made


def test_a_page_of_exports_is_followed_by_the_older_ones(database, gateways, finance, monkeypatch):
    monkeypatch.setattr(export_queries, "PAGE_ROWS", 2)
    with database.sessions() as session:
        made = [asked(session, finance) for _ in range(3)]
        first = export_queries.export_page(session, acting(), maker_id=finance, after=None)
        rest = export_queries.export_page(
            session, acting(), maker_id=finance, after=first.next_after
        )
    assert [one.public_id for one in (*first.exports, *rest.exports)] == made[::-1]
    assert rest.next_after is None


def test_a_page_after_no_export_is_not_found(database):
    with database.sessions() as session, pytest.raises(NotFound):
        export_page(session, acting(), maker_id=None, after="x" * 20)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("pdf_differs", "pdf_differs"),
        ("sheet_full", "sheet_full"),
        ("OSError", "OSError"),
        (None, ""),
    ],
)
def test_why_one_failed_is_told_by_its_code(database, finance, error, told):
    with database.sessions() as session:
        asked(session, finance)
        session.execute(update(Export).values(state="failed"))
        session.execute(update(Export).values(fault=error))
        session.commit()
        (view,) = export_page(session, acting(), maker_id=finance, after=None).exports
    assert (view.state, view.fault, view.is_unfinished, view.is_kept) == (
        "failed",
        told,
        False,
        False,
    )


def test_what_is_on_its_way_tells_no_fault_and_the_page_knows(database, finance):
    with database.sessions() as session:
        asked(session, finance)
        session.execute(update(Export).values(fault="OSError"))  # tried again
        session.commit()
        page = export_page(session, acting(), maker_id=finance, after=None)
    assert page.is_unfinished
    assert (page.exports[0].state, page.exports[0].fault, page.exports[0].is_kept) == (
        "waiting",
        "",
        False,
    )


def test_it_is_kept_to_the_second_the_policy_gives(database, gateways, finance):
    export_made(database, gateways, finance)
    with database.sessions() as session:
        last = export_page(session, acting(), maker_id=None, after=None).exports[0].kept_until
        assert last == NOW + timedelta(days=7)
        states = [
            export_page(session, acting(now=now), maker_id=None, after=None).exports[0]
            for now in (last - timedelta(seconds=1), last)
        ]
    assert [(one.state, one.is_kept) for one in states] == [("done", True), ("lapsed", False)]
    assert states[0].by == "郑财务"

"""Requests to be called back as the desk and who asked read them: in order, masked, in words."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import CallbackRequest
from app.services.callbacks import queries as callback_queries
from app.services.callbacks.queries import callback_page, callback_view
from tests.support.acting import acting
from tests.support.callbacks import WORDS
from tests.support.callbacks import ask_callback as ask
from tests.support.clock import NOW


def pages(session, vault, state, *, now=NOW) -> list[str]:
    found, after = [], None
    while True:
        page = callback_page(session, acting(now=now, vault=vault), state=state, after=after)
        found += [row.public_id for row in page.rows]
        after = page.next_key
        if after is None:
            return found


def test_the_open_come_by_deadline_a_page_at_a_time(session, vault, monkeypatch):
    monkeypatch.setattr(callback_queries, "PAGE_ROWS", 2)
    late = [ask(session, vault, now=NOW), ask(session, vault, now=NOW)]
    early = [ask(session, vault, now=NOW - timedelta(days=7)) for _ in range(3)]
    assert pages(session, vault, "open") == early + late


def test_the_answered_come_newest_first_and_leave_the_open(session, vault, answer, monkeypatch):
    monkeypatch.setattr(callback_queries, "PAGE_ROWS", 2)
    asked = [ask(session, vault) for _ in range(6)]
    for number, one in enumerate(asked[:5]):
        answer(one, key=f"key-{number}", now=NOW + timedelta(minutes=number // 2))
    assert pages(session, vault, "open") == asked[5:]
    assert pages(session, vault, "answered") == [asked[n] for n in (4, 3, 2, 1, 0)]


def test_a_row_is_masked(session, vault):
    ask(session, vault)
    page = callback_page(session, acting(vault=vault), state="open")
    row = page.rows[0]
    assert (row.name, row.mobile, row.topic, row.wished_time) == (
        "*思",
        "138****5678",
        "number_changed",
        "morning",
    )
    assert (page.waiting, page.late, row.days_left, row.is_late, row.is_soon) == (
        1,
        0,
        1,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("after_deadline", "late", "soon"),
    [(timedelta(hours=-1), 0, True), (timedelta(seconds=1), 1, True)],
)
def test_the_clock_runs_out(session, vault, after_deadline, late, soon):
    ask(session, vault)
    now = session.scalars(select(CallbackRequest.answer_by_at)).one() + after_deadline
    page = callback_page(session, acting(now=now, vault=vault), state="open")
    assert (page.late, page.rows[0].is_late, page.rows[0].is_soon) == (late, bool(late), soon)


def test_an_answered_one_is_never_counted_as_late(session, vault, answer):
    answer(ask(session, vault))
    page = callback_page(session, acting(now=NOW + timedelta(days=30), vault=vault), state="open")
    assert (page.waiting, page.late, page.rows) == (0, 0, ())


def test_a_case_shows_words_in_full_and_the_person_masked(session, vault):
    case = callback_view(session, acting(vault=vault), public_id=ask(session, vault))
    assert (case.words, case.row.name, case.row.mobile, case.borrower, case.note) == (
        WORDS,
        "*思",
        "138****5678",
        "",
        "",
    )


def test_the_receipt_says_what_when_and_the_number_masked(session, vault):
    asked = ask(session, vault, mobile="13800000000", wished_time="afternoon")
    receipt = callback_queries.callback_receipt(session, acting(vault=vault), public_id=asked)
    assert (receipt.topic, receipt.wished_time) == (
        "number_changed",
        "afternoon",
    )
    assert receipt.mobile_masked == "138****0000"
    with pytest.raises(NotFound):
        callback_queries.callback_receipt(session, acting(vault=vault), public_id="2" * 20)

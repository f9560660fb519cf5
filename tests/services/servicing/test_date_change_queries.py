"""What an agreement's page says of moving a due date."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.config import Settings
from app.services.agreements.queries import agreement_view
from app.services.proposals.basis import Answers
from app.services.servicing.calendar_file import calendar_file
from app.services.servicing.date_change_queries import date_change_view
from app.services.servicing.date_changes import change_date
from app.wiring import make_gateways
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.proposals import actor_of
from tests.support.signing import kept_of, plain, signed

WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")
MOVED_ON = date(2026, 12, 21)


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


@pytest.fixture
def number(session, gateways, site, borrower, loan) -> str:
    return signed(session, gateways, site, borrower=borrower, loan=loan, answers=WITH_FIRST)


def view(session, borrower, number, *, days=0, is_running=True):
    context = acting(now=NOW + timedelta(days=days))
    found = agreement_view(session, context, borrower_id=borrower.id, number=number)
    return date_change_view(session, context, account=found.account, is_running=is_running)


def moved(session, borrower, number):
    change_date(
        session,
        acting(now=NOW, actor=actor_of(borrower)),
        borrower_id=borrower.id,
        agreement=number,
        number=1,
        due_on=MOVED_ON,
        request_key="k1",
    )


def test_it_is_open_with_the_next_number_first(session, borrower, number):
    found = view(session, borrower, number)
    assert (found.changed, found.refusal, found.days, found.is_older) == (None, None, 14, False)
    first, one, *later = found.choice.ranges
    assert (first.number, one.number) == (0, 1)
    assert (one.due_on, one.first_on, one.last_on) == (
        date(2026, 12, 10),
        date(2026, 12, 11),
        date(2026, 12, 24),
    )
    assert one.suggested == (date(2026, 12, 15), date(2026, 12, 18), date(2026, 12, 24))
    assert len(later) == kept_of(session, borrower, number).terms.periods - 1
    assert view(session, borrower, number, days=17).choice.ranges[0].number == 2


def test_it_tells_what_was_moved(session, borrower, number):
    moved(session, borrower, number)
    found = view(session, borrower, number)
    assert (found.changed.number, found.changed.due_on) == (1, MOVED_ON)
    assert (found.choice, found.refusal) == (None, "used")


def test_of_a_plan_that_ended_nothing_is_open(session, borrower, number):
    found = view(session, borrower, number, is_running=False)
    assert (found.choice, found.refusal) == (None, "over")


def test_an_older_agreement_is_told_apart(session, borrower, number):
    context = acting(now=NOW)
    found = agreement_view(session, context, borrower_id=borrower.id, number=number)
    older = replace(found.account.plan, order="components_first")
    account = replace(found.account, plan=older)
    told = date_change_view(session, context, account=account, is_running=True)
    assert told.is_older
    assert told.choice == view(session, borrower, number).choice


def test_the_calendar_file_has_the_moved_day(session, site, borrower, number):
    def days():
        kept = kept_of(session, borrower, number)
        text = calendar_file(kept, site=site, title="x", words="y", made_at=NOW)
        return [line for line in text.splitlines() if line.startswith("DTSTART;TZID")]

    before = days()
    moved(session, borrower, number)
    assert [one for one in days() if one not in before] == [
        "DTSTART;TZID=Asia/Shanghai:20261221T090000"
    ]
    assert len(days()) == len(before)

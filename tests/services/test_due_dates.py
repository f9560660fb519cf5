"""One plan, one set of due dates: page, text, paper, calendar, register, desk, messages and
reminders tell the same.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.config import Settings
from app.domain.calendar import add_months
from app.models import (
    Agreement,
    CalendarDay,
    Loan,
    LoanSnapshot,
    OutboxItem,
    Plan,
    PlanPart,
    PlanVersion,
)
from app.services.agreements import queries as agreement_queries
from app.services.agreements.paper import paper_values
from app.services.borrowers import home_queries
from app.services.cases.queries import case_of
from app.services.finance.register_queries import (
    register_batches,
    register_page,
)
from app.services.finance.register_sheets import instalment_cells
from app.services.proposals.basis import Answers
from app.services.register.filter import RegisterFilter
from app.services.register.sums import register_totals
from app.services.servicing import reminders
from app.services.servicing.calendar_file import calendar_file
from app.services.threads.queries import Mention, concern
from app.wiring import make_gateways
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.agreements import an_act
from tests.support.clock import BEIJING
from tests.support.installation import KEYS
from tests.support.proposals import decide, make_staff, submitted
from tests.support.signing import ask, plain, read_by, sign


@dataclass(frozen=True)
class Story:
    """What was asked for on 23 November 2026, when it was approved and signed in Beijing, and what
    falls due when.
    """

    approved: str
    signed: str
    due: str
    pay_day: object = 10
    first: bool = False
    pay_on: date | None = None


STORIES = {
    "a plain one": Story("2026-11-23T11:00", "2026-11-23T12:00", "12-10 01-10 02-10"),
    "approved when its first day is seven days away": Story(
        "2026-12-03T23:59", "2026-12-04T00:00", "12-10 01-10 02-10"
    ),
    "approved a day later": Story("2026-12-04T00:00", "2026-12-04T00:00", "01-10 02-10 03-10"),
    "last days": Story("2026-11-23T11:00", "2026-11-26T23:59", "11-30 12-31 01-31", pay_day="last"),
    "last days moved into a short month": Story(
        "2026-12-01T00:00",
        "2026-12-08T23:59",
        "12-11 12-31 01-31 02-28",
        pay_day="last",
        first=True,
    ),
    "last days moved out of a short month": Story(
        "2027-01-27T10:00",
        "2027-01-28T10:00",
        "01-31 02-28 03-31 04-30",
        pay_day="last",
        first=True,
    ),
    "first payment, signed a minute before midnight": Story(
        "2026-11-23T11:00", "2026-11-23T23:59", "11-26 12-10 01-10 02-10", first=True
    ),
    "first payment, signed as the day begins": Story(
        "2026-11-23T11:00", "2026-11-24T00:00", "11-27 12-10 01-10 02-10", first=True
    ),
    "first payment before instalment 1": Story(
        "2026-11-24T11:00", "2026-11-27T00:00", "11-30 12-01 01-01 02-01", pay_day=1, first=True
    ),
    "first payment over the turn of the year": Story(
        "2026-12-24T11:00", "2026-12-30T12:00", "01-02 01-10 02-10 03-10", first=True
    ),
    "a settlement": Story(
        "2026-11-23T11:00", "2026-11-26T23:59", "12-01", pay_on=date(2026, 12, 1)
    ),
    "a settlement answered after its day": Story(
        "2026-12-01T11:00", "2026-12-02T12:00", "12-08", pay_on=date(2026, 11, 30)
    ),
}


A_WEEK = 3
MONTHS = [add_months(date(2026, 10, 1), n) for n in range(9)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def days_of(story: Story) -> list[date]:
    """The days of a story: those of January and after are of the next year."""
    found = [tuple(map(int, one.split("-"))) for one in story.due.split()]
    return [date(2026 if month > 10 else 2027, month, day) for month, day in found]


def moved(session, days: list[date]) -> list[date]:
    """Each day, or the next one on which people work, by the weekend and the stored holidays."""
    stored = {one.day_on: one.is_working for one in session.scalars(select(CalendarDay))}
    found = []
    for day in days:
        while not stored.get(day, day.weekday() < 5):
            day += timedelta(days=1)
        found.append(day)
    return found


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


@pytest.fixture
def vault(gateways):
    return gateways.vault


@pytest.fixture
def sign_as(session, gateways, site, borrower):
    """Submitted, approved and signed on the days of a story; the agreement's number."""

    def live_through(story: Story) -> str:
        is_small = story.pay_on is not None
        loan = make_loan(
            session, borrower, **({"principal_fen": 15_000, "annual_ppm": 0} if is_small else {})
        )
        answers = (
            Answers(pay_on=story.pay_on, choice="best_fit")
            if is_small
            else Answers(
                upfront_fen=50_000 * story.first,
                monthly_fen=400_000,
                pay_day=story.pay_day,
                choice="best_fit",
            )
        )
        version = submitted(
            session, gateways.vault, site, borrower=borrower, loan=loan, answers=answers
        )
        decide(session, gateways.vault, site, version, make_staff(session), now=at(story.approved))
        for table in (Loan, LoanSnapshot):  # the file of the day of the signature says the same
            session.execute(update(table).values(as_of_on=at(story.signed).date()))
        session.commit()
        found = read_by(session, gateways, site, version, borrower, now=at(story.signed))
        found = ask(session, gateways, site, found, now=at(story.signed))
        return sign(session, gateways, site, found, now=at(story.signed))

    return live_through


@pytest.mark.parametrize("name", STORIES)
def test_every_page_and_paper_tells_the_same_days(
    session, gateways, vault, site, borrower, sign_as, name
):
    story = STORIES[name]
    number, now, days = sign_as(story), at(story.signed), days_of(story)
    agreement = session.scalars(select(Agreement)).one()
    version = session.scalars(select(PlanVersion)).one()
    view = agreement_queries.agreement_view(
        session, acting(now=now), borrower_id=borrower.id, number=number
    )
    payments, shown = view.kept.payments, moved(session, days)

    # What is printed stays; what is asked goes by working days.
    assert [one.due_on for one in payments] == shown
    assert [one.number for one in payments] == list(
        range(0 if story.first else 1, len(days) + (not story.first))
    )

    text_days = [one["due_on"] for one in agreement.text["instalments"]]
    assert text_days == [one.isoformat() for one in days[story.first :]]
    assert f"到期日是 {days[-1].year}年{days[-1].month}月{days[-1].day}日" in str(
        agreement.text["clauses"]
    )

    paper = paper_values(
        text=agreement.text,
        text_sha256=agreement.text_sha256,
        check_code="-",
        base_url=site.base_url,
        act=an_act(agreement.text, signed_at=now),
    )
    assert [row["due_on"] for row in paper["rows"]] == [
        f"{one.year}年{one.month}月{one.day}日" for one in days
    ]

    calendar = calendar_file(view.kept, site=site, title="-", words="-", made_at=now)
    assert re.findall(r"DTSTART;TZID=Asia/Shanghai:(\d{8})", calendar) == [
        f"{one:%Y%m%d}" for one in shown
    ]

    ((row,),) = register_batches(session, wanted=RegisterFilter())
    cells = list(instalment_cells(row))
    assert [one[3] for one in cells] == days
    assert [one[8] for one in cells] == [one.amount_fen for one in payments]
    assert (
        sum(one[8] for one in cells)
        == row.total_fen
        == version.total_fen
        == agreement.text["total_fen"]
    )
    line = register_page(
        session, acting(now=now, vault=vault), wanted=RegisterFilter(), after=None
    ).lines[0]
    assert line.next_on == shown[0]

    for month in MONTHS:
        wanted = RegisterFilter(due_month=month)
        found = register_totals(session, wanted=wanted).count
        assert found == any(one.replace(day=1) == month for one in days), month

    staff = make_staff(session)
    case = case_of(
        session,
        acting(
            now=now,
            vault=vault,
            staff=staff,
        ),
        version_public_id=version.public_id,
    )
    first = [case.terms.first_payment.due_on] if case.terms.first_payment else []
    assert first + [one.due_on for one in case.terms.instalments] == days

    def said(instalment=None):
        mention = Mention("paid", instalment=instalment)
        return concern(session, acting(now=now), borrower_id=borrower.id, mention=mention).due_on

    assert [said(one.number) for one in payments] == shown
    assert said() == shown[0]

    home = home_queries.home(session, acting(now=now), borrower_id=borrower.id)
    assert home.next_due[1].due_on == shown[0]
    parts = (
        select(PlanPart.number)
        .where(PlanPart.version_id == version.id)
        .distinct()
        .order_by(PlanPart.number)
    )
    assert session.scalars(parts).all() == [one.number for one in payments]


def written_within(session, since, until):
    """The reminders written on these days."""
    mine = OutboxItem.purpose == "reminder", OutboxItem.created_at.between(since, until)
    return session.scalars(select(OutboxItem.id).where(*mine)).all()


@pytest.mark.parametrize("name", STORIES)
def test_reminders_come_on_the_days_and_three_days_before(session, vault, site, sign_as, name):
    """Asked on every day of the plan, they are written for those days and no others."""
    story = STORIES[name]
    sign_as(story)
    (plan,), days = session.scalars(select(Plan)).all(), moved(session, days_of(story))
    numbers = range(0 if story.first else 1, len(days) + (not story.first))
    for number, due_on in zip(numbers, days, strict=True):
        for ahead, kind in ((3, "before"), (0, "day")):
            noon = datetime.combine(
                date.fromordinal(due_on.toordinal() - ahead), datetime.min.time(), BEIJING
            )
            if noon.date() < at(story.signed).date():
                continue  # nobody is reminded before they signed
            if len(written_within(session, noon - timedelta(days=6), noon)) == A_WEEK:
                continue  # so many a week, and no more (C-06)
            reminders.remind(
                session, acting(now=noon.replace(hour=12), vault=vault, site=site), limit=100
            )
            key = f"reminder:{plan.active_version_id}:{number}:{kind}"
            written = session.scalars(
                select(OutboxItem).where(OutboxItem.idempotency_key == key)
            ).one()
            assert written.created_at == noon.replace(hour=12)
            # It is handed over, and waits for no later day.
            session.execute(update(OutboxItem).values(state="expired"))
            session.commit()
    asked = session.scalars(
        select(OutboxItem.idempotency_key).where(OutboxItem.purpose == "reminder")
    ).all()
    assert {int(one.split(":")[2]) for one in asked} == set(numbers)

"""No page and no job reads a large table as a whole: every statement of theirs is explained on a
made database, on PostgreSQL.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.config import Settings
from app.jobs import JOBS, LIMIT
from app.models import (
    Agreement,
    Borrower,
    Loan,
    Payment,
    PaymentAct,
    Plan,
    PlanVersion,
    QueuePlace,
)
from app.services.queue import queries as queue_queries
from app.services.queue.queries import TABS
from app.services.register import sums as register_sums
from app.services.work.gauge_queries import gauges
from app.wiring import make_gateways
from tests.bench.made.book import Size, build
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.payments import TODAY, make_payment, make_statement
from tests.support.people import make_staff, sign_in_as, sign_in_staff
from tests.support.plans_read import Reader

pytestmark = [
    pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True),
    pytest.mark.xdist_group("made"),
]
SIZE = Size(agreements=1_500, waiting=2_000, others=500)


@pytest.fixture
def database_template(filled_databases, tmp_path_factory):
    def fill(database):
        folder = {"INSTANCE_DIR": str(tmp_path_factory.mktemp("made"))}
        settings = Settings.from_env(folder | KEYS)
        with database.sessions() as session:
            build(database.engine, session, make_gateways(settings), settings.site, SIZE)

    return filled_databases("postgresql", "made", fill)


@pytest.fixture
def reader(app):
    return Reader(app.extensions["anhuan_engine"])


@pytest.fixture
def look(client, reader):
    """look(addresses) -> what reads too much, by address."""

    def at(*addresses):
        found = {}
        for address in addresses:
            faults = reader.faults(lambda to=address: _opened(client, to))
            if faults:
                found[address] = list(map(str, faults))
        return found

    return at


def _opened(client, address):
    assert client.get(address).status_code in (200, 302, 303), address


def in_the_middle(session, column, *conditions):
    """One of many, neither the first nor the last."""
    return session.scalars(select(column).where(*conditions).offset(700).limit(1)).first()


def test_pages_of_the_desk(client, session, look, monkeypatch):
    # So many of the last answers are read for the median, and no more.
    monkeypatch.setattr(queue_queries, "MOST_ANSWERS", 50)
    sign_in_staff(client, session, make_staff(session, "supervisor", "agent"))
    waiting = in_the_middle(session, PlanVersion.public_id, PlanVersion.state == "submitted")
    signed = in_the_middle(session, PlanVersion.public_id, PlanVersion.state == "signed")
    borrower = in_the_middle(session, Borrower.public_id)
    loan = in_the_middle(session, Loan.public_id)
    session.rollback()
    assert not look(
        *(f"/admin/?tab={tab}" for tab in TABS),
        f"/admin/?after={waiting}",
        f"/admin/plan/{waiting}",
        f"/admin/plan/{signed}",
        f"/admin/plan/{waiting}/next",
        f"/admin/plan/{waiting}/counter",
        f"/admin/borrowers/{borrower}",
        f"/admin/loans/{loan}",
        "/admin/callbacks",
        "/admin/messages",
        "/admin/mobile-changes",
        "/admin/nightly-files",
        "/admin/contested",
        "/admin/releases",
    )


@pytest.mark.parametrize(
    "column",
    [Loan.ref, Loan.contract_no, Loan.customer_no, Loan.ref_end, Plan.number, Agreement.number],
    ids=str,
)
def test_whatever_the_desk_finds(client, session, reader, column):
    sign_in_staff(client, session, make_staff(session, "agent"))
    text = in_the_middle(session, column)
    session.rollback()
    page = client.get("/admin/find")
    assert not reader.faults(lambda: client.post_form(page, text=text))


def test_pages_of_finance(client, session, look, monkeypatch):
    # So many are counted that begin with a number, and no more.
    monkeypatch.setattr(register_sums, "MOST_BEGIN", 50)
    sign_in_staff(client, session, make_staff(session, "finance"))
    number = in_the_middle(session, Agreement.number)
    ref = in_the_middle(session, Loan.ref, Loan.ref.in_(select(Loan.ref)))
    session.rollback()
    rare = "kind=settlement&state=broken"
    assert not look(
        "/finance/",
        f"/finance/?after={number}",
        "/finance/?state=active",
        f"/finance/?{rare}",
        "/finance/?kind=reamortise&product=教育分期&due=2026-10",
        "/finance/?due=2026-12&from=2026-01-01&to=2026-12-31",
        f"/finance/?number={number}",
        "/finance/?number=AH-",
        f"/finance/?number={ref}",
        f"/finance/agreements/{number}",
        "/finance/exports",
        "/finance/exports/new?due=2026-12",
    )


@pytest.fixture
def much_money(database, session, gateways):
    """Three thousand payments of a hundred days, forty of them nobody's, thirty that go back."""
    one = make_payment(session, gateways.vault)
    kept = {c.key for c in Payment.__table__.columns} - {"id", "words_enc"}
    copied = {name: getattr(one, name) for name in kept}
    rows = [
        copied
        | {
            "public_id": f"p{number:019d}",
            "channel_ref": f"C{number:05d}",
            "channel": ("对公", "支付宝", "微信支付")[number % 3],
            "state": "unmatched" if number < 40 else "returned" if number < 70 else "matched",
            "arrived_on": one.arrived_on - timedelta(days=number % 100),
            "paid_on": one.arrived_on - timedelta(days=number % 100),
        }
        for number in range(3_000)
    ]
    session.execute(Payment.__table__.insert(), rows)
    returned = session.scalars(select(Payment.id).where(Payment.state == "returned")).all()
    acts = {"words": "货款", "who": "staff:x", "at": NOW}
    session.add_all(PaymentAct(payment_id=row, act="returned", **acts) for row in returned)
    file = make_statement(session)
    session.commit()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.exec_driver_sql("VACUUM (ANALYZE) payments")
        plain.exec_driver_sql("VACUUM (ANALYZE) payment_acts")
    return file.public_id


def test_pages_of_money(client, session, much_money, app):
    sign_in_staff(client, session, make_staff(session, "finance"))
    session.rollback()
    day = TODAY - timedelta(days=50)
    payment, claimed = f"p{7:019d}", f"p{1_500:019d}"
    reader = Reader(app.extensions["anhuan_engine"])
    assert "payments" in reader.large
    for address in (
        "/finance/money",
        *(f"/finance/money?tab={tab}" for tab in ("free", "mine", "old", "returned")),
        f"/finance/money?after={payment}",
        "/finance/money/all",
        f"/finance/money/all?day={day}&channel=对公&state=matched",
        "/finance/money/all?number=C01500",
        f"/finance/money/{payment}",
        f"/finance/money/{claimed}",
        "/finance/money/files",
        f"/finance/money/files/{much_money}",
    ):
        faults = reader.faults(lambda to=address: _opened(client, to))
        assert not list(map(str, faults)), address


def test_pages_of_a_borrower(client, session, look):
    plan = session.scalars(
        select(PlanVersion).join(QueuePlace, QueuePlace.version_id == PlanVersion.id).offset(900)
    ).first()
    borrower = session.scalars(
        select(Borrower).join(Plan, Plan.borrower_id == Borrower.id).where(Plan.id == plan.plan_id)
    ).one()
    loan = session.scalars(select(Loan.public_id).where(Loan.borrower_id == borrower.id)).first()
    sign_in_as(client, session, borrower)
    session.rollback()
    assert not look(
        "/home", f"/loan/{loan}", f"/plan/{plan.public_id}", "/contacts", "/messages", "/breathing"
    )


def test_figures_for_those_who_watch(database, gateways, settings):
    context = acting(now=NOW, gateways=gateways, site=settings.site)
    with database.sessions() as session:
        faults = Reader(database.engine).faults(lambda: gauges(session, context))
    assert not list(map(str, faults))


# Of these a night reads everything on purpose, or they come by when nobody waits.
WHOLE = {
    # What falls due on the days it writes of is its work.
    ("reminders", "agreements"),
    # Goes through the plans that are kept once an hour, in steps by their key.
    ("ledger", "plans"),
    # Plans that are to be mended are found among all, in steps by their key.
    ("keeping", "plans"),
    # The ledger of every plan is held against the file of a night, some hundred plans at a time.
    *(("differences", table) for table in ("loans", "plan_loans", "plans", "loan_snapshots")),
    # What is on hold, in a plan or complained about at the end of a day is its work: all of it.
    *(
        ("lender-files", table)
        for table in ("holds", "loans", "borrowers", "plans", "plan_loans", "threads")
    ),
    # Attests, once, what was there before the trail attested anything.
    ("housekeeping", "agreements"),
    ("housekeeping", "decisions"),
    ("housekeeping", "holds"),
    # A code that signed is kept for good, and passed over.
    ("housekeeping", "sign_in_codes"),
    ("housekeeping", "signatures"),
}


@pytest.mark.parametrize("duty", JOBS, ids=lambda duty: duty.task.name)
def test_jobs(database, gateways, settings, duty):
    context = acting(now=NOW, gateways=gateways, site=settings.site)
    faults = Reader(database.engine).faults(lambda: duty.run(database.sessions, context, LIMIT))
    assert not [str(one) for one in faults if (duty.task.name, one.table) not in WHOLE]

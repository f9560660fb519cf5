"""A file taken in by two at once, or by one that was killed: each line once, days covered only by a
whole file.
"""

import multiprocessing
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.references import reference_of
from app.models import Match, Payment, Plan, StatementFile
from app.services.keeping.accounts import covered_until
from app.services.repayments import importing
from app.services.repayments.importing import import_repayments
from app.wiring import open_repayments
from tests.factories import make_agreement, make_borrower, make_loan, make_plan
from tests.services.repayments.conftest import TODAY
from tests.support import killed_import
from tests.support.lender_rows import ListFile, write_csv
from tests.support.races import rounds, run_together

# Forked from a process that has loaded the product and nothing else: as clean as a new one.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.support.killed_import"])
KILLED, SECONDS = -9, 120
# Begin, three batches, what waited for the end, end.
COMMITS = 6
TOGETHER = 4


@pytest.fixture
def reference(database, vault):
    """The reference of a signed plan in a database of its own."""
    with database.sessions() as session:
        loan = make_loan(session, make_borrower(session, vault))
        version = make_plan(session, loan, state="approved")
        make_agreement(session, version)
        return reference_of(session.get_one(Plan, version.plan_id).number)


def lines(reference, start=0):
    """Six lines: a reversal before its payment, money of nobody, a fault."""

    def cells(number, **written):
        return {
            "流水号": f"K{start + number:06d}",
            "渠道": "银行卡",
            "入账日期": TODAY.isoformat(),
            "金额": f"{number + 1}.00",
            "备注": reference,
        } | written

    return [
        cells(0, 冲正流水号=f"K{start + 3:06d}", 金额="4.00"),
        cells(1),
        cells(2, 备注="还款"),
        cells(3),
        cells(4, 金额="x"),
        cells(5),
    ]


def kept(database):
    """What is on record of payments and matches, whoever stored them."""
    with database.sessions() as session:
        columns = (Payment.channel_ref, Payment.fen, Payment.state, Payment.reason)
        laid = select(*columns, Match.plan_id, Match.fen).outerjoin(
            Match, Match.payment_id == Payment.id
        )
        return session.execute(laid.order_by(Payment.channel_ref)).all()


@pytest.mark.parametrize("at", range(1, COMMITS + 1))
def test_killed_at_a_commit_the_next_run_ends_the_same(
    database, settings, vault, reference, tmp_path, monkeypatch, at
):
    path = write_csv(tmp_path / "repayments.csv", lines(reference))
    process = PROCESSES.Process(
        target=killed_import.take_in, args=(database.address, settings.instance_dir, path, at)
    )
    process.start()
    process.join(SECONDS)
    assert process.exitcode == KILLED
    with database.sessions() as session:
        assert covered_until(session) is None
        before = session.scalar(select(func.count()).select_from(Payment))
    monkeypatch.setattr(importing, "BATCH_LINES", killed_import.BATCH)
    again = killed_import.context_of(vault)
    with database.sessions() as session:
        import_repayments(session, again, file=open_repayments(path))
    assert [(row[0], row[1], row[2], row[5]) for row in kept(database)] == [
        ("K000000", 400, "matched", 400),
        ("K000001", 200, "matched", 200),
        ("K000002", 300, "unmatched", None),
        ("K000003", 400, "matched", 400),
        ("K000005", 600, "matched", 600),
    ]
    with database.sessions() as session:
        assert covered_until(session) == TODAY - timedelta(days=1)
        whole = session.scalars(select(StatementFile).where(StatementFile.state == "stored")).one()
        assert (whole.rows, whole.posted, whole.duplicates) == (6, 5 - before, before)


@pytest.mark.race
def test_two_imports_of_one_file_at_once_store_each_line_once(
    database, vault, reference, monkeypatch
):
    monkeypatch.setattr(importing, "BATCH_LINES", killed_import.BATCH)
    context = killed_import.context_of(vault)
    for number in rounds():
        file = ListFile(lines(reference, number * 10))

        def take(_thread, file=file):
            with database.sessions() as session:
                return import_repayments(session, context, file=file)

        told = run_together(take, threads=TOGETHER)
        assert [type(one).__name__ for one in told] == ["RepaymentsReport"] * TOGETHER, told
        assert sum(one.posted for one in told) == 5
        assert sum(one.duplicates for one in told) == 5 * (TOGETHER - 1)
        assert sum(one.total_fen for one in told) == 1_100
        assert len(kept(database)) == 5 * (number + 1)

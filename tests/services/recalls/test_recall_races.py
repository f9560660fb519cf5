"""Signing against recalling an approval whose figures changed: one of the two, never half of each;
two who recall at once do it once.
"""

import pytest
from sqlalchemy import func, select

from app.config import Settings
from app.models import Agreement, Hold, OutboxItem, Plan, PlanLoan, PlanVersion
from app.services.recalls.recalling import recall_version, rehearse_recall
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support.clock import NOW
from tests.support.counters import at_desk, file_says, sound
from tests.support.installation import KEYS
from tests.support.proposals import make_staff
from tests.support.races import race_rounds, run_together
from tests.support.signing import approved, ask, plain, read_by, sign

pytestmark = pytest.mark.race
WORDS = "费用更正过，按原来的数签不对，所以先收回。"
SIGNED = ("signed", "active", True, 1, 1)
RECALLED = ("recalled", "recalled", False, 0, 0)


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


def kinds(results) -> list[str]:
    return [type(one).__name__ if isinstance(one, Exception) else "done" for one in results]


def offered(session, gateways, site, number):
    """An approved plan that may still be signed, for more is owed by now, and the code to sign."""
    borrower = make_borrower(session, gateways.vault, mobile=f"190{number:08d}")
    loan = make_loan(session, borrower)
    version = approved(session, gateways, site, borrower=borrower, loan=loan)
    file_says(session, loan, fee_fen=1)
    asked = ask(session, gateways, site, read_by(session, gateways, site, version, borrower))
    boss = make_staff(session, roles=("supervisor",))
    desk = at_desk(gateways.vault, site, boss)
    shown = rehearse_recall(session, desk, version_public_id=version, words=WORDS)
    seen = {"version_public_id": version, "words": WORDS, "shown_sha256": shown.sha256}
    return asked, desk, seen


def outcome(session, version) -> tuple[str, str, bool, int, int]:
    row = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    plan = session.get_one(Plan, row.plan_id)
    loan = session.scalars(select(PlanLoan).where(PlanLoan.plan_id == plan.id)).one()
    agreements = session.scalar(
        select(func.count()).select_from(Agreement).where(Agreement.version_id == row.id)
    )
    kept = session.scalar(
        select(func.count()).where(Hold.loan_id == loan.loan_id, Hold.cause == "plan_kept")
    )
    return row.state, plan.state, loan.is_open, agreements, kept


def test_signed_or_recalled_is_one_of_the_two(database, gateways, site):
    for number in range(race_rounds()):
        with database.sessions() as session:
            asked, desk, seen = offered(session, gateways, site, number)

        def act(thread, asked=asked, desk=desk, seen=seen):
            with database.sessions() as own:
                if thread:
                    recall_version(own, desk, **seen)
                else:
                    sign(own, gateways, site, asked, now=NOW)

        results = kinds(run_together(act, threads=2))
        with database.sessions() as session:
            version = asked.version
            found = results, outcome(session, version)
            assert found in (
                (["done", "SignedMeanwhile"], SIGNED),
                (["OfferOver", "done"], RECALLED),
                # The document was made of what stood a moment before.
                (["StateChanged", "done"], RECALLED),
            )
            keys = session.scalars(select(OutboxItem.idempotency_key)).all()
            assert keys.count(f"plan-recalled:{version}") == (found[1] == RECALLED)
    sound(database, gateways=gateways)


def test_two_who_recall_at_once_do_it_once(database, gateways, site):
    with database.sessions() as session:
        asked, desk, seen = offered(session, gateways, site, 1)

    def act(_thread):
        with database.sessions() as own:
            recall_version(own, desk, **seen)

    assert set(kinds(run_together(act, threads=8))) == {"done"}
    with database.sessions() as session:
        assert outcome(session, asked.version) == RECALLED
        keys = session.scalars(select(OutboxItem.idempotency_key)).all()
        assert keys.count(f"plan-recalled:{asked.version}") == 1
    sound(database, gateways=gateways)

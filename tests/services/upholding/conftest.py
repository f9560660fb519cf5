"""A signed plan with a first payment on 26 November and parts on the 10th of each month."""

from datetime import timedelta

import pytest

from app.config import Settings
from app.models import Plan
from app.services.core.transaction import transaction
from app.services.proposals.basis import Answers
from app.services.upholding.following import follow
from app.wiring import make_gateways
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.money import plan_of
from tests.support.signing import plain, signed

ANSWERS = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


@pytest.fixture
def number(session, gateways, site, borrower, loan) -> str:
    return signed(session, gateways, site, borrower=borrower, loan=loan, answers=ANSWERS)


@pytest.fixture
def later(gateways, site):
    """The surroundings so many days after the signature."""

    def surroundings(days):
        return acting(now=NOW + timedelta(days=days), gateways=gateways, site=site)

    return surroundings


@pytest.fixture
def act(session, later, number):
    """Follow the plan so many days after its signature."""

    def following(days=5) -> Plan:
        plan_id = plan_of(session, number).id
        with transaction(session):
            follow(session, later(days), plan_ids=[plan_id])
        session.expire_all()
        return session.get_one(Plan, plan_id)

    return following

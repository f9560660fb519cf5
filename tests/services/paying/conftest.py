"""A signed plan with a first payment on 26 November and parts on the 10th of each month, and the
local cashier to pay it by.
"""

from datetime import timedelta

import pytest

from app.config import Settings
from app.services.proposals.basis import Answers
from app.wiring import make_gateways
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.installation import KEYS
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
def at(gateways, site):
    """The surroundings so long after the signature."""

    def surroundings(**later):
        return acting(now=NOW + timedelta(**later), gateways=gateways, site=site)

    return surroundings


@pytest.fixture
def soon(at):
    return at(hours=1)

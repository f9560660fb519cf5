"""The text of a version, and a version approved, read and about to be signed."""

import pytest

from app.config import Settings
from app.services.proposals.basis import Answers
from app.wiring import make_gateways
from tests.support.agreements import text_of
from tests.support.installation import KEYS
from tests.support.proposals import submitted
from tests.support.signing import approved, ask, plain, read_by

WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")


@pytest.fixture
def public_id(session, vault, site):
    return submitted(session, vault, site, answers=WITH_FIRST)


@pytest.fixture
def text(session, vault, site, public_id):
    return text_of(session, vault, site, public_id)


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


@pytest.fixture
def version(session, gateways, site, borrower, loan) -> str:
    return approved(session, gateways, site, borrower=borrower, loan=loan)


@pytest.fixture
def read(session, gateways, site, borrower, version):
    return read_by(session, gateways, site, version, borrower)


@pytest.fixture
def asked(session, gateways, site, read):
    return ask(session, gateways, site, read)

"""What the file knows of a caller: tail of the id, birth date, last instalment of any loan."""

from datetime import datetime, timedelta

import pytest

from app.config import Settings
from app.domain.calendar import BEIJING
from app.domain.money import figure
from app.domain.schedule import schedule
from app.services.agreements.queries import agreement_view
from app.services.identity.items import is_right, known_items
from app.services.loans.figures import terms_of
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support import signing
from tests.support.acting import acting
from tests.support.callers import RIGHT, WRONG
from tests.support.clock import NOW
from tests.support.installation import KEYS


@pytest.fixture
def right(session, vault, borrower, loan):
    def asked(item, heard, now=NOW, person=None):
        person = (borrower,) if person is None else person
        context = acting(now=now, vault=vault)
        return is_right(session, context, person=person, item=item, heard=heard)

    return asked


@pytest.mark.parametrize("item", RIGHT)
def test_right_and_wrong(right, item):
    assert right(item, RIGHT[item])
    assert not right(item, WRONG[item])


def test_a_passport_tells_no_birth_date(session, vault, loan):
    holder = make_borrower(session, vault, mobile="19003740009", id_number="passport:E1234567X")
    context = acting(now=NOW, vault=vault)
    assert known_items(session, context, person=(holder,)) == {"id_last4"}
    said = {"person": (holder,), "item": "id_last4"}
    assert is_right(session, context, **said, heard="567x")
    assert not is_right(session, context, **said, heard="5670")


@pytest.mark.parametrize("heard", ["585.26", "585.28", "585", "5852.7"])
def test_an_instalment_is_right_to_the_fen(right, heard):
    assert not right("instalment", heard)


def test_the_instalment_of_any_loan_of_the_person_is_right(session, vault, right, borrower):
    other = make_borrower(session, vault)
    make_loan(session, other, principal_fen=120_000, annual_ppm=0)
    make_loan(session, borrower, principal_fen=240_000, annual_ppm=0)
    assert right("instalment", "100.00")
    assert not right("instalment", "50.00")
    # A person who is two customers of the lender is one.
    assert right("instalment", "50.00", person=(borrower, other))


def test_it_is_the_one_that_fell_due_last_the_first_where_none_did(session, vault, right):
    other = make_borrower(session, vault, mobile="19003740001")
    loan = make_loan(session, other, principal_fen=100_001, annual_ppm=0, periods=3, paid=0)
    first, last = (figure(one.total_fen) for one in schedule(terms_of(loan))[::2])
    assert first != last
    begun = NOW - timedelta(days=339)
    for heard, now in ((last, NOW), (first, begun)):
        assert right("instalment", heard, person=(other,), now=now)
    for heard, now in ((first, NOW), (last, begun)):
        assert not right("instalment", heard, person=(other,), now=now)


def test_without_a_loan_an_instalment_is_not_asked(session, vault):
    nobody = make_borrower(session, vault, mobile="19003740001")
    context = acting(vault=vault)
    assert known_items(session, context, person=(nobody,)) == {"id_last4", "birth_on"}


def test_a_signed_plan_is_what_the_borrower_pays(session, vault, site, borrower, loan, tmp_path):
    gateways = signing.plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )
    number = signing.signed(session, gateways, site, borrower=borrower, loan=loan)
    context = acting(now=NOW + timedelta(minutes=9), vault=vault)
    plan = agreement_view(session, context, borrower_id=borrower.id, number=number).kept
    ask = {"person": (borrower,), "item": "instalment"}
    assert is_right(session, context, heard=figure(plan.payments[0].amount_fen), **ask)
    assert not is_right(session, context, heard=RIGHT["instalment"], **ask)
    second = plan.payments[1]
    later = acting(now=datetime(*second.due_on.timetuple()[:3], 12, tzinfo=BEIJING), vault=vault)
    assert is_right(session, later, heard=figure(second.amount_fen), **ask)

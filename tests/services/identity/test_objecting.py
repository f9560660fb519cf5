"""The old number objects: it is back at once, and a supervisor without a hand in it decides."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.mobile_change import SETTLING
from app.models import Borrower, MobileChange
from app.services.identity import objecting
from app.services.identity.change_steps import ChangeOver, SamePerson
from app.services.identity.changing import ChangeWaits
from app.services.identity.holds import MobileHold, mobile_hold
from app.services.identity.objecting import NotSupervisor
from tests.support.acting import acting
from tests.support.callers import NEW, confirmed, entered, waiting
from tests.support.proposals import make_staff

OLD = "19003740000"


class Case:
    def __init__(self, session, vault, site, phone, lin):
        self.session, self.vault, self.site, self.phone = session, vault, site, phone
        self.change = confirmed(phone, lin)

    def context(self, who):
        return acting(now=self.phone.now, vault=self.vault, site=self.site, staff=who)

    def object(self, who):
        objecting.object_to_mobile(self.session, self.context(who), change_public_id=self.change)

    def decide(self, who, *, new):
        objecting.decide_mobile(
            self.session, self.context(who), change_public_id=self.change, is_new_right=new
        )

    @property
    def stands(self):
        self.session.rollback()
        one = self.session.scalars(select(Borrower)).one()
        number = self.vault.unseal(
            one.mobile_enc, table="borrowers", row=one.public_id, column="mobile"
        )
        state = self.session.scalars(select(MobileChange.state)).one()
        return number, one.mobile_stands, state

    @property
    def hold(self):
        who = self.session.scalars(select(Borrower.id_hmac)).one()
        return mobile_hold(self.session, self.phone.context(), id_hmac=who)


@pytest.fixture
def case(session, vault, site, phone, lin):
    return Case(session, vault, site, phone, lin)


def test_the_old_number_is_back_and_nothing_is_signed_until_a_person_decides(
    case, session, vault, mei
):
    for _ in range(2):
        case.object(mei)
    assert case.stands == (OLD, True, "objected")
    assert case.hold == MobileHold(None)
    assert [one.to for one in waiting(session, vault)] == [OLD, NEW, OLD, NEW]
    case.phone.now += SETTLING * 3
    assert case.hold == MobileHold(None)


@pytest.mark.parametrize(
    ("new", "stands"), [(False, (OLD, False, "undone")), (True, (NEW, True, "confirmed"))]
)
def test_a_supervisor_decides(case, mei, boss, new, stands):
    case.object(mei)
    case.phone.now += timedelta(hours=30)
    case.decide(boss, new=new)
    assert case.stands == stands
    # The new number has its hours anew, the old one none.
    assert case.hold == (MobileHold(case.phone.now + SETTLING) if new else None)


def test_who_had_a_hand_in_it_or_is_no_supervisor_decides_nothing(case, session, mei, lin):
    case.object(mei)
    with pytest.raises(NotSupervisor):
        case.decide(make_staff(session), new=True)
    for one in (mei, lin):
        twin = make_staff(session, roles=("supervisor",), person_id=one.person_id)
        with pytest.raises(SamePerson):
            case.decide(twin, new=True)
    assert case.stands == (OLD, True, "objected")


def test_nothing_is_decided_without_an_objection(case, boss):
    with pytest.raises(ChangeOver):
        case.decide(boss, new=False)
    assert case.stands == (NEW, True, "confirmed")


def test_while_it_is_objected_to_no_other_change_is_entered(case, mei):
    case.object(mei)
    with pytest.raises(ChangeWaits):
        entered(case.phone, mobile="19003741111")


def test_after_the_file_has_brought_it_only_the_hours_are_left_to_object(case, session, mei):
    session.scalars(select(MobileChange)).one().state = "in_file"
    session.commit()
    case.phone.now += SETTLING
    with pytest.raises(ChangeOver):
        case.object(mei)
    case.phone.now -= timedelta(minutes=1)
    case.object(mei)
    assert case.stands == (OLD, True, "objected")


def test_without_a_change_nothing_is_held(session, phone, borrower):
    assert mobile_hold(session, phone.context(), id_hmac=borrower.id_hmac) is None

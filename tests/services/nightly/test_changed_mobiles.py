"""A mobile changed at the desk stands over the file, until the file brings it too."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.mobile_change import SETTLING
from app.models import Borrower, Loan, LoanSnapshot, MobileChange
from app.services.identity import objecting
from tests.support.acting import acting
from tests.support.books import AS_OF, good_cells, id_number
from tests.support.callers import NEW, Phone, confirmed
from tests.support.proposals import make_staff

OLD = "19000000001"


class Night:
    """A borrower from a file, whose mobile two members of staff changed; a file each night."""

    def __init__(self, session, vault, site, take_in):
        self.session, self.vault, self.site, self.take_in = session, vault, site, take_in
        self.as_of = AS_OF
        take_in(good_cells())
        self.phone = Phone(session, vault, site, self.borrower, make_staff(session))
        self.phone.call()
        self.phone.hear("id_last4", id_number(1)[-4:])
        self.phone.hear("birth_on", "19850101")
        self.change = confirmed(self.phone, make_staff(session))

    @property
    def borrower(self):
        self.session.rollback()
        return self.session.scalars(select(Borrower)).one()

    def file(self, **overrides):
        self.as_of += timedelta(days=1)
        return self.take_in(good_cells(as_of=self.as_of, **overrides))

    @property
    def stored(self):
        one = self.borrower
        values = [
            self.vault.unseal(
                getattr(one, f"{name}_enc"), table="borrowers", row=one.public_id, column=name
            )
            for name in ("mobile", "name")
        ]
        state = self.session.scalars(select(MobileChange.state)).one()
        assert one.mobile_hmac == self.vault.fingerprint(values[0], purpose="mobile")
        assert one.mobile_last4_hmac == self.vault.fingerprint(
            values[0][-4:], purpose="mobile_last4"
        )
        return values[0], values[1], one.mobile_stands, state


@pytest.fixture
def night(session, vault, site, take_in):
    return Night(session, vault, site, take_in)


@pytest.mark.parametrize("mobile", [OLD, "19003742222"])
def test_it_stands_whatever_other_number_the_file_brings(night, mobile):
    for _ in range(2):
        assert night.file(手机号码=mobile).accepted == 1
        assert night.stored == (NEW, "罗涵敏", True, "confirmed")


def test_another_name_comes_in_and_the_number_stays(night):
    night.file(姓名="罗涵")
    assert night.stored == (NEW, "罗涵", True, "confirmed")


def test_once_the_file_brings_it_the_file_counts_again(night):
    night.file(手机号码=NEW)
    assert night.stored == (NEW, "罗涵敏", False, "in_file")
    night.file(手机号码="19003742222")
    assert night.stored == ("19003742222", "罗涵敏", False, "in_file")


def test_it_comes_with_another_name_as_well(night):
    night.file(手机号码=NEW, 姓名="罗涵")
    assert night.stored == (NEW, "罗涵", False, "in_file")


def test_the_same_file_again_changes_nothing(night, session):
    night.file()
    figures = set(session.scalars(select(LoanSnapshot.id)))
    again = night.take_in(good_cells(as_of=night.as_of))
    assert (again.state, again.unchanged) == ("unchanged", 1)
    assert set(session.scalars(select(LoanSnapshot.id))) == figures
    assert session.scalars(select(Loan.as_of_on)).one() == night.as_of


@pytest.mark.parametrize("mobile", [NEW, OLD, "19003742222"])
def test_after_an_objection_the_old_one_stands_until_a_person_decides(night, session, mobile):
    boss = make_staff(session, roles=("supervisor",))
    context = acting(now=night.phone.now, vault=night.vault, site=night.site, staff=boss)
    objecting.object_to_mobile(session, context, change_public_id=night.change)
    night.file(手机号码=mobile)
    assert night.stored == (OLD, "罗涵敏", True, "objected")
    objecting.decide_mobile(
        session,
        context.at(context.now + SETTLING),
        change_public_id=night.change,
        is_new_right=False,
    )
    night.file(手机号码=mobile)
    assert night.stored == (mobile, "罗涵敏", False, "undone")

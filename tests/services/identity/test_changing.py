"""A changed mobile: entered in a checked call, confirmed by another, told to both numbers."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.domain.caller import CALL_LASTS
from app.domain.mobile_change import SETTLING
from app.models import AuditEntry, Borrower, MobileChange, SessionRow
from app.services.identity import changing
from app.services.identity.change_steps import ChangeOver, SamePerson
from app.services.identity.changing import ChangedLately, ChangeWaits, NotChecked, SameMobile
from app.services.signin.sessions import start_session
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.callers import NEW, Phone, confirmed, entered, waiting
from tests.support.clock import NOW
from tests.support.proposals import make_staff
from tests.support.races import race_rounds, run_together

OLD = "19003740000"


def numbers(session, vault):
    session.rollback()
    return [
        vault.unseal(one.mobile_enc, table="borrowers", row=one.public_id, column="mobile")
        for one in session.scalars(select(Borrower).order_by(Borrower.id))
    ]


def confirm(phone, change, who, now=None):
    context = acting(now=now or phone.now, vault=phone.vault, site=phone.site, staff=who)
    changing.confirm_mobile(phone.session, context, change_public_id=change)


def test_what_is_entered_changes_nothing_yet(session, vault, phone):
    change = entered(phone)
    assert entered(phone) == change
    assert numbers(session, vault) == [OLD]
    assert waiting(session, vault) == []
    stored = session.scalars(select(MobileChange)).one()
    assert (stored.state, NEW.encode() in stored.new_enc) == ("entered", False)


def test_a_second_person_confirms_and_both_numbers_are_told(session, vault, site, phone, lin):
    confirmed(phone, lin)
    assert numbers(session, vault) == [NEW]
    borrower = session.scalars(select(Borrower)).one()
    assert borrower.mobile_hmac == vault.fingerprint(NEW, purpose="mobile")
    assert borrower.mobile_last4_hmac == vault.fingerprint(NEW[-4:], purpose="mobile_last4")
    assert borrower.mobile_stands
    told = {one.to: one for one in waiting(session, vault)}
    assert told.keys() == {OLD, NEW}
    assert "不是您换的" in told[OLD].text
    assert site.hotline in told[OLD].text
    assert NEW[-4:] in told[OLD].text
    assert {one.at for one in told.values()} == {phone.now}
    actions = session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.object_kind == "mobile_change")
        .order_by(AuditEntry.seq)
    ).all()
    assert actions == ["mobile.entered", "mobile.confirmed"]
    kept = str(session.execute(select(AuditEntry.before, AuditEntry.after)).all())
    assert NEW not in kept
    assert OLD not in kept


def test_who_entered_it_confirms_nothing_by_a_second_account_either(session, vault, phone, mei):
    twin = make_staff(session, roles=("agent", "supervisor"), person_id=mei.person_id)
    change = entered(phone)
    for who in (mei, twin):
        with pytest.raises(SamePerson):
            confirm(phone, change, who)
    assert numbers(session, vault) == [OLD]


def test_past_the_services_the_table_refuses_one_person_twice(session, phone):
    entered(phone)
    change = session.scalars(select(MobileChange)).one()
    change.confirmed_person = change.entered_person
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


@pytest.mark.parametrize("how", ["never", "open", "failed", "late", "by another"])
def test_without_a_passed_check_of_this_call_nothing_is_entered(session, phone, lin, how):
    if how in ("open", "failed"):
        phone.call()
    if how == "failed":
        phone.wrong("id_last4")
        phone.wrong("birth_on")
    if how in ("late", "by another"):
        phone.pass_check()
    if how == "late":
        phone.now += CALL_LASTS
    if how == "by another":
        phone.who = lin
    with pytest.raises(NotChecked):
        changing.enter_mobile(
            session,
            phone.context(),
            borrower_public_id=phone.borrower.public_id,
            mobile=NEW,
            reason="lost",
        )
    assert session.scalar(select(func.count()).select_from(MobileChange)) == 0
    session.rollback()


def test_the_number_on_record_is_no_change(phone):
    with pytest.raises(SameMobile):
        entered(phone, mobile=OLD)


def test_one_change_waits_at_a_time(phone):
    entered(phone)
    with pytest.raises(ChangeWaits):
        entered(phone, mobile="19003741111")


def test_no_further_change_within_the_hours(session, vault, phone, lin):
    confirmed(phone, lin)
    done = phone.now
    phone.now = done + SETTLING - timedelta(minutes=2)
    with pytest.raises(ChangedLately):
        entered(phone, mobile="19003741111")
    phone.now = done + SETTLING + timedelta(minutes=40)
    confirmed(phone, lin, mobile="19003741111")
    assert numbers(session, vault) == ["19003741111"]
    states = session.scalars(select(MobileChange.state).order_by(MobileChange.id)).all()
    assert states == ["replaced", "confirmed"]


def test_what_was_taken_back_is_not_confirmed(session, vault, phone, mei, lin):
    change = entered(phone)
    for _ in range(2):
        changing.drop_mobile(session, phone.context(), change_public_id=change)
    with pytest.raises(ChangeOver):
        confirm(phone, change, lin)
    assert numbers(session, vault) == [OLD]


def test_every_session_of_the_borrower_ends(session, borrower, phone, lin):
    start_session(session, acting(now=NOW), borrower_id=borrower.id)
    session.commit()
    confirmed(phone, lin)
    row = session.scalars(select(SessionRow)).one()
    assert (row.ended_at, row.ended_why) == (phone.now, "mobile_changed")


def test_both_customers_of_one_person_get_it_and_a_number_of_its_own_stays(
    session, vault, phone, lin
):
    make_borrower(session, vault)
    make_borrower(session, vault, mobile="19003749999")
    make_borrower(session, vault, id_number="990101198901140964")
    confirmed(phone, lin)
    assert numbers(session, vault) == [NEW, NEW, "19003749999", OLD]


def test_the_old_number_is_the_one_it_takes_the_place_of(session, vault, phone, lin, borrower):
    """A file may bring another number between entering and confirming."""
    change = entered(phone)
    row = session.scalars(select(Borrower)).one()
    row.mobile_enc = vault.seal(
        "19003742222", table="borrowers", row=row.public_id, column="mobile"
    )
    row.mobile_hmac = vault.fingerprint("19003742222", purpose="mobile")
    session.commit()
    confirm(phone, change, lin)
    assert {one.to for one in waiting(session, vault)} == {"19003742222", NEW}


@pytest.mark.race
def test_confirmed_by_many_at_once_it_is_confirmed_once(database, vault, site):
    with database.sessions() as session:
        borrower = make_borrower(session, vault)
        phone = Phone(session, vault, site, borrower, make_staff(session))
        colleagues = [make_staff(session) for _ in range(4)]
        for number in range(min(race_rounds(), 5)):
            phone.now += SETTLING + timedelta(hours=1)
            change = entered(phone, mobile=f"1900375{number:04d}")
            session.rollback()

            def one(place, change=change):
                with database.sessions() as own:
                    context = acting(now=phone.now, vault=vault, site=site, staff=colleagues[place])
                    changing.confirm_mobile(own, context, change_public_id=change)

            assert [done for done in run_together(one, threads=4) if done is not None] == []
            confirmations = select(func.count()).where(
                AuditEntry.action == "mobile.confirmed", AuditEntry.object_id == change
            )
            assert session.scalar(confirmations) == 1
            session.rollback()

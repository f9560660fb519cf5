"""Staff sign in by password and code: one answer for all faults, waits and no locks, told to the
owner.
"""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.models import AuditEntry, FailedTry, RefusedTry, SessionRow, Staff, StaffSignIn
from app.services.signin.sessions import token_hash
from app.services.staff import signing_in
from app.services.staff.devices import DeskVisit
from app.services.staff.signing_in import DeskCodeWrong, PasswordWrong
from app.services.staff.totp import make_recovery_codes
from app.services.staff.tries import TooManyTries
from tests.support.acting import acting
from tests.support.authenticator import enrol, fresh_code
from tests.support.clock import NOW
from tests.support.staff_accounts import HERE, add, first_step, sign_in

ELSEWHERE = DeskVisit("another browser", "10.0.0.2")


@pytest.fixture
def secret(session, vault):
    add(session)
    return enrol(session, vault)


def count(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


def finish(session, vault, step, code, *, visit=HERE, now=NOW):
    return signing_in.finish_sign_in(
        session,
        acting(now=now, vault=vault),
        step=step,
        code=code,
        visit=visit,
        old_token="",
    )


def wrong_passwords(session, vault, times, *, visits, username="mei", now=NOW):
    for n in range(times):
        with pytest.raises(PasswordWrong):
            first_step(session, vault, username=username, password="-", visit=visits(n), now=now)


def test_both_steps_open_a_session_stepped_up(session, vault, secret):
    step = first_step(session, vault, username="MEI ")
    assert count(session, SessionRow) == 0
    found = signing_in.second_step(session, acting(), step=step)
    assert (found.username, found.needs_enrolment) == ("mei", False)
    done = finish(session, vault, step, fresh_code(secret, NOW))
    row = session.scalars(select(SessionRow)).one()
    assert row.token_hash == token_hash(done.token)
    assert (row.audience, row.stepped_up_at) == ("staff", NOW)
    assert signing_in.second_step(session, acting(), step=step) is None


@pytest.mark.parametrize("fault", ["password", "name", "disabled"])
def test_every_fault_of_the_first_step_is_the_same_answer(session, vault, secret, fault):
    staff = session.scalars(select(Staff)).one()
    staff.disabled_at = NOW if fault == "disabled" else None
    session.commit()
    given = {"password": {"password": "wrong"}, "name": {"username": "nobody"}}.get(fault, {})
    with pytest.raises(PasswordWrong) as refused:
        first_step(session, vault, **given)
    assert refused.value.words == PasswordWrong.message
    assert count(session, StaffSignIn) == 0


def test_a_lock_of_the_release_before_is_none(session, vault, secret):
    session.scalars(select(Staff)).one().locked_until_at = NOW + timedelta(minutes=15)
    session.commit()
    assert sign_in(session, vault, secret).token


@pytest.mark.parametrize("username", ["mei", "nobody"])
def test_the_sixth_wrong_password_of_a_place_waits_whoever_it_is(session, vault, secret, username):
    wrong_passwords(session, vault, 5, visits=lambda _n: HERE, username=username)
    with pytest.raises(TooManyTries) as refused:
        first_step(session, vault, username=username)
    assert refused.value.wait_seconds == 30
    if username == "mei":
        assert first_step(session, vault, visit=ELSEWHERE)
        assert first_step(session, vault, now=NOW + timedelta(seconds=30))


def test_fifty_one_wrong_tries_from_anywhere_do_not_lock_the_owner_out(session, vault, secret):
    for n in range(51):
        at = NOW + timedelta(seconds=30 * n)
        wrong_passwords(
            session, vault, 1, visits=lambda _i, n=n: DeskVisit(f"d{n}", f"b{n}"), now=at
        )
    at = NOW + timedelta(seconds=30 * 51)
    assert sign_in(session, vault, secret, visit=DeskVisit("new", "10.0.9.9"), now=at).token


def test_a_known_browser_waits_for_nobody(session, vault, secret):
    sign_in(session, vault, secret)
    wrong_passwords(session, vault, 20, visits=lambda n: DeskVisit(f"d{n}", f"b{n}"))
    with pytest.raises(TooManyTries):
        first_step(session, vault, visit=ELSEWHERE)
    later = NOW + timedelta(seconds=90)
    with pytest.raises(PasswordWrong):
        first_step(session, vault, password="-", visit=ELSEWHERE, now=later)
    with pytest.raises(TooManyTries):
        first_step(session, vault, visit=ELSEWHERE, now=later)
    # from the address of the attacker, too
    assert sign_in(session, vault, secret, visit=DeskVisit(HERE.device, "b1"), now=later).token


def test_a_known_browser_has_its_own_count(session, vault, secret):
    sign_in(session, vault, secret)
    wrong_passwords(session, vault, 5, visits=lambda n: DeskVisit(HERE.device, f"b{n}"))
    with pytest.raises(TooManyTries):
        first_step(session, vault)


def test_an_address_that_tries_many_names_waits(session, vault, secret):
    for n in range(signing_in.TRIES_OF_ADDRESS):
        wrong_passwords(
            session,
            vault,
            1,
            visits=lambda _i, n=n: DeskVisit(f"d{n}", "9.9.9.9"),
            username=f"no{n}",
        )
    with pytest.raises(TooManyTries):
        first_step(session, vault, visit=DeskVisit("d", "9.9.9.9"))
    assert first_step(session, vault, visit=DeskVisit("d", "9.9.9.8"))


def test_right_answers_leave_no_count(session, vault, secret):
    for _ in range(3):
        wrong_passwords(session, vault, 4, visits=lambda _n: HERE)
        first_step(session, vault)
    assert count(session, FailedTry) == 2 * 12  # what all of the address and of the name share


def test_wrong_codes_wait_per_account_a_known_browser_apart(session, vault, secret):
    sign_in(session, vault, secret)
    later = NOW + timedelta(minutes=2)
    step = first_step(session, vault, visit=ELSEWHERE, now=later)
    for n in range(signing_in.CODES_OF_NAME):
        with pytest.raises(DeskCodeWrong):
            finish(session, vault, step, "000000", visit=DeskVisit(f"d{n}", f"b{n}"), now=later)
    with pytest.raises(TooManyTries):
        finish(session, vault, step, fresh_code(secret, later), visit=ELSEWHERE, now=later)
    done = sign_in(session, vault, secret, now=later)
    assert done.failed_codes == signing_in.CODES_OF_NAME


def test_a_code_opens_one_door(session, vault, secret):
    code = fresh_code(secret, NOW)
    finish(session, vault, first_step(session, vault), code)
    with pytest.raises(DeskCodeWrong):
        finish(session, vault, first_step(session, vault), code)


def test_the_second_step_has_its_time(session, vault, secret):
    step = first_step(session, vault)
    at = NOW + signing_in.SECOND_STEP
    assert signing_in.second_step(session, acting(now=at), step=step) is None
    with pytest.raises(NotFound):
        finish(session, vault, step, fresh_code(secret, at), now=at)
    with pytest.raises(NotFound):
        finish(session, vault, "no step", fresh_code(secret, NOW))


def test_an_account_disabled_between_the_steps_stays_out(session, vault, secret):
    step = first_step(session, vault)
    session.scalars(select(Staff)).one().disabled_at = NOW
    session.commit()
    with pytest.raises(NotFound):
        finish(session, vault, step, fresh_code(secret, NOW))


def test_the_owner_is_told_of_wrong_tries_and_new_browsers_once(session, vault, secret):
    assert not sign_in(session, vault, secret).is_new_device
    wrong_passwords(session, vault, 3, visits=lambda n: DeskVisit(f"d{n}", f"b{n}"))
    done = sign_in(session, vault, secret, visit=ELSEWHERE)
    assert (done.failed_tries, done.failed_codes, done.is_new_device) == (3, 0, True)
    done = sign_in(session, vault, secret, now=NOW + timedelta(minutes=2))
    assert (done.failed_tries, done.failed_codes, done.is_new_device) == (0, 0, False)


def test_a_code_to_fall_back_on_signs_in_and_says_how_many_are_left(session, vault, secret):
    staff = session.scalars(select(Staff)).one()
    codes = make_recovery_codes(session, acting(vault=vault), staff=staff)
    session.commit()
    done = finish(session, vault, first_step(session, vault), codes[3].replace("-", ""))
    assert (done.used_recovery_code, done.recovery_codes_left) == (True, 9)
    with pytest.raises(DeskCodeWrong):
        finish(session, vault, first_step(session, vault), codes[3])


def test_the_chain_keeps_what_people_did_not_what_was_refused(session, vault, secret):
    wrong_passwords(session, vault, 4, visits=lambda _n: HERE)
    wrong_passwords(session, vault, 4, visits=lambda _n: HERE, username="nobody")
    done = sign_in(session, vault, secret)
    row = session.scalars(select(SessionRow)).one()
    assert row.token_hash == token_hash(done.token)
    for _ in range(2):
        signing_in.sign_out_staff(
            session, acting(), staff_id=row.staff_id, session_id=row.id, requester="10.0.0.1"
        )
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert [one.action for one in entries] == [
        "staff.added",
        "staff.enrolled",
        "staff.signed_in",
        "staff.signed_out",
    ]
    counted = session.execute(select(RefusedTry.what, RefusedTry.count)).all()
    assert counted == [("staff.password", 8)]
    assert entries[2].after == {"by": "totp", "failed_tries": 4, "failed_codes": 0}

"""The first sign-in enrols an authenticator, proved by its first code; codes to fall back on."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry, SessionRow, Staff, StaffSignIn
from app.services.staff import enrolling, signing_in, totp
from app.services.staff.signing_in import DeskCodeWrong
from tests.support.acting import acting
from tests.support.authenticator import enrol, fresh_code
from tests.support.clock import NOW
from tests.support.staff_accounts import HERE, add, first_step, sign_in


@pytest.fixture
def step(session, vault):
    add(session)
    return first_step(session, vault)


def offered(session, vault, step):
    return enrolling.enrolment(session, acting(vault=vault), step=step)


def take(session, vault, step, code):
    return enrolling.enrol(
        session, acting(vault=vault), step=step, code=code, visit=HERE, old_token=""
    )


def test_the_first_code_enrols_opens_a_session_and_gives_ten_codes(session, vault, step):
    assert signing_in.second_step(session, acting(), step=step).needs_enrolment
    shown = offered(session, vault, step)
    assert shown.secret in shown.uri
    code = fresh_code(shown.secret, NOW)
    done = take(session, vault, step, code)
    assert len(done.recovery_codes) == done.recovery_codes_left == 10
    staff = session.scalars(select(Staff)).one()
    assert totp.secret_of(vault, staff) == shown.secret
    assert session.scalars(select(SessionRow)).one().staff_id == staff.id
    assert session.scalars(select(StaffSignIn)).all() == []
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.enrolled")).one()
    assert (entry.actor, entry.from_where) == (f"staff:{staff.public_id}", HERE.requester)
    # The code that enrolled was used by that.
    with pytest.raises(DeskCodeWrong):
        signing_in.finish_sign_in(
            session,
            acting(vault=vault),
            step=first_step(session, vault),
            code=code,
            visit=HERE,
            old_token="",
        )
    assert sign_in(session, vault, shown.secret).token


def test_a_wrong_code_enrols_nobody(session, vault, step):
    with pytest.raises(DeskCodeWrong):
        take(session, vault, step, "000000")
    assert session.scalars(select(Staff)).one().totp_secret_enc is None
    assert session.scalars(select(SessionRow)).all() == []
    assert offered(session, vault, step)


def test_the_secret_waits_sealed_and_is_the_same_until_its_time_is_over(session, vault, step):
    shown = offered(session, vault, step)
    assert offered(session, vault, step) == shown
    row = session.scalars(select(StaffSignIn)).one()
    assert shown.secret.encode() not in row.secret_enc
    late = acting(vault=vault, now=NOW + signing_in.SECOND_STEP)
    with pytest.raises(NotFound):
        enrolling.enrolment(session, late, step=step)


def test_an_enrolled_account_is_offered_nothing_and_cannot_be_enrolled_over(session, vault, step):
    shown = offered(session, vault, step)
    enrol(session, vault)
    assert offered(session, vault, step) is None
    with pytest.raises(DeskCodeWrong):
        take(session, vault, step, fresh_code(shown.secret, NOW))


def test_an_account_that_is_not_enrolled_has_no_second_step_to_finish(session, vault, step):
    with pytest.raises(DeskCodeWrong):
        signing_in.finish_sign_in(
            session, acting(vault=vault), step=step, code="000000", visit=HERE, old_token=""
        )


def test_new_codes_to_fall_back_on_are_on_record(session, vault, step):
    done = take(session, vault, step, fresh_code(offered(session, vault, step).secret, NOW))
    staff_id = session.scalars(select(Staff.id)).one()
    new = enrolling.renew_recovery_codes(session, acting(vault=vault), staff_id=staff_id)
    assert not set(new) & set(done.recovery_codes)
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert actions[-1] == "staff.recovery_codes_made"

"""A code again before weighty acts: a new token, tries counted for the session."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import AuditEntry, SessionRow, Staff
from app.services.signin.sessions import token_hash
from app.services.staff.signing_in import DeskCodeWrong
from app.services.staff.stepping_up import step_up
from app.services.staff.tries import TooManyTries
from tests.support.acting import acting
from tests.support.authenticator import enrol, fresh_code
from tests.support.clock import NOW
from tests.support.staff_accounts import add, sign_in

AT = NOW + timedelta(minutes=20)


@pytest.fixture
def opened(session, vault):
    add(session)
    secret = enrol(session, vault)
    return secret, sign_in(session, vault, secret).token, session.scalars(select(SessionRow)).one()


def take(session, vault, row, code, now=AT):
    return step_up(
        session, acting(now=now, vault=vault), staff_id=row.staff_id, session_id=row.id, code=code
    )


def test_a_right_code_renews_the_token(session, vault, opened):
    secret, old, row = opened
    with pytest.raises(DeskCodeWrong):
        take(session, vault, row, "000000")
    new = take(session, vault, row, fresh_code(secret, AT))
    session.expire_all()
    assert new != old
    assert (row.token_hash, row.stepped_up_at) == (token_hash(new), AT)
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert actions[-2:] == ["staff.step_up_failed", "staff.stepped_up"]


def test_the_code_of_the_sign_in_does_not_step_up(session, vault, opened):
    secret, _old, row = opened
    with pytest.raises(DeskCodeWrong):
        take(session, vault, row, fresh_code(secret, NOW), now=NOW + timedelta(minutes=3))


def test_the_sixth_wrong_code_of_a_session_waits(session, vault, opened):
    secret, _old, row = opened
    for _ in range(5):
        with pytest.raises(DeskCodeWrong):
            take(session, vault, row, "000000")
    with pytest.raises(TooManyTries):
        take(session, vault, row, fresh_code(secret, AT))


def test_a_disabled_account_steps_up_no_more(session, vault, opened):
    secret, _old, row = opened
    session.scalars(select(Staff)).one().disabled_at = NOW
    session.commit()
    with pytest.raises(DeskCodeWrong):
        take(session, vault, row, fresh_code(secret, AT))

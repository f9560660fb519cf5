"""Many at once at the desk's door: passwords are judged five times, a code opens one session."""

import pytest
from sqlalchemy import func, select

from app.models import RecoveryCode, SessionRow, Staff
from app.services.staff import enrolling, managing, queries, signing_in, totp
from app.services.staff.accounts import StaffRefused
from app.services.staff.passwords import HashingBusy
from app.services.staff.signing_in import DeskCodeWrong, DeskSignIn, PasswordWrong
from app.services.staff.tries import TooManyTries
from tests.support.acting import acting
from tests.support.authenticator import enrol
from tests.support.clock import NOW
from tests.support.people import make_staff
from tests.support.races import race_rounds, run_together
from tests.support.staff_accounts import HERE, add, first_step

pytestmark = pytest.mark.race
ROUNDS = pytest.mark.parametrize("round_", range(max(2, race_rounds() // 10)))


@pytest.fixture
def secret(database, vault):
    with database.sessions() as session:
        add(session)
        return enrol(session, vault)


def sessions_open(database) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(SessionRow))


def finish(database, vault, step, code):
    with database.sessions() as session:
        return signing_in.finish_sign_in(
            session, acting(vault=vault), step=step, code=code, visit=HERE, old_token=""
        )


def test_fifty_passwords_at_once_are_judged_five_times(database, vault, secret):
    def guess(_number):
        with database.sessions() as session:
            first_step(session, vault, password="wrong")

    results = run_together(guess)
    judged = [one for one in results if isinstance(one, PasswordWrong)]
    assert len(judged) <= 5
    # the rest waits for its count, or found no room to be hashed and counts for nothing
    refused = [one for one in results if isinstance(one, TooManyTries | HashingBusy)]
    assert len(refused) == 50 - len(judged)


@ROUNDS
def test_one_code_twice_at_once_opens_one_session(database, vault, secret, round_):
    with database.sessions() as session:
        steps = [first_step(session, vault) for _ in range(4)]
    code = totp.current_code(secret, NOW)
    results = run_together(lambda n: finish(database, vault, steps[n], code), threads=4)
    assert len([one for one in results if isinstance(one, DeskSignIn)]) == 1
    assert sessions_open(database) == 1


@ROUNDS
def test_one_spare_code_twice_at_once_opens_one_session(database, vault, secret, round_):
    with database.sessions() as session:
        staff = session.scalars(select(Staff)).one()
        code = totp.make_recovery_codes(session, acting(vault=vault), staff=staff)[0]
        session.commit()
        steps = [first_step(session, vault) for _ in range(4)]
    results = run_together(lambda n: finish(database, vault, steps[n], code), threads=4)
    assert len([one for one in results if isinstance(one, DeskSignIn)]) == 1
    assert sessions_open(database) == 1


@ROUNDS
def test_two_who_enrol_at_once_enrol_one_authenticator(database, vault, round_):
    with database.sessions() as session:
        add(session)
        steps = [first_step(session, vault) for _ in range(4)]
        context = acting(vault=vault)
        secrets = [enrolling.enrolment(session, context, step=step).secret for step in steps]

    def take(number):
        code = totp.current_code(secrets[number], NOW)
        with database.sessions() as session:
            return enrolling.enrol(
                session,
                acting(vault=vault),
                step=steps[number],
                code=code,
                visit=HERE,
                old_token="",
            )

    results = run_together(take, threads=4)
    assert len([one for one in results if isinstance(one, DeskSignIn)]) == 1
    assert all(
        isinstance(one, DeskSignIn | DeskCodeWrong) or one.code == "not_found" for one in results
    )
    with database.sessions() as session:
        codes = session.scalar(select(func.count()).select_from(RecoveryCode))
        staff = session.scalars(select(Staff)).one()
        assert codes == 10
        assert totp.secret_of(vault, staff) in secrets
    assert sessions_open(database) == 1


@pytest.mark.parametrize("by_roles", [False, True])
@ROUNDS
def test_two_administrators_who_shut_each_other_out_leave_one(database, by_roles, round_):
    with database.sessions() as session:
        ids = [make_staff(session, "admin", username=f"admin{n}").public_id for n in range(4)]

    def act(number):
        with database.sessions() as session:
            if by_roles:
                return managing.set_roles(session, acting(), public_id=ids[number], roles=[])
            return managing.disable_staff(session, acting(), public_id=ids[number])

    results = run_together(act, threads=4)
    assert len([one for one in results if isinstance(one, StaffRefused)]) == 1
    with database.sessions() as session:
        rows = queries.staff_list(session, acting())
        assert len([one for one in rows if "admin" in one.roles and not one.disabled_at]) == 1

"""Many at once: one code opens one session, tries and quotas hold, passwords are judged five
times.
"""

import pytest
from sqlalchemy import func, select

from app.models import OutboxItem, SessionRow, SignInCode
from app.services.core.context import Actor
from app.services.signin import borrower_signin, staff_signin
from app.services.signin.borrower_signin import CodeWrong, SignedIn
from app.services.signin.codes import TooManyCodes, Visit
from app.services.signin.staff_accounts import add_staff
from app.services.signin.staff_signin import PasswordWrong, TooManyPasswords
from tests.factories import make_borrower
from tests.services.signin.test_borrower_signin import HERE, LAST4, MOBILE, ask, sent_code, wrong
from tests.support.acting import acting
from tests.support.races import race_rounds, run_together

pytestmark = pytest.mark.race
ROUNDS = pytest.mark.parametrize("round_", range(max(2, race_rounds() // 10)))  # fifty threads each


@pytest.fixture
def asked(database, vault, site):
    with database.sessions() as session:
        make_borrower(session, vault, mobile=MOBILE)
        found = ask(session, vault, site)
        return found, sent_code(session, vault, found)


def count(database, table, *where) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where))


def check(database, vault, asked, code):
    with database.sessions() as session:
        return borrower_signin.check_code(
            session, acting(vault=vault), asked=asked.public_id, code=code, visit=HERE, old_token=""
        )


def pick(database, vault, asked):
    with database.sessions() as session:
        return borrower_signin.pick_person(
            session,
            acting(vault=vault),
            asked=asked.public_id,
            id_last4=LAST4,
            visit=HERE,
            old_token="",
        )


@ROUNDS
def test_fifty_threads_with_one_code_open_one_session(database, vault, asked, round_):
    found, code = asked
    results = run_together(lambda _n: check(database, vault, found, code))
    assert [one for one in results if one is None] == [None]
    assert all(isinstance(one, CodeWrong) for one in results if one is not None)
    results = run_together(lambda _n: pick(database, vault, found))
    assert len([one for one in results if isinstance(one, SignedIn)]) == 1
    assert all(isinstance(one, CodeWrong) for one in results if not isinstance(one, SignedIn))
    assert count(database, SessionRow) == 1


class CountingVault:
    """The vault, counting how many codes were judged."""

    def __init__(self, vault):
        self.vault, self.judged = vault, []

    def fingerprint(self, text, *, purpose):
        if purpose == "code":
            self.judged.append(text)
        return self.vault.fingerprint(text, purpose=purpose)


@ROUNDS
def test_fifty_wrong_codes_at_once_are_judged_five_times(database, vault, asked, round_):
    found, code = asked
    counting = CountingVault(vault)
    results = run_together(lambda _n: check(database, counting, found, wrong(code)))
    assert all(isinstance(one, CodeWrong) for one in results)
    assert len(counting.judged) == 5
    assert count(database, SignInCode, SignInCode.tries == 5) == 1
    with pytest.raises(CodeWrong):
        check(database, vault, found, code)


@ROUNDS
def test_fifty_browsers_asking_at_once_get_one_code(database, vault, site, round_):
    with database.sessions() as session:
        make_borrower(session, vault, mobile=MOBILE)

    def one(number):
        visit = Visit(browser=f"b{number}", device=f"d{number}", requester=f"10.0.0.{number}")
        with database.sessions() as session:
            return ask(session, vault, site, visit=visit)

    results = run_together(one)
    assert len([one for one in results if isinstance(one, TooManyCodes)]) == 49
    assert count(database, OutboxItem) == 1


def test_fifty_passwords_at_once_are_judged_five_times(database, vault):
    with database.sessions() as session:
        add_staff(
            session,
            acting(actor=Actor("cli:staff-add")),
            username="mei",
            display_name="客服",
            password="a long pass phrase",
            roles=["agent"],
        )

    def guess(_number):
        with database.sessions() as session:
            staff_signin.sign_in_staff(
                session,
                acting(vault=vault),
                username="mei",
                password="wrong",
                requester="10.0.0.1",
                old_token="",
            )

    results = run_together(guess)
    judged = [one for one in results if isinstance(one, PasswordWrong)]
    assert len(judged) <= 5
    assert len([one for one in results if isinstance(one, TooManyPasswords)]) == 50 - len(judged)

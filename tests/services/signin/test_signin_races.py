"""Many at once: one code opens one session, tries and quotas hold."""

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, OutboxItem, RefusedTry, SessionRow, SignInCode
from app.services.signin import borrower_signin
from app.services.signin.borrower_signin import CodeWrong, LastFourNeeded, SignedIn
from app.services.signin.code_limits import TooManyCodes, Visit
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


EACH = pytest.mark.parametrize("round_", range(race_rounds()))


@EACH
def test_many_numbers_at_once_from_one_address_are_no_more_than_its_limit(
    database, vault, site, round_
):
    with database.sessions() as session:
        for n in range(26):
            visit = Visit(f"before{n}", f"before{n}", "10.0.0.1")
            ask(session, vault, site, mobile=f"190037500{n:02d}", visit=visit)

    def one(number):
        visit = Visit(f"b{number}", f"d{number}", "10.0.0.1")
        with database.sessions() as session:
            return ask(session, vault, site, mobile=f"190037600{number:02d}", visit=visit)

    results = run_together(one, threads=10)
    assert len([one for one in results if isinstance(one, LastFourNeeded)]) == 6
    assert count(database, SignInCode) == 30


@EACH
def test_many_numbers_at_once_from_one_browser_are_no_more_than_its_limit(
    database, vault, site, round_
):
    with database.sessions() as session:
        for n in range(17):
            visit = Visit("b", "d", f"10.1.0.{n}")
            ask(session, vault, site, mobile=f"190037500{n:02d}", visit=visit)

    def one(number):
        visit = Visit("b", "d", f"10.0.0.{number}")
        with database.sessions() as session:
            return ask(session, vault, site, mobile=f"190037600{number:02d}", visit=visit)

    results = run_together(one, threads=10)
    assert len([one for one in results if isinstance(one, TooManyCodes)]) == 7
    assert count(database, SignInCode) == 20


@EACH
def test_wrong_codes_at_once_are_all_counted_and_none_is_chained(database, vault, site, round_):
    with database.sessions() as session:
        make_borrower(session, vault, mobile=MOBILE)
        found = ask(session, vault, site)
        code = sent_code(session, vault, found)
    before = count(database, AuditEntry)
    run_together(lambda _n: check(database, vault, found, wrong(code)), threads=10)
    with database.sessions() as session:
        assert session.scalars(select(RefusedTry.count)).all() == [10]
    assert count(database, AuditEntry) == before

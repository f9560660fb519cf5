"""Many at once: one code opens one session, tries and quotas hold."""

from dataclasses import dataclass

import pytest
from sqlalchemy import delete, func, select

from app.models import AuditEntry, OutboxItem, RefusedTry, SessionRow, SignInCode
from app.services.signin import borrower_signin
from app.services.signin.borrower_signin import CodeWrong, LastFourNeeded, SignedIn
from app.services.signin.code_limits import TooManyCodes, Visit
from tests.factories import make_borrower
from tests.services.signin.test_borrower_signin import LAST4, ask, sent_code, wrong
from tests.support.acting import acting
from tests.support.races import few, rounds, run_together

pytestmark = pytest.mark.race


@dataclass(frozen=True)
class Asked:
    """A code that somebody asked for, in a browser of their own."""

    found: object
    code: str
    visit: Visit


def known_mobile(database, vault, number: int) -> str:
    """The mobile of a borrower of the round's own."""
    mobile = f"1900374{number:04d}"
    with database.sessions() as session:
        make_borrower(session, vault, mobile=mobile, id_number=f"990101{number:08d}{LAST4}")
        session.commit()
    return mobile


def asked_by_another(database, vault, site, number: int) -> Asked:
    """A borrower of the round's own asks for a code."""
    mobile = known_mobile(database, vault, number)
    visit = Visit(f"browser-{number}", f"device-{number}", f"10.0.{number}.1")
    with database.sessions() as session:
        found = ask(session, vault, site, mobile=mobile, visit=visit)
        return Asked(found, sent_code(session, vault, found), visit)


def forget_codes(database, kept: int) -> None:
    """Only the first codes were ever asked for."""
    first = select(SignInCode.id).order_by(SignInCode.id).limit(kept)
    with database.sessions() as session:
        session.execute(delete(SignInCode).where(SignInCode.id.not_in(first)))
        session.commit()


def count(database, table, *where) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where))


def check(database, vault, asked, code):
    with database.sessions() as session:
        return borrower_signin.check_code(
            session,
            acting(vault=vault),
            asked=asked.found.public_id,
            code=code,
            visit=asked.visit,
            old_token="",
        )


def pick(database, vault, asked):
    with database.sessions() as session:
        return borrower_signin.pick_person(
            session,
            acting(vault=vault),
            asked=asked.found.public_id,
            id_last4=LAST4,
            visit=asked.visit,
            old_token="",
        )


def test_fifty_threads_with_one_code_open_one_session(database, vault, site):
    for number in rounds(few()):
        asked = asked_by_another(database, vault, site, number)
        results = run_together(lambda _n, asked=asked: check(database, vault, asked, asked.code))
        assert [one for one in results if one is None] == [None]
        assert all(isinstance(one, CodeWrong) for one in results if one is not None)
        results = run_together(lambda _n, asked=asked: pick(database, vault, asked))
        assert len([one for one in results if isinstance(one, SignedIn)]) == 1
        assert all(isinstance(one, CodeWrong) for one in results if not isinstance(one, SignedIn))
        assert count(database, SessionRow) == number + 1


class CountingVault:
    """The vault, counting how many codes were judged."""

    def __init__(self, vault):
        self.vault, self.judged = vault, []

    def fingerprint(self, text, *, purpose):
        if purpose == "code":
            self.judged.append(text)
        return self.vault.fingerprint(text, purpose=purpose)


def test_fifty_wrong_codes_at_once_are_judged_five_times(database, vault, site):
    for number in rounds(few()):
        asked = asked_by_another(database, vault, site, number)
        counting = CountingVault(vault)

        def guess(_thread, asked=asked, counting=counting):
            return check(database, counting, asked, wrong(asked.code))

        assert all(isinstance(one, CodeWrong) for one in run_together(guess))
        assert len(counting.judged) == 5
        assert count(database, SignInCode, SignInCode.tries == 5) == number + 1
        with pytest.raises(CodeWrong):
            check(database, vault, asked, asked.code)


def test_fifty_browsers_asking_at_once_get_one_code(database, vault, site):
    for number in rounds(few()):
        mobile = known_mobile(database, vault, number)

        def one(thread, mobile=mobile):
            visit = Visit(browser=f"b{thread}", device=f"d{thread}", requester=f"10.0.0.{thread}")
            with database.sessions() as session:
                return ask(session, vault, site, mobile=mobile, visit=visit)

        results = run_together(one)
        assert len([one for one in results if isinstance(one, TooManyCodes)]) == 49
        assert count(database, OutboxItem) == number + 1


def test_many_numbers_at_once_from_one_address_are_no_more_than_its_limit(database, vault, site):
    with database.sessions() as session:
        for n in range(26):
            visit = Visit(f"before{n}", f"before{n}", "10.0.0.1")
            ask(session, vault, site, mobile=f"190037500{n:02d}", visit=visit)

    def one(number):
        visit = Visit(f"b{number}", f"d{number}", "10.0.0.1")
        with database.sessions() as session:
            return ask(session, vault, site, mobile=f"190037600{number:02d}", visit=visit)

    for _ in rounds():
        results = run_together(one, threads=10)
        assert len([one for one in results if isinstance(one, LastFourNeeded)]) == 6
        assert count(database, SignInCode) == 30
        forget_codes(database, kept=26)


def test_many_numbers_at_once_from_one_browser_are_no_more_than_its_limit(database, vault, site):
    with database.sessions() as session:
        for n in range(17):
            visit = Visit("b", "d", f"10.1.0.{n}")
            ask(session, vault, site, mobile=f"190037500{n:02d}", visit=visit)

    def one(number):
        visit = Visit("b", "d", f"10.0.0.{number}")
        with database.sessions() as session:
            return ask(session, vault, site, mobile=f"190037600{number:02d}", visit=visit)

    for _ in rounds():
        results = run_together(one, threads=10)
        assert len([one for one in results if isinstance(one, TooManyCodes)]) == 7
        assert count(database, SignInCode) == 20
        forget_codes(database, kept=17)


def test_wrong_codes_at_once_are_all_counted_and_none_is_chained(database, vault, site):
    for number in rounds():
        asked = asked_by_another(database, vault, site, number)
        before = count(database, AuditEntry)
        run_together(
            lambda _n, asked=asked: check(database, vault, asked, wrong(asked.code)), threads=10
        )
        with database.sessions() as session:
            assert sum(session.scalars(select(RefusedTry.count))) == 10 * (number + 1)
        assert count(database, AuditEntry) == before

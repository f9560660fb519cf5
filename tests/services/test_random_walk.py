"""Long random walks over the public use cases: after each step every promise holds, and a refusal
changed nothing.
"""

import itertools
import random
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from app.config import Settings
from app.domain.calendar import BEIJING
from app.domain.errors import DomainError
from app.domain.states import ENDED_VERSIONS
from app.models import (
    Agreement,
    Appeal,
    AuditEntry,
    AuditHead,
    Borrower,
    Case,
    Decision,
    Hold,
    IdentityCheck,
    Loan,
    LoanSnapshot,
    MobileChange,
    NightlyFile,
    Plan,
    PlanDraft,
    PlanLoan,
    PlanVersion,
    Thread,
)
from app.services.assisted.spoken import PhoneAnswers
from app.services.cases.appeals import file_appeal
from app.services.cases.owners import release_case, take_case, take_over_case
from app.services.core.context import Actor
from app.services.holds.breathing import begin_breathing
from app.services.identity.holds import mobile_hold
from app.services.plans import lapsing
from app.services.proposals.basis import Answers
from app.services.proposals.changing import begin_change
from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import plan_check
from app.services.proposals.submitting import withdraw_plan
from app.services.servicing import reminders
from app.services.upkeep.invariants import check_invariants
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support import appeals, signing
from tests.support.acting import acting
from tests.support.books import id_number
from tests.support.calls import Calls
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.phone import enter
from tests.support.promises import changes_are_sound, holds_go_with, loans_stand_still
from tests.support.proposals import Proposed, actor_of, decide, make_staff, submit
from tests.support.signing import Visit, plain
from tests.support.talks import Talks
from tests.support.wrong_files import WrongFiles

STEPS = 60
CHANGED = (
    Agreement,
    Appeal,
    Borrower,
    Case,
    Decision,
    Hold,
    IdentityCheck,
    MobileChange,
    PlanDraft,
    PlanLoan,
    PlanVersion,
    Thread,
)


@pytest.fixture
def database_kind() -> str:
    """One database is enough: what is walked through here are rules; the races have their own
    tests.
    """
    return "sqlite"


class Walk(Calls, Talks, WrongFiles):
    """Three borrowers, four staff (two accounts of one person among them), a clock that only goes
    on.
    """

    def __init__(self, sessions, gateways, site, seed):
        self.sessions, self.gateways, self.site, self.dice = (
            sessions,
            gateways,
            site,
            random.Random(seed),
        )
        self.vault, self.now, self.keys = gateways.vault, NOW, itertools.count(1)
        self.done, self.refused, self.agreements = [], [], {}
        self.whole = (
            self.withdraw,
            self.appeal,
            self.breathe,
            self.answer,
            self.answer_appeal,
            self.own,
            self.ask,
            self.talk,
            self.change_mobile,
        )
        with sessions() as session:
            self.borrowers = [
                make_borrower(session, self.vault, mobile=f"1900374000{n}", id_number=id_number(n))
                for n in range(3)
            ]
            self.loans = [self._loan(session, one) for one in self.borrowers for _ in range(2)]
            self.staff = [
                make_staff(session, roles=("agent",), person_id="person-a"),
                make_staff(session, roles=("agent", "supervisor"), person_id="person-a"),
                make_staff(session, roles=("supervisor",), person_id="person-b"),
                make_staff(session, roles=("agent",), person_id="person-c"),
            ]

    def _loan(self, session, borrower):
        shapes = (
            {},
            {"principal_fen": 15_000, "annual_ppm": 0},
            {"principal_fen": 3_000_000},
            {"disputed": True},
        )
        loan = make_loan(session, borrower, **self.dice.choice(shapes))
        return borrower, loan

    def any_loan(self):
        return self.dice.choice(self.loans)

    def a_version(self, *states):
        """(borrower, version) in one of the states, sometimes of any state; None where there is
        none.
        """
        with self.sessions() as session:
            query = select(PlanVersion.public_id, Loan.borrower_id).join(
                PlanLoan, PlanLoan.plan_id == PlanVersion.plan_id
            )
            query = query.join(Loan, Loan.id == PlanLoan.loan_id).order_by(PlanVersion.id)
            if self.dice.random() < 0.85:
                query = query.where(PlanVersion.state.in_(states))
            found = session.execute(query).all()
        if not found:
            return None
        version, borrower_id = self.dice.choice(found)
        return next(one for one in self.borrowers if one.id == borrower_id), version

    def key(self):
        return f"walk-{next(self.keys)}"

    # What borrowers do.

    def propose(self, session):
        borrower, loan = self.any_loan()
        monthly = self.dice.choice((25_000, 60_000, 130_000, 400_000))
        pay_day = self.dice.choice((1, 10, 28, "last"))
        pay_on = self.now.astimezone(BEIJING).date() + timedelta(days=self.dice.randint(1, 30))
        given = Answers(
            upfront_fen=self.dice.choice((0, 0, 30_000)),
            monthly_fen=monthly,
            pay_day=pay_day,
            pay_on=pay_on,
            choice=self.dice.choice(("best_fit", "lowest")),
        )
        mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
        save_answers(session, acting(now=self.now, vault=self.vault), given=given, **mine)
        self._submit(session, borrower, loan)

    def submit_again(self, session):
        borrower, loan = self.any_loan()
        self._submit(session, borrower, loan)

    def _submit(self, session, borrower, loan):
        mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
        view = plan_check(session, acting(now=self.now, vault=self.vault), **mine)
        session.rollback()
        if view is None or view.journey.request_key is None:
            return
        proposed = Proposed(
            borrower, loan, actor_of(borrower), view.shown_sha256, view.journey.request_key
        )
        first = submit(session, self.vault, self.site, proposed, now=self.now)
        assert submit(session, self.vault, self.site, proposed, now=self.now) == first

    def withdraw(self, session):
        if found := self.a_version("submitted", "approved"):
            borrower, version = found
            for _twice in range(2):
                withdraw_plan(
                    session,
                    acting(now=self.now, actor=actor_of(borrower)),
                    borrower_id=borrower.id,
                    version_public_id=version,
                )

    def change(self, session):
        """Lay a version out, answer something differently, submit it in its place."""
        if found := self.a_version("submitted", "approved"):
            borrower, version = found
            context = acting(now=self.now, actor=actor_of(borrower), vault=self.vault)
            mine = {"borrower_id": borrower.id}
            loan_id = begin_change(session, context, version_public_id=version, **mine)
            given = Answers(
                monthly_fen=self.dice.choice((60_000, 130_000, 400_000)),
                choice=self.dice.choice(("best_fit", "lowest")),
            )
            save_answers(session, context, given=given, loan_public_id=loan_id, **mine)
            loan = next(one for _who, one in self.loans if one.public_id == loan_id)
            if self.dice.random() < 0.8:
                self._submit(session, borrower, loan)

    def appeal(self, session):
        if found := self.a_version("refused"):
            borrower, version = found
            key = self.key()
            for _twice in range(2):
                file_appeal(
                    session,
                    acting(now=self.now, actor=actor_of(borrower), vault=self.vault),
                    borrower_id=borrower.id,
                    version_public_id=version,
                    words="请再看看",
                    request_key=key,
                )

    def breathe(self, session):
        borrower = self.dice.choice(self.borrowers)
        begin_breathing(
            session,
            acting(now=self.now, actor=actor_of(borrower), vault=self.vault, site=self.site),
            borrower_id=borrower.id,
            request_key=self.key(),
        )

    def sign(self, session):
        if found := self.a_version("approved"):
            borrower, version = found
            visit = Visit(browser=f"browser-{version}", device="device", requester="127.0.0.1")
            one = signing.read_by(
                session, self.gateways, self.site, version, borrower, now=self.now
            )
            one = signing.ask(session, self.gateways, self.site, one, visit=visit, now=self.now)
            if self.dice.random() < 0.4:
                digits = f"{(int(one.digits) + 1) % 10**6:06d}"
                signing.sign(
                    session, self.gateways, self.site, one, digits=digits, visit=visit, now=self.now
                )
            again = {"visit": visit, "now": self.now}
            first = signing.sign(session, self.gateways, self.site, one, **again)
            assert signing.sign(session, self.gateways, self.site, one, **again) == first

    # What staff do.

    def answer(self, session):
        if found := self.a_version("submitted"):
            decide(
                session,
                self.vault,
                self.site,
                found[1],
                self.dice.choice(self.staff),
                now=self.now,
                key=self.key(),
                answer=self.dice.choice(("approve", "refuse")),
            )

    def answer_appeal(self, session):
        if found := self.a_version("under_appeal"):
            appeals.answer(
                session,
                self.vault,
                self.site,
                found[1],
                self.dice.choice(self.staff),
                now=self.now,
                key=self.key(),
                answer=self.dice.choice(("approve", "refuse")),
            )

    def own(self, session):
        if found := self.a_version("submitted", "under_appeal"):
            who = self.dice.choice(self.staff)
            context = acting(now=self.now, staff=who)
            mine = {"version_public_id": found[1]}
            act = self.dice.choice(("take", "take", "release", "over"))
            if act == "take":
                take_case(session, context, **mine)
            elif act == "release":
                release_case(session, context, **mine)
            else:
                take_over_case(
                    session,
                    context,
                    reason="absent",
                    **mine,
                )

    def enter(self, session):
        borrower, loan = self.any_loan()
        who = self.dice.choice(self.staff)
        context = acting(
            now=self.now,
            actor=Actor(f"staff:{who.staff_id}"),
            vault=self.vault,
            site=self.site,
            staff=who,
        )
        monthly = self.dice.choice((60_000, 130_000))
        spoken = PhoneAnswers(monthly_fen=monthly, pay_day=10, choice="best_fit")
        enter(session, context, loan, spoken, key=self.key())
        if self.dice.random() < 0.6:
            self._submit(session, borrower, loan)

    # What happens by itself.

    def wait(self, session):
        self.now += self.dice.choice(
            (timedelta(minutes=2), timedelta(hours=13), timedelta(days=2), timedelta(days=8))
        )

    def work(self, session):
        for _twice in range(2):
            lapsing.expire_offers(session, acting(now=self.now), limit=50)
            lapsing.tell_lapsing_offers(
                session, acting(now=self.now, vault=self.vault, site=self.site), limit=50
            )
            lapsing.end_holds(session, acting(now=self.now), limit=50)
            lapsing.lapse_drafts(session, acting(now=self.now), limit=50)
            reminders.remind(
                session, acting(now=self.now, vault=self.vault, site=self.site), limit=50
            )

    def nightly(self, session):
        """A newer file: a loan may be gone or back."""
        today = self.now.astimezone(BEIJING).date()
        for table in (Loan, LoanSnapshot, NightlyFile):
            session.execute(update(table).values(as_of_on=today))
        gone: date | None = today if self.dice.random() < 0.2 else None
        session.execute(
            update(Loan).where(Loan.id == self.any_loan()[1].id).values(missing_since_on=gone)
        )
        session.commit()

    def one_step(self):
        act = self.dice.choice(
            (
                self.propose,
                self.propose,
                self.submit_again,
                self.withdraw,
                self.change,
                self.change,
                self.appeal,
                self.breathe,
                self.sign,
                self.sign,
                self.answer,
                self.answer,
                self.answer_appeal,
                self.answer_appeal,
                self.own,
                self.ask,
                self.talk,
                self.call,
                self.change_mobile,
                self.change_mobile,
                self.enter,
                self.wait,
                self.wait,
                self.work,
                self.nightly,
                self.take_back,
            )
        )
        with self.sessions() as session:
            before = _rows(session), _trail(session)
        with self.sessions() as session:
            try:
                act(session)
            except DomainError as refusal:
                was_refused = True
                self.refused.append((act.__name__, type(refusal).__name__))
            else:
                was_refused = False
                self.done.append(act.__name__)
        with self.sessions() as session:
            after = _rows(session), _trail(session)
            if was_refused and act in self.whole:
                assert before == after, act
            assert (
                before[0] == after[0]
                or before[1] < after[1]
                or act in (self.propose, self.submit_again, self.change)
            ), act
            assert check_invariants(session, gateways=self.gateways)[1] == ()
            self._check(session)

    def _check(self, session):
        for version, loan_id, is_open in session.execute(
            select(PlanVersion, PlanLoan.loan_id, PlanLoan.is_open)
            .join(PlanLoan, PlanLoan.plan_id == PlanVersion.plan_id)
            .order_by(PlanVersion.id)
        ):
            told = (version.public_id, version.state, self.done[-1:], self.refused[-1:])
            assert (version.ended_at is not None) == (version.state in ENDED_VERSIONS), told
            # A version that gave way left all of it to the one in its place.
            if is_open and version.state != "superseded":
                holds_go_with(session, version, loan_id, told)
        loans_stand_still(session, self.now)
        changes_are_sound(session)
        self._check_signed(session)
        refusers = select(Appeal.refused_by, Appeal.answered_by).where(
            Appeal.answered_by.is_not(None)
        )
        assert all(one != other for one, other in session.execute(refusers))
        authors = select(Decision.person_id, PlanVersion.author_person).join(
            PlanVersion, PlanVersion.id == Decision.version_id
        )
        assert all(one != other for one, other in session.execute(authors))

    def _check_signed(self, session):
        """Nothing was signed in this step while a changed mobile settles or is objected to."""
        signed = select(Plan.borrower_id).join(PlanVersion, PlanVersion.plan_id == Plan.id)
        signed = signed.join(Agreement, Agreement.version_id == PlanVersion.id)
        for borrower in self.borrowers:
            context = acting(now=self.now)
            held = mobile_hold(session, context, id_hmac=borrower.id_hmac) is not None
            agreements = len(session.scalars(signed.where(Plan.borrower_id == borrower.id)).all())
            was_held, before = self.agreements.get(borrower.id, (False, 0))
            assert not (held and was_held) or agreements == before
            self.agreements[borrower.id] = held, agreements


def _rows(session) -> list[tuple]:
    """Everything that a plan's life is kept in."""
    return [
        tuple(sorted(map(str, session.execute(select(table.__table__)).all()))) for table in CHANGED
    ]


def _trail(session) -> int:
    assert (
        session.scalar(select(func.count()).select_from(AuditEntry))
        == session.scalars(select(AuditHead.seq)).one()
    )
    return session.scalars(select(AuditHead.seq)).one()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_people_do_in_whatever_order_the_promises_hold(database, site, tmp_path, seed):
    gateways = plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )
    walk = Walk(database.sessions, gateways, site, seed)
    for _ in range(STEPS):
        walk.one_step()
    assert len(set(walk.done)) > 8

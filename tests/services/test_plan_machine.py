"""The table of states walked by a machine: whatever borrower, agent and supervisors do in whatever
order, every version goes by the table and every promise holds.
"""

import itertools
from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from app.config import Settings
from app.domain.calendar import beijing_date
from app.domain.errors import DomainError
from app.domain.states import ENDED_VERSIONS, OPEN_VERSIONS, VERSION_MOVES
from app.models import Plan, PlanLoan, PlanVersion
from app.services.chosen_loans.choosing import save_loans
from app.services.counters.answering import accept_counter
from app.services.plans import lapsing
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import plan_check
from app.services.proposals.submitting import withdraw_plan
from app.services.recalls.noticing import notice_changed_figures
from app.services.upkeep.invariants import check_invariants
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support import appeals, signing
from tests.support.acting import acting
from tests.support.books import id_number
from tests.support.clock import NOW
from tests.support.counters import counter, file_says, recall, release
from tests.support.proposals import (
    Proposed,
    actor_of,
    changed,
    decide,
    make_staff,
    submit,
)
from tests.support.signing import Visit, plain

# Each may end where another has been first; what it refuses changes nothing.
EXAMPLES, STEPS = 10, 14
AMOUNTS = st.sampled_from((60_000, 130_000, 400_000))
KINDS = st.sampled_from(
    (
        Answers(kind="reamortise", upfront_fen=0, monthly_fen=130_000, pay_day=10),
        Answers(kind="reamortise", upfront_fen=30_000, periods=30, pay_day="last"),
        Answers(kind="step_up", upfront_fen=0, low_fen=30_000, low_months=3, periods=12, pay_day=5),
        Answers(kind="settlement"),
        Answers(kind="settlement", sum_fen=500_000),
    )
)
_borrowers = itertools.count(1)


class World:
    """One database, staff of every role; each machine brings a borrower of its own."""

    def __init__(self, sessions, gateways, site):
        self.sessions, self.gateways, self.site = sessions, gateways, site
        self.vault, self.reached = gateways.vault, set()
        with sessions() as session:
            self.agent = make_staff(session)
            self.supervisors = [make_staff(session, roles=("supervisor",)) for _ in range(3)]


class PlanMachine(RuleBasedStateMachine):
    """One borrower with one to three loans, and the staff of a world."""

    world: World

    def __init__(self):
        super().__init__()
        self.now, self.states = NOW, {}

    @initialize(loans=st.integers(1, 3), disputed=st.booleans(), asked=KINDS)
    def come_in(self, loans, disputed, asked):
        number = next(_borrowers)
        with self.world.sessions() as session:
            self.borrower = make_borrower(
                session,
                self.world.vault,
                mobile=f"190{number:08d}",
                id_number=id_number(number % 90),
            )
            self.loans = [
                make_loan(session, self.borrower, disputed=disputed) for _one in range(loans)
            ]
            session.expunge_all()
        self.propose_now(asked, together=True)

    @contextmanager
    def step(self):
        """One act in a session of its own; what the rules refuse is an answer too."""
        with self.world.sessions() as session:
            try:
                yield session
            except DomainError:
                session.rollback()

    def context(self):
        return acting(
            now=self.now,
            actor=actor_of(self.borrower),
            vault=self.world.vault,
            site=self.world.site,
        )

    def version(self, *states):
        with self.world.sessions() as session:
            mine = (
                select(PlanVersion.public_id)
                .join(Plan, Plan.id == PlanVersion.plan_id)
                .where(Plan.borrower_id == self.borrower.id, PlanVersion.state.in_(states))
            )
            return session.scalars(mine.order_by(PlanVersion.id.desc()).limit(1)).first()

    def has(self, *states):
        return bool(set(states) & set(self.states.values()))

    @precondition(lambda self: not self.has(*OPEN_VERSIONS, "signed"))
    @rule(asked=KINDS, together=st.booleans())
    def propose(self, asked, together):
        self.propose_now(asked, together)

    def propose_now(self, asked, together):
        mine = {"borrower_id": self.borrower.id, "loan_public_id": self.loans[0].public_id}
        with self.step() as session:
            chosen = [one.public_id for one in (self.loans if together else self.loans[:1])]
            save_loans(session, self.context(), **mine, loans=chosen)
            pay_on = beijing_date(self.now) + timedelta(days=10)
            given = Answers(**{**vars(asked), "pay_on": pay_on, "choice": "best_fit"})
            save_answers(session, self.context(), **mine, given=given)
            view = plan_check(session, self.context(), **mine)
            session.rollback()
            if view is not None:
                self.submit(session, view)

    def submit(self, session, view):
        proposed = Proposed(
            self.borrower,
            self.loans[0],
            actor_of(self.borrower),
            view.shown_sha256,
            view.journey.request_key,
        )
        submit(session, self.world.vault, self.world.site, proposed, now=self.now)

    @precondition(lambda self: self.has("submitted", "approved", "countered"))
    @rule(monthly=AMOUNTS)
    def change(self, monthly):
        with self.step() as session:
            version = self.version("submitted", "approved", "countered")
            given = {"monthly_fen": monthly, "choice": "best_fit"}
            changed(
                session,
                self.world.vault,
                self.world.site,
                self.borrower,
                version,
                now=self.now,
                **given,
            )

    @precondition(lambda self: self.has("submitted", "approved", "countered"))
    @rule()
    def withdraw(self):
        with self.step() as session:
            withdraw_plan(
                session,
                self.context(),
                borrower_id=self.borrower.id,
                version_public_id=self.version("submitted", "approved", "countered"),
            )

    @precondition(lambda self: self.has("submitted"))
    @rule(who=st.integers(0, 3), answer=st.sampled_from(("refuse", "approve")))
    def answer(self, who, answer):
        with self.step() as session:
            decide(
                session,
                self.world.vault,
                self.world.site,
                self.version("submitted"),
                self.member(who),
                now=self.now,
                answer=answer,
            )

    @precondition(lambda self: self.has("submitted", "countered"))
    @rule(
        who=st.integers(0, 3),
        periods=st.sampled_from((6, 12, 24, 40)),
        rate=st.sampled_from(("contract", "half", "zero")),
    )
    def offer_something_else(self, who, periods, rate):
        with self.step() as session:
            counter(
                session,
                self.world.vault,
                self.world.site,
                self.version("submitted", "countered"),
                self.member(who),
                now=self.now,
                periods=periods,
                rate=rate,
            )

    @precondition(lambda self: self.has("draft"))
    @rule(who=st.integers(0, 3))
    def release(self, who):
        with self.step() as session:
            public_id = self.version("draft")
            draft = session.scalars(
                select(PlanVersion).where(PlanVersion.public_id == public_id)
            ).one()
            release(
                session, self.world.vault, self.world.site, draft, self.member(who), now=self.now
            )

    @precondition(lambda self: self.has("countered"))
    @rule()
    def accept(self):
        with self.step() as session:
            accept_counter(
                session,
                self.context(),
                borrower_id=self.borrower.id,
                version_public_id=self.version("countered"),
            )

    @precondition(lambda self: self.has("countered", "approved"))
    @rule(who=st.integers(0, 3))
    def recall(self, who):
        with self.step() as session:
            version = self.version("countered", "approved")
            recall(
                session,
                self.world.vault,
                self.world.site,
                version,
                self.member(who),
                now=self.now,
            )

    @precondition(lambda self: self.has("approved"))
    @rule(fee=st.sampled_from((0, 12_00)))
    def another_file(self, fee):
        """The lender's next file puts the fees of a loan right; the job comes by."""
        with self.step() as session:
            file_says(session, self.loans[0], fee_fen=fee)
        by_itself = acting(now=self.now, vault=self.world.vault, site=self.world.site)
        with self.step() as session:
            notice_changed_figures(session, by_itself, limit=100)

    @precondition(lambda self: self.has("refused"))
    @rule()
    def appeal(self):
        with self.step() as session:
            version = self.version("refused")
            appeals.appeal(session, self.world.vault, self.borrower, version, now=self.now)

    @precondition(lambda self: self.has("under_appeal"))
    @rule(who=st.integers(0, 3), answer=st.sampled_from(("approve", "refuse")))
    def answer_appeal(self, who, answer):
        with self.step() as session:
            appeals.answer(
                session,
                self.world.vault,
                self.world.site,
                self.version("under_appeal"),
                self.member(who),
                now=self.now,
                answer=answer,
            )

    @precondition(lambda self: self.has("approved"))
    @rule()
    def sign(self):
        with self.step() as session:
            version = self.version("approved")
            # Of its own, so that no other borrower's codes are counted against it.
            own = f"{self.borrower.id}"
            visit = Visit(browser=f"b-{version}", device=f"d-{own}", requester=f"r-{own}")
            one = signing.read_by(
                session, self.world.gateways, self.world.site, version, self.borrower, now=self.now
            )
            one = signing.ask(
                session, self.world.gateways, self.world.site, one, visit=visit, now=self.now
            )
            signing.sign(
                session, self.world.gateways, self.world.site, one, visit=visit, now=self.now
            )

    @rule(days=st.sampled_from((1, 3, 8)))
    def wait(self, days):
        self.now += timedelta(days=days)
        by_itself = acting(now=self.now, vault=self.world.vault, site=self.world.site)
        for job in (lapsing.expire_offers, lapsing.end_holds, lapsing.lapse_drafts):
            with self.step() as session:
                job(session, by_itself, limit=100)

    def member(self, who):
        return self.world.agent if who == 0 else self.world.supervisors[who - 1]

    @invariant()
    def every_version_goes_by_the_table(self):
        with self.world.sessions() as session:
            mine = select(PlanVersion.public_id, PlanVersion.state).join(
                Plan, Plan.id == PlanVersion.plan_id
            )
            rows = session.execute(mine.where(Plan.borrower_id == self.borrower.id)).all()
            found = dict(map(tuple, rows))
        for public_id, state in found.items():
            before = self.states.get(public_id, "draft")
            assert state == before or state in reachable(before), (public_id, before, state)
        assert self.states.keys() <= found.keys()
        self.states = found
        self.world.reached |= set(found.values())

    @invariant()
    def one_is_open_at_most(self):
        with self.world.sessions() as session:
            held = session.scalars(
                select(PlanLoan.loan_id)
                .join(Plan, Plan.id == PlanLoan.plan_id)
                .where(PlanLoan.is_open, Plan.borrower_id == self.borrower.id)
            ).all()
        assert len(held) == len(set(held))
        opened = [one for one in self.states.values() if one in OPEN_VERSIONS]
        assert len(opened) <= 1
        if set(self.states.values()) <= ENDED_VERSIONS - {"superseded"}:
            assert not held

    @invariant()
    def every_promise_holds(self):
        with self.world.sessions() as session:
            _checked, found = check_invariants(session, gateways=self.world.gateways)
        assert found == ()


def reachable(state) -> set[str]:
    """Where a version may have gone in one act: an act may take it further than one arrow."""
    seen, ahead = set(), [state]
    while ahead:
        for one in VERSION_MOVES[ahead.pop()] - seen:
            seen.add(one)
            ahead.append(one)
    return seen


@pytest.fixture
def world(database, tmp_path, site):
    made = make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance")}))
    return World(database.sessions, plain(made), site)


def test_whatever_is_done_the_table_and_the_promises_hold(world):
    run_state_machine_as_test(
        type("Machine", (PlanMachine,), {"world": world}),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            # The same each time, so that it is known to come to every kind of state.
            derandomize=True,
            # The steps that led there are printed; finding fewer takes many times as long.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert world.reached >= {"submitted", "approved", "countered", "superseded", "signed"}


def test_its_steps_recall_what_a_file_changed(world):
    """The walk above comes there by chance: approved, another file, recalled, proposed anew."""
    machine = type("Machine", (PlanMachine,), {"world": world})()
    machine.come_in(loans=1, disputed=False, asked=Answers(kind="settlement"))
    steps = (
        lambda: machine.recall(who=1),
        lambda: machine.another_file(fee=12_00),
        lambda: machine.recall(who=0),
        lambda: machine.recall(who=1),
        lambda: machine.propose(asked=Answers(kind="settlement"), together=True),
    )
    seen = []
    for step in (lambda: None, *steps):
        step()
        machine.every_version_goes_by_the_table()
        machine.one_is_open_at_most()
        machine.every_promise_holds()
        seen.append(list(machine.states.values())[-1])
    # Neither without a change nor by an agent who did not approve it.
    assert seen == ["approved", "approved", "approved", "approved", "recalled", "approved"]

"""A proposal made the way a borrower makes it, and staff who answer it."""

from dataclasses import dataclass, replace
from itertools import count

from sqlalchemy import select

from app.models import Decision, Loan, Staff, StaffRole
from app.services.cases.deciding import decide_version, rehearse_answer
from app.services.cases.steps import Reply
from app.services.core.context import Actor, StaffMember
from app.services.proposals.basis import Answers
from app.services.proposals.changing import begin_change
from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import plan_check
from app.services.proposals.submitting import submit_plan
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW

_numbers = count(1)
ANSWERS = Answers(upfront_fen=0, monthly_fen=130_000, pay_day=10, choice="best_fit")


@dataclass(frozen=True)
class Proposed:
    borrower: object
    loan: object
    actor: Actor
    shown_sha256: str
    request_key: str


def actor_of(borrower) -> Actor:
    return Actor(f"borrower:{borrower.public_id}", "127.0.0.1")


def answered(
    session, vault, *, answers=ANSWERS, borrower=None, loan=None, now=NOW, disputed=False
) -> Proposed:
    """Everything answered and checked, nothing submitted yet; a plan on a disputed loan waits for a
    person.
    """
    borrower = borrower or make_borrower(session, vault)
    loan = loan or make_loan(session, borrower)
    loan.disputed = loan.disputed or disputed
    session.commit()
    save_answers(
        session,
        acting(now=now, vault=vault),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
        given=answers,
    )
    view = plan_check(
        session,
        acting(now=now, vault=vault),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
    )
    session.commit()
    return Proposed(borrower, loan, actor_of(borrower), view.shown_sha256, view.journey.request_key)


def submit(session, vault, site, proposed: Proposed, *, now=NOW, **overrides) -> str:
    values = {
        "borrower_id": proposed.borrower.id,
        "loan_public_id": proposed.loan.public_id,
        "shown_sha256": proposed.shown_sha256,
        "request_key": proposed.request_key,
    }
    context = acting(now=now, actor=proposed.actor, vault=vault, site=site)
    return submit_plan(session, context, **(values | overrides))


def submitted(session, vault, site, *, now=NOW, **answers) -> str:
    """A version that waits for a person: its loan is disputed."""
    return submit(
        session, vault, site, answered(session, vault, now=now, disputed=True, **answers), now=now
    )


def approved_at_once(session, vault, site, *, now=NOW, **answers) -> str:
    """A version that policy approved by itself."""
    return submit(session, vault, site, answered(session, vault, now=now, **answers), now=now)


def make_staff(session, *, roles=("agent",), **overrides) -> StaffMember:
    number = next(_numbers)
    values = {
        "username": f"staff{number}",
        "display_name": "李静",
        "person_id": f"person-{number}",
        "password_hash": "-",
        "created_at": NOW,
    }
    staff = Staff(**(values | overrides))
    session.add(staff)
    session.flush()
    session.add_all(StaffRole(staff_id=staff.id, role=role, from_at=NOW) for role in roles)
    session.commit()
    return StaffMember(staff.id, staff.public_id, staff.person_id, frozenset(roles))


def rehearsed(
    session,
    vault,
    site,
    version,
    decider,
    *,
    answer="approve",
    reason=None,
    words="",
    key=None,
    now=NOW,
) -> Reply:
    """An answer as the desk sends it: what it would bring was shown."""
    reason = reason or {"approve": "within_means", "refuse": "amount_too_low"}[answer]
    words = words or ("" if answer == "approve" else "这个数要还很久，想和您一起再看看。")
    reply = Reply(answer, reason, words, key or f"key-{next(_numbers)}")
    if session.scalars(
        select(Decision.id).where(Decision.request_key == reply.request_key)
    ).first():
        return reply
    shown = rehearse_answer(
        session,
        acting(now=now, vault=vault, site=site, staff=decider),
        version_public_id=version,
        reply=reply,
    )
    return replace(reply, shown_sha256=shown.sha256)


def give(session, vault, site, version, decider, reply, *, now=NOW) -> None:
    decide_version(
        session,
        acting(
            now=now,
            actor=Actor(f"staff:{decider.staff_id}", "127.0.0.1"),
            vault=vault,
            site=site,
            staff=decider,
        ),
        version_public_id=version,
        reply=reply,
    )


def decide(session, vault, site, version, decider, *, now=NOW, **answer) -> None:
    """Rehearse an answer as the desk does, then give it."""
    reply = rehearsed(session, vault, site, version, decider, now=now, **answer)
    give(session, vault, site, version, decider, reply, now=now)


def change_begun(session, vault, borrower, version, *, now=NOW, **given) -> Proposed:
    """A change of a version laid out, answered differently and checked, not submitted yet."""
    context = acting(now=now, actor=actor_of(borrower), vault=vault)
    mine = {"borrower_id": borrower.id}
    loan_id = begin_change(session, context, version_public_id=version, **mine)
    mine["loan_public_id"] = loan_id
    if given:
        save_answers(session, context, given=Answers(**given), **mine)
    view = plan_check(session, context, **mine)
    loan = session.scalars(select(Loan).where(Loan.public_id == loan_id)).one()
    session.rollback()
    return Proposed(borrower, loan, actor_of(borrower), view.shown_sha256, view.journey.request_key)


def changed(session, vault, site, borrower, version, *, now=NOW, **given) -> str:
    """The version that takes the place of one that its borrower changed."""
    return submit(
        session,
        vault,
        site,
        change_begun(session, vault, borrower, version, now=now, **given),
        now=now,
    )

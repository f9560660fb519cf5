"""The answers for a loan: as they were given so far, else as they were given for its last plan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.domain.plan import PlanKind
from app.domain.plan_terms import PlannedTerms, read_terms
from app.domain.states import CHANGEABLE, ENDED_VERSIONS
from app.models import Plan, PlanDraft, PlanLoan, PlanVersion, Verdict
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.hardship.records import Hardship, open_hardship, told_beside
from app.services.plans.status_queries import CHANGES
from app.services.plans.version_queries import own_version
from app.services.proposals.basis import (
    Answers,
    ProposalBasis,
    basis_for,
    basis_of_change,
    basis_of_running,
)
from app.services.reading.once import read_once

_DRAFT = select(PlanDraft).where(
    PlanDraft.borrower_id == bindparam("mine", type_=PlanDraft.borrower_id.type),
    PlanDraft.loan_id == bindparam("loan", type_=PlanDraft.loan_id.type),
)


@dataclass(frozen=True)
class DraftAnswers:
    """What a borrower answered and told in confidence, and the key that makes a submission of it
    happen once.

    `entered_by` is the person of the staff who filled it in for the borrower, if any. `changes` is
    the public id of the version that is to be changed, else empty.
    """

    answers: Answers
    request_key: str
    hardship: Hardship | None = None
    entered_by: str | None = None
    changes: str = ""


def draft_of(
    session: Session, context: Context, *, borrower_id: int, loan_id: int
) -> DraftAnswers | None:
    """Return the answers kept for a loan, unless they lapsed; without any, those of its last plan,
    where that came to nothing and is no older than answers are kept.

    Source: default policy, draft_days; product, states.
    """
    row = draft_row(session, borrower_id=borrower_id, loan_id=loan_id)
    if row is None:
        return _last_answers(session, context, borrower_id, loan_id)
    # A lapsed draft is as absent as none also before the job has deleted it (I-04).
    if row.expires_at <= context.now:
        return None
    told = told_beside(context.vault, row=row)
    answers = replace(_read(row.answers), surplus_fen=told.surplus_fen if told else None)
    changes = row.answers.get(CHANGES) or ""
    return DraftAnswers(answers, row.request_key, told, row.entered_by, changes)


def draft_row(session: Session, *, borrower_id: int, loan_id: int) -> PlanDraft | None:
    """Return the stored draft on a loan, also one that lapsed."""
    asked = {"mine": borrower_id, "loan": loan_id}
    return read_once(
        session, "draft", *asked.values(), read=lambda: session.scalars(_DRAFT, asked).one_or_none()
    )


def journey_basis(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> ProposalBasis:
    """Load what a plan on a borrower's loan stands on; where a change of the open proposal was
    begun, what its change stands on.

    Raises: NotFound, also for a loan of someone else.
    Source: ADR 0042.
    """
    key = ("journey", borrower_id, loan_public_id, context.now)
    return read_once(
        session, *key, read=lambda: _stands_on(session, context, borrower_id, loan_public_id)
    )


def _stands_on(
    session: Session, context: Context, borrower_id: int, loan_public_id: str
) -> ProposalBasis:
    basis = basis_for(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    answers, changes = _amounts(session, context, borrower_id, basis.loan.id)
    if basis.figures.running is not None:
        return _of_running(session, basis, changes).answered(answers)
    proposal = basis.figures.negotiation
    # Another version in its place, from another tab: what was begun there is over.
    if proposal is not None and proposal.state in CHANGEABLE:
        if changes == proposal.version.public_id:
            basis = basis_of_change(session, basis=basis)
    return basis.answered(answers)


def _of_running(session: Session, basis: ProposalBasis, changes: str) -> ProposalBasis:
    """A change of a signed plan was begun: what is left of that one; one that is open already is
    changed itself.
    """
    running, change = basis.figures.running, basis.figures.change
    if change is not None:
        is_begun = change.state in CHANGEABLE and changes == change.version.public_id
        return basis_of_change(session, basis=basis) if is_begun else basis
    if running is None or changes != running.version.public_id:
        return basis
    return basis_of_running(basis)


def answers_of(session: Session, context: Context, *, version: PlanVersion) -> DraftAnswers:
    """Return the answers that a version was made of, with a key of their own; of a counter-offer
    those of what its borrower proposed before it.
    """
    key, version = f"after:{version.public_id}", own_version(session, version=version)
    kept = open_hardship(
        version.hardship_enc, vault=context.vault, table="plan_versions", row=version.public_id
    )
    # Nothing told is an answer too, and is not asked again.
    told = kept or Hardship()
    answers = replace(
        _asked(read_terms(version.terms)),
        is_income_done=_was_income_done(session, version, told) or None,
        surplus_fen=told.surplus_fen,
    )
    author = version.author_person if version.author_kind == "staff" else None
    # The same on every page until something is changed, and another for every version: a second
    # tap on an old page finds what the first has done.
    return DraftAnswers(answers, key, told, author)


def _asked(terms: PlannedTerms) -> Answers:
    asked, kind = terms.asked, cast(PlanKind, terms.kind)
    answers = Answers(
        choice=terms.choice, kind=kind, loans=tuple(one.public_id for one in terms.loans)
    )
    if kind == "settlement":
        # A day was asked for, and a sum where it was the borrower's own.
        return replace(answers, pay_on=terms.first_on, sum_fen=asked.sum_fen)
    if kind == "deferral":
        return replace(answers, months=asked.months, way=asked.way)
    return replace(
        answers,
        upfront_fen=asked.upfront_fen,
        monthly_fen=asked.monthly_fen or None,
        pay_day=terms.pay_day,
        periods=asked.periods,
        low_fen=asked.low_fen or None,
        low_months=asked.low_months or None,
    )


def _amounts(
    session: Session, context: Context, borrower_id: int, loan_id: int
) -> tuple[Answers, str]:
    """Amounts and choices alone, as draft_of finds them; nothing told in confidence is opened."""
    row = draft_row(session, borrower_id=borrower_id, loan_id=loan_id)
    if row is None:
        version = _last_version(session, context, borrower_id, loan_id)
        return (
            _asked(read_terms(own_version(session, version=version).terms))
            if version
            else Answers()
        ), ""
    if row.expires_at <= context.now:
        return Answers(), ""
    return _read(row.answers), row.answers.get(CHANGES) or ""


def _last_answers(
    session: Session, context: Context, borrower_id: int, loan_id: int
) -> DraftAnswers | None:
    version = _last_version(session, context, borrower_id, loan_id)
    return answers_of(session, context, version=version) if version else None


def _last_version(
    session: Session, context: Context, borrower_id: int, loan_id: int
) -> PlanVersion | None:
    newest = (
        select(PlanVersion)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .where(Plan.borrower_id == borrower_id, PlanLoan.loan_id == loan_id)
        .where(PlanVersion.submitted_at.is_not(None))
        .order_by(PlanVersion.id.desc())
        .limit(1)
    )
    version = session.scalars(newest).one_or_none()
    # What is open is changed, not proposed again; of a plan that was kept another one begins anew.
    if version is None or version.submitted_at is None or not _is_over(version, context):
        return None
    days = active_policy(session)[1].clocks.draft_days
    if (version.ended_at or context.now) + timedelta(days=days) <= context.now:
        return None
    return version


def _is_over(version: PlanVersion, context: Context) -> bool:
    """An offer whose last day is past counts as over also before the job has come by (ADR 0030)."""
    until = version.valid_until_at
    is_past = version.state == "approved" and until is not None and until < context.now
    return is_past or version.state in ENDED_VERSIONS


def _was_income_done(session: Session, version: PlanVersion, told: Hardship) -> bool:
    if told.surplus_fen is not None:
        return True
    rule = Verdict.version_id == version.id, Verdict.rule == "income_stated"
    return session.scalar(select(Verdict.value).where(*rule)) == "not_told"


def _read(stored: Mapping[str, Any]) -> Answers:
    # Drafts live for 90 days and outlive releases: unknown names are left aside, new ones are open
    # questions.
    values = {name: stored.get(name) for name in Answers.__dataclass_fields__}
    if values["pay_on"] is not None:
        values["pay_on"] = date.fromisoformat(values["pay_on"])
    if values["loans"] is not None:
        values["loans"] = tuple(values["loans"])
    return Answers(**values)

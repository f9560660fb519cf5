"""What a borrower reads before and after signing: the text to sign, the agreement, its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.explaining import ExplainedFacts, Explanation, explain_clauses
from app.domain.explaining_kinds import explain_kind
from app.domain.keeping.account import Account
from app.domain.plan_terms import PlannedTerms, order_of
from app.domain.stamps import DUE
from app.domain.states import KEPT_PLANS, REPLACED, state_on
from app.models import Agreement, Plan, PlanVersion
from app.services.agreements.basis import CannotSign, signing_basis
from app.services.agreements.shown import as_shown
from app.services.certificates.queries import CertificateNote, certificates_of
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.keeping.accounts import SignedPlan, kept_standings
from app.services.loans.kept_plans import KeptPlan, kept_since
from app.services.loans.naming import LoanName, loans_in, name_of, names_in
from app.services.loans.successors import OpenChange, open_change_of, successor_of

ENDED_PLANS = frozenset({"completed", "broken", REPLACED})


@dataclass(frozen=True)
class SignView:
    """A version with the text as it would be signed now; `refusal` says why it cannot be, None
    where it can.

    `agreement` is the number of the agreement once signed.
    """

    public_id: str
    number: str
    state: str
    loans: tuple[LoanName, ...]
    terms: PlannedTerms
    text: Mapping[str, Any]
    sha256: str
    valid_until_on: date | None
    as_of_on: date
    reading_seconds: int
    has_fault: bool
    refusal: CannotSign | None
    agreement: str | None
    kind_explained: Explanation
    # By clause; a clause without one is left to a person.
    explained: Mapping[str, Explanation]

    @property
    def clauses(self) -> tuple[Mapping[str, Any], ...]:
        """Return the clauses that are confirmed one by one."""
        return tuple(one for one in self.text["clauses"] if one["confirm"])


@dataclass(frozen=True)
class AgreementView:
    """A signed agreement with the plan it is about; `text` is what was hashed, in today's shape.
    `replaced_by` is the agreement signed in its place, `change` what is asked in its place.
    """

    number: str
    check_code: str
    signed_at: datetime
    text: Mapping[str, Any]
    text_sha256: str
    pdf_sha256: str
    stamp: str | None
    stamped_at: datetime | None
    plan_state: str
    loans: tuple[LoanName, ...]
    kept: KeptPlan
    account: Account
    remind_days: int
    certificate: CertificateNote | None = None
    replaced_by: str = ""
    change: OpenChange | None = None

    @property
    def replaces(self) -> str:
        """Return the agreement that it took the place of, or empty."""
        return str(self.text.get("replaces", ""))

    @property
    def awaits_stamp(self) -> bool:
        """Whether the file waits for its time stamp and cannot be had yet."""
        return self.stamp == DUE

    @property
    def is_running(self) -> bool:
        """Whether the plan is still kept."""
        return self.plan_state not in ENDED_PLANS


def sign_view(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str
) -> SignView:
    """Return what the borrower reads before signing.

    Raises: NotFound, also for a version of someone else.
    """
    basis = signing_basis(
        session, context, borrower_id=borrower_id, version_public_id=version_public_id
    )
    version, until = basis.version, basis.version.valid_until_at
    state = state_on(version.state, valid_until_at=until, today=beijing_date(context.now))

    return SignView(
        public_id=version.public_id,
        number=basis.number,
        state=state,
        loans=tuple(map(name_of, basis.loans)),
        terms=basis.terms,
        text=basis.text,
        sha256=basis.sha256,
        valid_until_on=beijing_date(until) if until else None,
        as_of_on=basis.as_of_on,
        reading_seconds=basis.policy.limits.reading_seconds,
        has_fault=basis.case.document_fault is not None,
        # The page shows the text also where it cannot be signed, with the reason beside it.
        refusal=basis.refusal,
        agreement=_number_of(session, version.id) if state == "signed" else None,
        kind_explained=explain_kind(basis.terms),
        explained=explain_clauses(
            [one["code"] for one in basis.text["clauses"]],
            ExplainedFacts(basis.terms, order_of(version.terms), basis.policy),
        ),
    )


def agreement_view(
    session: Session, context: Context, *, borrower_id: int, number: str
) -> AgreementView:
    """Return a borrower's agreement.

    Raises: NotFound, also for an agreement of someone else.
    """
    query = (
        select(Agreement, PlanVersion, Plan)
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        # Numbers count upwards and are easily guessed; the borrower is part of every question.
        .where(Agreement.number == number, Plan.borrower_id == borrower_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound

    agreement, version, plan = row
    today = beijing_date(context.now)
    signed = SignedPlan(plan, version, agreement.signed_at)
    stands = kept_standings(session, signed=(signed,), as_of=today)[plan.id]
    kept = kept_since(signed, stands, agreement=agreement.number, today=today)
    is_done = plan.state == "completed"
    certified = certificates_of(session, plan_ids=[plan.id] if is_done else [])

    return AgreementView(
        number=agreement.number,
        check_code=agreement.check_code,
        signed_at=agreement.signed_at,
        text=as_shown(agreement.text),
        text_sha256=agreement.text_sha256,
        pdf_sha256=agreement.pdf_sha256 or "",
        stamp=agreement.stamp,
        stamped_at=agreement.stamped_at,
        plan_state=plan.state,
        loans=names_in(kept.terms, loans_in(session, plan_id=plan.id)),
        kept=kept,
        account=stands.account,
        remind_days=active_policy(session)[1].contact.reminder_before_days,
        certificate=certified.get(plan.id),
        replaced_by=successor_of(session, plan_id=plan.id) if plan.state == REPLACED else "",
        change=(
            open_change_of(session, plan_id=plan.id, today=today)
            if plan.state in KEPT_PLANS
            else None
        ),
    )


def _number_of(session: Session, version_id: int) -> str | None:
    return session.scalar(select(Agreement.number).where(Agreement.version_id == version_id))

"""Proposals as the desk sees them: the queue with its clocks, and one case with everything that bears on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.explanation import N_
from app.models import AuditEntry, Borrower, Decision, Loan, Plan, PlanLoan, PlanVersion, ReasonCode, Staff, Verdict
from app.ports.vault import Vault
from app.services.borrower_queries import LoanDesk, loan_desk
from app.services.contact_queries import ContactRow, contacts_of
from app.services.decisions import may_decide
from app.services.masks import masked_name
from app.services.plan_terms import PlannedTerms, read_terms
from app.services.policy_queries import active_policy

PAGE_ROWS = 25
SOON_DAYS = 1
RULES: Mapping[str, str] = {
    "total_within_limit": N_("方案总额在可以当场同意的范围内"),
    "periods_within_limit": N_("期数在可以当场同意的范围内"),
    "self_service_periods": N_("期数在自助可选的范围内"),
    "instalments_large_enough": N_("每期不低于最低金额"),
    "plan_rate_is_contract": N_("按合同利率"),
    "no_broken_plan": N_("近期没有失效的方案"),
    "no_discrepancy": N_("和核心系统没有差异"),
    "within_ceiling": N_("息费没有超过上限"),
    "no_dispute": N_("没有争议"),
    "no_legal_mark": N_("没有法律程序"),
    "file_fresh": N_("夜间文件是最近的"),
    "income_stated": N_("需要收入时已说明收入"),
    "within_half_surplus": N_("每期不超过余下的一半"),
}
FOUND: Mapping[str, str] = {
    "yes": N_("有"), "no": N_("没有"), "not_asked": N_("不需要"), "not_told": N_("还没有说明"),
    "told": N_("已经说明"), "nothing_left": N_("没有余下"),
}  # fmt: skip
EVENTS: Mapping[str, str] = {
    "plan.submitted": N_("提交方案，联络自动暂停"),
    "plan.approved": N_("同意方案"),
    "plan.refused": N_("没有通过"),
}


@dataclass(frozen=True)
class QueueRow:
    """One proposal that waits for an answer, its borrower masked.

    Units: fen; days_left counts to the day by which it is answered, below zero it is late.
    """

    public_id: str
    number: str
    name: str
    product: str
    tail: str
    terms: PlannedTerms
    submitted_at: datetime
    decide_by_on: date
    days_left: int
    open_rules: int
    in_authority: bool

    @property
    def is_soon(self) -> bool:
        """Whether the answer is due today or tomorrow, or late."""
        return self.days_left <= SOON_DAYS


@dataclass(frozen=True)
class Queue:
    """One page of what waits, the oldest deadline first; `next_key` leads on."""

    rows: tuple[QueueRow, ...]
    waiting: int
    late: int
    next_key: str | None


@dataclass(frozen=True)
class RuleView:
    """One rule of the policy as it was judged; name and value are Chinese source text or figures."""

    name: str
    held: bool
    value: str


@dataclass(frozen=True)
class Event:
    """One thing that happened to the case; what is Chinese source text, who a role or an account's name."""

    at: datetime
    what: str
    who: str


@dataclass(frozen=True)
class ReasonChoice:
    """A reason staff may give for an answer, in words a borrower reads."""

    code: str
    answer: str
    words: str


@dataclass(frozen=True)
class Answered:
    """The answer a case got."""

    answer: str
    reason: str
    words: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Case:
    """A proposal with who proposes, what is owed, what policy says and what happened so far."""

    public_id: str
    number: str
    state: str
    submitted_at: datetime
    decide_by_on: date
    days_left: int
    terms: PlannedTerms
    policy_version: str
    desk: LoanDesk
    rules: tuple[RuleView, ...]
    events: tuple[Event, ...]
    contacts: tuple[ContactRow, ...]
    reasons: tuple[ReasonChoice, ...]
    answered: Answered | None
    in_authority: bool
    is_own: bool
    is_reduced: bool


def waiting_queue(
    session: Session, *, vault: Vault, roles: frozenset[str], now: datetime, after: str | None = None
) -> Queue:
    """Return a page of the submitted versions, the oldest first, from a version's public id on.

    Source: default policy, clocks.
    """
    today = beijing_date(now)
    rules_open = select(func.count()).where(Verdict.version_id == PlanVersion.id, Verdict.held.is_(False))
    query = (
        select(PlanVersion, Plan, Borrower, Loan, rules_open.scalar_subquery())
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Borrower, Borrower.id == Plan.borrower_id)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .where(PlanVersion.state == "submitted")
        .order_by(PlanVersion.submitted_at, PlanVersion.id)
        .limit(PAGE_ROWS + 1)
    )
    if after is not None:
        query = query.where(_later_than(session, after))
    found = session.execute(query).all()
    rows = tuple(
        _queue_row(
            session, version, plan, loan, name=_name(vault, borrower), open_rules=rules, roles=roles, today=today
        )
        for version, plan, borrower, loan, rules in found[:PAGE_ROWS]
    )
    waiting, late = _counts(session, today)
    return Queue(rows, waiting, late, rows[-1].public_id if len(found) > PAGE_ROWS else None)


def case_of(
    session: Session, *, vault: Vault, version_public_id: str, person_id: str, roles: frozenset[str], now: datetime
) -> Case:
    """Return one proposal with everything that bears on the answer.

    Raises: NotFound.
    """
    version, plan, loan = _version(session, version_public_id)
    if version.submitted_at is None or version.decide_by_on is None:
        raise NotFound
    _policy_version, policy = active_policy(session)
    terms = read_terms(version.terms, moved_months=version.moved_months)
    contract_ppm = min(loan.annual_ppm, policy.ceiling_ppm)
    return Case(
        public_id=version.public_id,
        number=plan.number,
        state=version.state,
        submitted_at=version.submitted_at,
        decide_by_on=version.decide_by_on,
        days_left=(version.decide_by_on - beijing_date(now)).days,
        terms=terms,
        policy_version=version.policy_version,
        desk=loan_desk(session, vault=vault, public_id=loan.public_id, now=now),
        rules=_rules(session, version.id),
        events=_events(session, version.public_id),
        contacts=contacts_of(session, borrower_id=plan.borrower_id).rows[:5],
        reasons=_reasons(session),
        answered=_answered(session, version.id),
        in_authority=may_decide(terms, contract_ppm=contract_ppm, policy=policy, roles=roles),
        is_own=version.author_person == person_id,
        is_reduced=terms.annual_ppm < contract_ppm,
    )


def _later_than(session: Session, after: str) -> ColumnElement[bool]:
    key = select(PlanVersion.submitted_at, PlanVersion.id).where(PlanVersion.public_id == after)
    found = session.execute(key).one_or_none()
    if found is None or found[0] is None:
        raise NotFound
    at, last_id = found
    return or_(PlanVersion.submitted_at > at, and_(PlanVersion.submitted_at == at, PlanVersion.id > last_id))


def _queue_row(
    session: Session,
    version: PlanVersion,
    plan: Plan,
    loan: Loan,
    *,
    name: str,
    open_rules: int,
    roles: frozenset[str],
    today: date,
) -> QueueRow:
    _policy_version, policy = active_policy(session)
    if version.submitted_at is None or version.decide_by_on is None:
        raise NotFound
    terms = read_terms(version.terms)
    return QueueRow(
        public_id=version.public_id,
        number=plan.number,
        name=name,
        product=loan.product,
        tail=loan.ref[-4:],
        terms=terms,
        submitted_at=version.submitted_at,
        decide_by_on=version.decide_by_on,
        days_left=(version.decide_by_on - today).days,
        open_rules=open_rules,
        in_authority=may_decide(terms, contract_ppm=loan.annual_ppm, policy=policy, roles=roles),
    )


def _name(vault: Vault, borrower: Borrower) -> str:
    return masked_name(vault.unseal(borrower.name_enc, table="borrowers", row=borrower.public_id, column="name"))


def _counts(session: Session, today: date) -> tuple[int, int]:
    late = func.count().filter(PlanVersion.decide_by_on < today)
    found = session.execute(select(func.count(), late).where(PlanVersion.state == "submitted")).one()
    return found[0], found[1]


def _version(session: Session, public_id: str) -> tuple[PlanVersion, Plan, Loan]:
    query = (
        select(PlanVersion, Plan, Loan)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .where(PlanVersion.public_id == public_id)
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFound
    return found


def _rules(session: Session, version_id: int) -> tuple[RuleView, ...]:
    rows = session.scalars(select(Verdict).where(Verdict.version_id == version_id).order_by(Verdict.id))
    return tuple(RuleView(RULES.get(one.rule, one.rule), one.held, FOUND.get(one.value, one.value)) for one in rows)


def _events(session: Session, public_id: str) -> tuple[Event, ...]:
    query = (
        select(AuditEntry.at, AuditEntry.action, Staff.display_name)
        .outerjoin(Staff, AuditEntry.actor == "staff:" + Staff.public_id)
        .where(AuditEntry.object_kind == "plan_version", AuditEntry.object_id == public_id)
        .where(AuditEntry.action.in_(EVENTS))
        .order_by(AuditEntry.seq.desc())
    )
    return tuple(Event(at, EVENTS[action], name or N_("借款人本人")) for at, action, name in session.execute(query))


def _reasons(session: Session) -> tuple[ReasonChoice, ...]:
    query = select(ReasonCode).where(ReasonCode.is_active).order_by(ReasonCode.position)
    return tuple(ReasonChoice(one.code, one.answer, one.words) for one in session.scalars(query))


def _answered(session: Session, version_id: int) -> Answered | None:
    query = (
        select(Decision, ReasonCode.words, Staff.display_name)
        .join(ReasonCode, ReasonCode.code == Decision.reason_code)
        .join(Staff, Staff.id == Decision.staff_id)
        .where(Decision.version_id == version_id)
        .order_by(Decision.round.desc())
    )
    found = session.execute(query).first()
    if found is None:
        return None
    decision, reason, name = found
    return Answered(decision.answer, reason, decision.words, name, decision.at)

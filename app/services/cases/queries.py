"""One case at the desk, with everything that bears on its answer."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.domain.affordability import Affordability, affordability_of
from app.domain.authority import AuthorityNeeded, authority_needed, may_approve
from app.domain.calendar import beijing_date
from app.domain.concession import Concession
from app.domain.errors import NotFound
from app.domain.masks import spelled
from app.domain.offer_days import offer_dates
from app.domain.plan_terms import Moved, PlannedTerms, moved_of, read_terms
from app.domain.policy import Policy, appeal_until
from app.domain.policy_texts import PolicyTexts
from app.domain.states import is_borrower_asked, state_on
from app.models import (
    Agreement,
    Appeal,
    Case,
    Decision,
    Plan,
    PlanVersion,
    Staff,
)
from app.services.borrowers.case_links import OpenMatter, ThreadNote, matters_of
from app.services.borrowers.debt_queries import Debt, Debts, debts_of
from app.services.borrowers.desk_queries import BorrowerRow, who_is
from app.services.cases.appeal_queries import AppealText, appeal_text
from app.services.cases.history_queries import CaseNoteView, Event, case_history, notes_of
from app.services.cases.version_queries import VersionRow, versions_of
from app.services.core.context import Context
from app.services.core.policy import active_policy, texts_of
from app.services.core.waiting_queries import days_after_reply
from app.services.core.working_days import working_day_after
from app.services.hardship.records import HardshipView, told_with
from app.services.loans.successors import PlanBefore, plan_before
from app.services.plans.contracts import contract_ppm_told
from app.services.plans.verdicts import RuleView, open_rules, rules_of
from app.services.plans.version_queries import names_behind

CONFIDANTS = frozenset({"agent", "supervisor"})


@dataclass(frozen=True)
class ReasonChoice:
    """A reason staff may give for an answer, in words a borrower reads."""

    code: str
    answer: str
    words: str


@dataclass(frozen=True)
class CaseAnswer:
    """The answer a case got."""

    answer: str
    reason: str
    words: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Ownership:
    """Who works on the case: a name, or empty where nobody does."""

    owner: str
    since_at: datetime | None
    is_mine: bool

    @property
    def is_free(self) -> bool:
        """Whether nobody works on it."""
        return not self.owner


@dataclass(frozen=True)
class AnswerMeaning:
    """What the answers would mean for the borrower if they were given today: dates only."""

    valid_until_on: date
    first_on: date
    moved: Moved
    hold_until_on: date
    appeal_until_on: date


@dataclass(frozen=True)
class CaseView:
    """A proposal with who proposes, all that is owed, what policy says and what happened so far.

    What was told in confidence, notes and the words of an appeal are there for those who decide
    only; `answer_by_on` is the day by which we answer, `days_after_reply` how many working days we
    have once a borrower who was asked has replied; `entered_by` names who entered the plan for its
    borrower; `versions` are the newest first; `planned` are the loans of the plan, as its terms
    have them, `contracts_ppm` their contracts' rates, at most the ceiling; `replaces` is the
    agreement that it would take the place of, as it stands today.
    """

    public_id: str
    number: str
    state: str
    submitted_at: datetime
    waits_for: str
    waits_since_at: datetime
    waits_days: int
    answer_by_on: date
    days_left: int
    days_after_reply: int
    handed_up_at: datetime | None
    terms: PlannedTerms
    concession: Concession
    needed: AuthorityNeeded
    behind: tuple[str, ...]
    contract_ppm: int
    contracts_ppm: tuple[int, ...]
    policy_version: str
    who: BorrowerRow
    debts: Debts
    planned: tuple[Debt, ...]
    open_matters: tuple[OpenMatter, ...]
    rules: tuple[RuleView, ...]
    versions: tuple[VersionRow, ...]
    history: tuple[Event, ...]
    notes: tuple[CaseNoteView, ...]
    reasons: tuple[ReasonChoice, ...]
    answered: CaseAnswer | None
    ownership: Ownership
    threads: tuple[ThreadNote, ...]
    meaning: AnswerMeaning
    appeal: AppealText | None
    told: HardshipView | None
    fit: Affordability | None
    entered_by: str
    fault: str
    in_authority: bool
    is_own: bool
    is_refuser: bool
    replaces: PlanBefore | None = None

    @property
    def is_asked(self) -> bool:
        """Whether the borrower was asked for a change; our clock stands still."""
        return is_borrower_asked(self.state, self.waits_for)

    @property
    def is_reduced(self) -> bool:
        """Whether the plan's rate is below the contract's, on any loan."""
        each = zip(self.terms.loans, self.contracts_ppm, strict=True)
        return any(one.annual_ppm < contract for one, contract in each)

    @property
    def open_rules(self) -> tuple[RuleView, ...]:
        """Return the rules for which a person is wanted."""
        return open_rules(self.rules)

    @property
    def needs_person_to_hold(self) -> bool:
        """Whether contact goes on hold only with an approval: it is a second hold (ADR 0014)."""
        return any(one.rule == "hold_not_repeated" for one in self.open_rules)

    @property
    def standing(self) -> str:
        """Return the public id of the version that the case is about now: where its borrower
        changed the one that is looked at, the one in its place (ADR 0042).
        """
        newest = next(one.public_id for one in self.versions if one.state != "draft")
        return newest if self.state == "superseded" else self.public_id

    @property
    def version(self) -> VersionRow:
        """Return the version that is looked at."""
        return next(one for one in self.versions if one.public_id == self.public_id)

    @property
    def waiting(self) -> VersionRow | None:
        """Return the counter-offer to this version that waits to be released, if there is one."""
        mine = self.version.number
        drafts = (one for one in self.versions if one.state == "draft")
        return next((one for one in drafts if one.answers == mine), None)

    @property
    def before(self) -> VersionRow | None:
        """Return the version before the one that is looked at, if there is one."""
        earlier = (one for one in self.versions if one.number < self.version.number)
        return next(earlier, None)


class _CaseRows(NamedTuple):
    """A version with what belongs to it once; `owner` is the name of who works on the case."""

    version: PlanVersion
    plan: Plan
    case: Case
    signed_at: datetime | None
    appeal: Appeal | None
    owner: str | None
    answered: CaseAnswer | None
    texts: PolicyTexts


def _terms(version: PlanVersion, signed_at: datetime | None) -> PlannedTerms:
    signed_on = beijing_date(signed_at) if signed_at else None
    return read_terms(version.terms, moved=moved_of(version), signed_on=signed_on)


def case_of(session: Session, context: Context, *, version_public_id: str) -> CaseView:
    """Return one proposal with everything that bears on the answer: as many queries however much
    there is of each.

    Raises: NotFound.
    """
    rows = _rows(session, version_public_id)
    version, plan, case, signed_at = rows[:4]
    if version.submitted_at is None or version.decide_by_on is None:
        raise NotFound
    policy = active_policy(session)[1]
    terms = _terms(version, signed_at)
    confides = bool(context.staff.roles & CONFIDANTS)
    appeal = appeal_text(context, appeal=rows.appeal) if rows.appeal else None
    told = told_with(context, version=version) if confides else None
    fit = _fit(policy, told, terms)
    debts = debts_of(session, context, borrower_id=plan.borrower_id)
    versions = versions_of(
        session, context, plan=plan, contracts=debts.contracts, policy=policy, fit=fit
    )
    shown = next(one for one in versions if one.public_id == version_public_id)
    matters = matters_of(session, borrower_id=plan.borrower_id, plan_id=plan.id)
    return CaseView(
        **_turn(session, context, version, case),
        public_id=version.public_id,
        number=plan.number,
        replaces=plan_before(session, plan=plan, today=context.today),
        submitted_at=version.submitted_at,
        terms=terms,
        **_authority(session, context, version, shown, policy),
        **_contracts(terms, debts, policy),
        policy_version=version.policy_version,
        who=who_is(session, context, borrower_id=plan.borrower_id),
        debts=debts,
        planned=tuple(debts.of(one.public_id) for one in terms.loans),
        open_matters=matters.waiting,
        rules=rules_of(session, version_ids=[version.id]).get(version.id, ()),
        versions=versions,
        history=case_history(
            session,
            version_id=version.id,
            borrower_id=plan.borrower_id,
            now=context.now,
        ),
        notes=notes_of(session, context, case_id=case.id) if confides else (),
        reasons=tuple(ReasonChoice(*one[:3]) for one in rows.texts.offered),
        answered=rows.answered,
        ownership=_ownership(context, rows),
        threads=matters.threads,
        meaning=_meaning(session, version, policy, beijing_date(context.now)),
        appeal=appeal if confides else None,
        told=told,
        fit=fit,
        entered_by="" if shown.is_ours else shown.author,
        fault=spelled(case.document_fault),
        is_own=version.author_person == context.staff.person_id,
        is_refuser=version.state == "under_appeal"
        and appeal is not None
        and appeal.refused_by == context.staff.person_id,
    )


def _authority(
    session: Session, context: Context, version: PlanVersion, shown: VersionRow, policy: Policy
) -> dict[str, Any]:
    """What the version gives up, whose word that needs, and who has given theirs."""
    needed = authority_needed(shown.concession, periods=shown.terms.periods, policy=policy)
    return {
        "concession": shown.concession,
        "needed": needed,
        # Only what two approve is asked for them.
        "behind": names_behind(session, version_id=version.id) if version.releases_needed else (),
        "in_authority": may_approve(needed, context.staff.roles),
    }


def _contracts(terms: PlannedTerms, debts: Debts, policy: Policy) -> dict[str, Any]:
    """The rate of each loan's contract, and the one that stands beside the plan's."""
    contracts, ceiling = debts.contracts, policy.amounts.ceiling_ppm
    return {
        "contract_ppm": contract_ppm_told(terms, contracts=contracts, policy=policy),
        "contracts_ppm": tuple(
            min(contracts[one.public_id].annual_ppm, ceiling) for one in terms.loans
        ),
    }


def _turn(session: Session, context: Context, version: PlanVersion, case: Case) -> dict[str, Any]:
    """Where the version stands, whose turn it is, since when and by when."""
    # The day that was promised stands where no clock runs any more.
    answer_by_on = case.answer_by_on or version.decide_by_on or context.today
    until = version.valid_until_at
    return {
        # An offer past its last day is over, also before the job has come by (ADR 0030).
        "state": state_on(version.state, valid_until_at=until, today=context.today),
        "waits_for": case.waits_for,
        "waits_since_at": case.waits_since_at,
        "waits_days": max(0, (context.today - beijing_date(case.waits_since_at)).days),
        "answer_by_on": answer_by_on,
        "days_left": (answer_by_on - context.today).days,
        "days_after_reply": days_after_reply(session, case=case)
        if is_borrower_asked(version.state, case.waits_for)
        else 0,
        "handed_up_at": case.handed_up_at,
    }


def _ownership(context: Context, rows: _CaseRows) -> Ownership:
    case = rows.case
    is_mine = case.owner_staff_id is not None and case.owner_staff_id == context.staff.staff_id
    return Ownership(rows.owner or "", case.owned_at if rows.owner else None, is_mine)


def _meaning(session: Session, version: PlanVersion, policy: Policy, today: date) -> AnswerMeaning:
    valid = offer_dates(read_terms(version.terms), policy=policy, today=today)
    return AnswerMeaning(
        valid_until_on=valid.valid_until_on,
        first_on=read_terms(version.terms, moved=valid.moved).first_on,
        moved=valid.moved,
        hold_until_on=working_day_after(
            session, day=today, count=policy.holds.hold_after_refusal_working_days
        ),
        appeal_until_on=appeal_until(policy, today),
    )


def _fit(policy: Policy, told: HardshipView | None, terms: PlannedTerms) -> Affordability | None:
    budget = told.hardship.budget if told else None
    if budget is None or budget.income_fen is None or budget.essential_fen is None:
        return None
    income, essential = budget.income_fen, budget.essential_fen
    return affordability_of(
        policy, income_fen=income, essential_fen=essential, plan_fen=terms.highest_fen
    )


def _rows(session: Session, public_id: str) -> _CaseRows:
    owner, decider, earlier = aliased(Staff), aliased(Staff), aliased(Decision)
    rounds = select(func.max(earlier.round)).where(earlier.version_id == PlanVersion.id)
    last = (Decision.version_id == PlanVersion.id) & (Decision.round == rounds.scalar_subquery())
    query = (
        select(
            PlanVersion,
            Plan,
            Case,
            Agreement.signed_at,
            Appeal,
            owner.display_name,
            Decision,
            decider.display_name,
        )
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Case, Case.plan_id == Plan.id)
        .outerjoin(Agreement, Agreement.version_id == PlanVersion.id)
        .outerjoin(Appeal, Appeal.version_id == PlanVersion.id)
        .outerjoin(owner, owner.id == Case.owner_staff_id)
        .outerjoin(Decision, last)
        .outerjoin(decider, decider.id == Decision.staff_id)
        .where(PlanVersion.public_id == public_id)
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFound
    version, plan, case, signed_at, appeal, owned_by, decision, by = found
    # In the words of the version that judges the plan, whatever has come since.
    texts = texts_of(session, version=version.policy_version)
    answered = None
    if decision is not None:
        reason = texts.words(decision.reason_code)
        answered = CaseAnswer(decision.answer, reason, decision.words, by or "", decision.at)
    return _CaseRows(version, plan, case, signed_at, appeal, owned_by, answered, texts)

"""What waits to be released, and one counter-offer with everything that its release rests on. Reads
only.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.authority import SUPERVISOR, authority_needed
from app.domain.concession import concession_of
from app.domain.errors import NotFound
from app.domain.offer_days import offer_dates
from app.domain.plan_terms import PlannedTerms, read_terms
from app.domain.policy import Policy
from app.domain.states import COUNTERABLE, state_on
from app.models import Borrower, Case, Plan, PlanVersion, Staff, VersionRelease
from app.services.borrowers.desk_queries import BorrowerRow, who_is
from app.services.core.context import Context
from app.services.core.policy import policies_of
from app.services.counters.basis import fit_of
from app.services.counters.editing_queries import Meaning
from app.services.hardship.records import Hardship, open_hardship
from app.services.plans.contracts import contracts_in
from app.services.plans.version_queries import names_behind, stands_behind
from app.services.plans.words_queries import words_of_versions


@dataclass(frozen=True)
class ReleaseRow:
    """A counter-offer that waits for others, of a borrower; `is_mine` tells the author's own."""

    public_id: str
    number: str
    version_number: int
    customer_no: str
    author: str
    at: datetime
    answer_by_on: date | None
    needed: int
    behind: int
    is_mine: bool


@dataclass(frozen=True)
class ReleaseView:
    """A counter-offer that waits, beside the version it answers: what each means, its words, who
    stands behind it and who may.
    """

    public_id: str
    parent_public_id: str
    terms_sha256: str
    number: str
    version_number: int
    parent_number: int
    who: BorrowerRow
    author: str
    at: datetime
    answer_by_on: date | None
    words: str
    summary: str
    ours: Meaning
    theirs: Meaning
    needed: int
    behind: tuple[str, ...]
    policy: Policy
    is_mine: bool
    is_behind: bool
    is_maker: bool
    may_release: bool
    is_overtaken: bool


def waiting_releases(session: Session, context: Context) -> tuple[ReleaseRow, ...]:
    """Return the counter-offers that wait for others, the most urgent first: one query."""
    parent = aliased(PlanVersion)
    behind = (
        select(func.count())
        .where(VersionRelease.version_id == PlanVersion.id)
        .correlate(PlanVersion)
        .scalar_subquery()
    )
    query = (
        select(PlanVersion, Plan.number, Borrower.customer_no, Case.answer_by_on, behind)
        .join(parent, parent.id == PlanVersion.parent_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Borrower, Borrower.id == Plan.borrower_id)
        .join(Case, Case.plan_id == Plan.id)
        .where(PlanVersion.state == "draft", parent.state.in_(COUNTERABLE))
        .order_by(Case.answer_by_on, PlanVersion.id)
    )
    rows = session.execute(query).all()
    names = _names(session, {version.author_person for version, *_rest in rows})
    return tuple(
        ReleaseRow(
            public_id=version.public_id,
            number=number,
            version_number=version.number,
            customer_no=customer_no,
            author=names.get(version.author_person, version.author_person),
            at=version.sealed_at or context.now,
            answer_by_on=answer_by_on,
            needed=version.releases_needed,
            behind=count,
            is_mine=version.author_person == context.staff.person_id,
        )
        for version, number, customer_no, answer_by_on, count in rows
    )


def waiting_release(session: Session, *, parent_public_id: str) -> str | None:
    """Return the public id of the counter-offer to a version that waits for others, if one does."""
    parent = aliased(PlanVersion)
    query = select(PlanVersion.public_id).join(
        parent, and_(parent.id == PlanVersion.parent_id, parent.public_id == parent_public_id)
    )
    return session.scalar(query.where(PlanVersion.state == "draft"))


def release_view(session: Session, context: Context, *, version_public_id: str) -> ReleaseView:
    """Return a counter-offer that waits, with what each side asks and what it costs.

    Raises: NotFound, also for one that waits no more.
    """
    parent = aliased(PlanVersion)
    query = (
        select(PlanVersion, parent, Plan, Case.answer_by_on)
        .join(parent, parent.id == PlanVersion.parent_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Case, Case.plan_id == Plan.id)
        .where(PlanVersion.public_id == version_public_id, PlanVersion.state == "draft")
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    version, before, plan, answer_by_on = found
    # What it was judged by when it was written counts, also where another policy is in force now.
    policy = policies_of(session, versions={version.policy_version})[version.policy_version]
    words = words_of_versions(session, context, ids=[version.id])
    told = open_hardship(
        version.hardship_enc, vault=context.vault, table="plan_versions", row=version.public_id
    )
    person = context.staff.person_id
    is_maker = before.author_kind == "staff" and before.author_person == person
    is_mine = version.author_person == person
    is_behind = stands_behind(session, context, version_id=version.id)
    until = before.valid_until_at
    state = state_on(before.state, valid_until_at=until, today=context.today)
    is_overtaken = state not in COUNTERABLE
    may = SUPERVISOR in context.staff.roles and not (is_mine or is_maker or is_behind)
    names = _names(session, {version.author_person})
    meaning = _Meanings(session, policy, told or Hardship(), context.today)
    return ReleaseView(
        public_id=version.public_id,
        parent_public_id=before.public_id,
        terms_sha256=version.terms_sha256,
        number=plan.number,
        version_number=version.number,
        parent_number=before.number,
        who=who_is(session, context, borrower_id=plan.borrower_id),
        author=names.get(version.author_person, version.author_person),
        at=version.sealed_at or context.now,
        answer_by_on=answer_by_on,
        words=words.get((version.id, "borrower"), ""),
        summary=words.get((version.id, "summary"), ""),
        ours=meaning.of(read_terms(version.terms)),
        theirs=meaning.of(read_terms(before.terms)),
        needed=version.releases_needed,
        behind=names_behind(session, version_id=version.id),
        policy=policy,
        is_mine=is_mine,
        is_behind=is_behind,
        is_maker=is_maker,
        may_release=may and not is_overtaken,
        is_overtaken=is_overtaken,
    )


@dataclass(frozen=True)
class _Meanings:
    session: Session
    policy: Policy
    told: Hardship
    today: date

    def of(self, terms: PlannedTerms) -> Meaning:
        contracts = contracts_in(self.session, each=[terms])
        given = concession_of(terms, contracts=contracts, policy=self.policy)
        needed = authority_needed(given, periods=terms.periods, policy=self.policy)
        dates = offer_dates(terms, policy=self.policy, today=self.today)
        return Meaning(
            terms,
            given,
            needed,
            fit_of(self.policy, self.told, terms.highest_fen),
            dates.valid_until_on,
        )


def _names(session: Session, people: set[str]) -> dict[str, str]:
    query = select(Staff.person_id, Staff.display_name).where(Staff.person_id.in_(people))
    return {person: name for person, name in session.execute(query)}

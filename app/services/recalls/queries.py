"""Whether an offer that lies with its borrower may be recalled, by whom and why. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.authority import SUPERVISOR
from app.domain.errors import NotFound
from app.domain.plan_terms import read_terms
from app.domain.states import LENDER, OFFERED, state_on
from app.models import Decision, PlanVersion
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.loans.changed_figures import ChangedLoan, are_known, changed_loans
from app.services.loans.naming import loans_in, name_of
from app.services.plans.words_queries import words_of_versions


@dataclass(frozen=True)
class RecallView:
    """What bears on recalling a version: its loans whose figures changed, how the desk names them
    by public id, and whether who reads may recall it now.
    """

    changed: tuple[ChangedLoan, ...]
    labels: Mapping[str, str]
    may_recall: bool

    @property
    def owes_less(self) -> bool:
        """Whether less is owed of a loan, so that the borrower cannot sign (ADR 0022)."""
        return any(one.less_fen > 0 for one in self.changed)


def recall_view(session: Session, context: Context, *, version_public_id: str) -> RecallView | None:
    """Return what bears on recalling a version; None where it does not lie with its borrower.

    Raises: NotFound.
    """
    query = select(PlanVersion).where(PlanVersion.public_id == version_public_id)
    version = session.scalars(query).one_or_none()
    if version is None:
        raise NotFound
    until = version.valid_until_at
    state = state_on(version.state, valid_until_at=until, today=context.today)
    if state not in OFFERED:
        return None
    policy = active_policy(session)[1]
    loans = loans_in(session, plan_id=version.plan_id)
    changed = changed_loans(session, terms=read_terms(version.terms), loans=loans, policy=policy)
    # As the use case has it: an approval stands while its figures do, or while nobody knows them.
    stands = state == "approved" and not (changed and are_known(loans))
    may = not stands and is_theirs(session, context, version=version)
    return RecallView(changed, {one.public_id: name_of(one).label for one in loans}, may)


def why_recalled(session: Session, context: Context, *, version_public_id: str) -> str:
    """Return the words of who recalled a version, or nothing.

    Raises: NotFound.
    """
    query = select(PlanVersion.id).where(PlanVersion.public_id == version_public_id)
    version_id = session.scalar(query)
    if version_id is None:
        raise NotFound
    words = words_of_versions(session, context, ids=[version_id])
    return words.get((version_id, "recalled"), "")


def is_theirs(session: Session, context: Context, *, version: PlanVersion) -> bool:
    """Tell whether this person may recall a version: a supervisor, who approved it, or who wrote it
    where it is a counter-offer.

    Source: product, states; default policy, authority.
    """
    person = context.staff.person_id
    if SUPERVISOR in context.staff.roles:
        return True
    if version.author_kind == LENDER:
        return version.author_person == person
    approved = select(Decision.id).where(
        Decision.version_id == version.id,
        Decision.answer == "approve",
        Decision.person_id == person,
    )
    return session.scalars(approved.limit(1)).first() is not None

"""What is shown of a version that its borrower is changing, beside what would take its place."""

import hashlib
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.domain.offer_days import offer_dates
from app.domain.plan_terms import PlannedTerms, moved_of, read_terms
from app.services.core.context import Context
from app.services.core.waiting_queries import answer_after_change
from app.services.core.working_days import working_day_after
from app.services.hardship.records import Hardship, open_hardship
from app.services.loans.left_figures import kept_until
from app.services.proposals.basis import OptionWithTerms, ProposalBasis
from app.services.proposals.draft_queries import DraftAnswers, draft_of


@dataclass(frozen=True)
class ChangeView:
    """The version that what is checked would replace: how it stands, its terms, and whether
    anything differs. `valid_until_on`: until when the change would be valid if it is approved at
    once.
    """

    version: str
    number: str
    state: str
    terms: PlannedTerms
    valid_until_on: date
    is_changed: bool


def change_view(
    session: Session, context: Context, *, basis: ProposalBasis, chosen: OptionWithTerms
) -> ChangeView | None:
    """Return what is chosen beside the version it would replace; None where nothing is changed."""
    if basis.changes is None:
        return None
    version = basis.changes.version
    # Approved at once it would be valid no longer than the offer it takes the place of.
    kept = kept_until(basis.figures, basis.changes)
    offered = offer_dates(read_terms(chosen.terms), policy=basis.policy, today=basis.today)
    mine = {"borrower_id": basis.borrower_id, "loan_id": basis.loan.id}
    draft = draft_of(session, context, **mine)
    return ChangeView(
        version=version.public_id,
        number=basis.changes.plan.number,
        state=basis.changes.state,
        terms=read_terms(version.terms, moved=moved_of(version)),
        valid_until_on=min(offered.valid_until_on, kept or offered.valid_until_on),
        is_changed=draft is None or is_changed(context, basis=basis, draft=draft, chosen=chosen),
    )


def shown_hash(basis: ProposalBasis, chosen: OptionWithTerms) -> str:
    """Return the hash of what the check page shows: the terms, and which version they replace as it
    stands, so that an answer given meanwhile is read before it is given up.
    """
    if basis.changes is None:
        return chosen.sha256
    shown = f"{chosen.sha256} {basis.changes.version.public_id} {basis.changes.state}"
    return hashlib.sha256(shown.encode()).hexdigest()


def is_changed(
    context: Context, *, basis: ProposalBasis, draft: DraftAnswers, chosen: OptionWithTerms
) -> bool:
    """Tell whether what is chosen differs from the version it would replace, in what is asked for,
    in what is owed or in what was told.
    """
    if basis.changes is None:
        return True
    version = basis.changes.version
    told = open_hardship(
        version.hardship_enc, vault=context.vault, table="plan_versions", row=version.public_id
    )
    new, old = (_wanted(read_terms(terms)) for terms in (chosen.terms, version.terms))
    return new != old or (draft.hardship or Hardship()) != (told or Hardship())


def _wanted(terms: PlannedTerms) -> tuple[object, ...]:
    """What makes a version another one for its borrower; its dates follow from the day it is made,
    but of a settlement the day is what was asked for.
    """
    loans = {(one.public_id, one.owed, one.annual_ppm) for one in terms.loans}
    day = terms.first_on if terms.kind == "settlement" else None
    return terms.kind, terms.asked, terms.pay_day, terms.choice, loans, day


def answered_by(session: Session, *, basis: ProposalBasis) -> date:
    """Return by when a person would answer what is submitted today: what is changed keeps its
    clock.
    """
    if basis.changes is None:
        days = basis.policy.clocks.decision_working_days
        return working_day_after(session, day=basis.today, count=days)
    version, case = basis.changes.version, basis.changes.case
    return answer_after_change(session, version=version, case=case, today=basis.today)

"""What a borrower reads of a plan that was broken: how every amount came, what comes next, what
people answered. Reads only.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.keeping.owed_again import CameBack, owed_again
from app.models import Plan, PlanMatter
from app.services.agreements.queries import AgreementView
from app.services.breaks.smaller_queries import SmallerPlan, smaller_plan
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.loans.figures import Figures, figures_of
from app.services.loans.naming import LoanName, name_of


@dataclass(frozen=True)
class LoanBack:
    """One loan by its contract again; `asked_fen` is what is asked today, which a newer file may
    have lower (`is_by_file`).

    Units: fen.
    """

    name: LoanName
    line: CameBack
    asked_fen: int
    is_by_file: bool


@dataclass(frozen=True)
class MatterAnswer:
    """What a person answered, and when."""

    words: str
    at: datetime


@dataclass(frozen=True)
class BrokenView:
    """A broken plan as its borrower sees it on a day; answer_by_on is the day by which a person
    answers, None once that is done; `open_version` is a proposal that is made on its loans since.

    Units: fen.
    """

    broken_on: date
    loans: tuple[LoanBack, ...]
    smaller: SmallerPlan | None
    answers: tuple[MatterAnswer, ...]
    answer_by_on: date | None
    open_version: str | None
    kept_agreement: str | None
    break_stands: bool = False

    @property
    def due_fen(self) -> int:
        """Return what its loans ask today, in fen."""
        return sum(one.asked_fen for one in self.loans)


def broken_plan(
    session: Session, context: Context, *, borrower_id: int, agreement: AgreementView
) -> BrokenView | None:
    """Return what came of a borrower's agreement whose plan is broken; None for another.

    Source: rules part 1, how a signed plan is kept: after a break.
    """
    again = owed_again(agreement.account, context.today)
    if agreement.plan_state != "broken" or again is None:
        return None
    policy = active_policy(session)[1]
    mine = {
        one.loan.ref: one
        for one in figures_of(session, borrower_id=borrower_id, policy=policy, today=context.today)
    }
    loans = tuple(_loan_back(mine[one.ref], one) for one in again.lines)
    found = [mine[one.ref] for one in again.lines]
    running = next((one.negotiation for one in found if one.negotiation), None)
    is_free = running is None
    matters = _matters(session, agreement.number)
    return BrokenView(
        again.broken_on,
        loans,
        smaller_plan(session, context, borrower_id=borrower_id, broken=agreement.kept.terms)
        if is_free
        else None,
        tuple(_answers(context, matters)),
        min((one.answer_by_on for one in matters if one.answered_at is None), default=None),
        running.version.public_id if running and running.is_open else None,
        running.agreement if running and running.is_kept else None,
        again.break_stands,
    )


def _loan_back(figures: Figures, line: CameBack) -> LoanBack:
    by_file = figures.back is not None and figures.back.is_by_file
    asked = figures.owed.today_fen if by_file else line.due_fen
    return LoanBack(name_of(figures.loan), line, asked, by_file)


def _matters(session: Session, agreement: str) -> list[PlanMatter]:
    number = agreement.rpartition("-")[0]
    query = select(PlanMatter).join(Plan, Plan.id == PlanMatter.plan_id)
    return list(session.scalars(query.where(Plan.number == number).order_by(PlanMatter.id)))


def _answers(context: Context, matters: list[PlanMatter]) -> list[MatterAnswer]:
    return [
        MatterAnswer(
            context.vault.unseal(
                one.words_enc, table="plan_matters", row=one.public_id, column="words"
            ),
            one.answered_at,
        )
        for one in matters
        if one.words_enc is not None and one.answered_at is not None
    ]

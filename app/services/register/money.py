"""The money of agreements beside what they ask: what came, what is open, where each instalment
stands. Reads only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.domain.keeping.by_number import KeptPart, by_number
from app.domain.keeping.missing import walked
from app.domain.keeping.money_run import received_fen
from app.domain.keeping.standing import InstalmentStanding, PlanStanding, standing_of
from app.domain.ledger.unposted import Unposted, unposted
from app.domain.states import REPLACED
from app.domain.texts import N_
from app.models import Agreement, Match, Payment, Plan, PlanLoan, PlanVersion
from app.services.keeping.accounts import BOOK_AT_START, accounts_of
from app.services.register.filter import RegisterFilter, joined

# Of one instalment; whoever is late is told what is open and not more.
INSTALMENT_STATES = {
    "paid": N_("已还"),
    "missed": N_("没按时还"),
    "due": N_("到期待还"),
    "part": N_("还了一部分"),
    "coming": N_("未到期"),
}


@dataclass(frozen=True)
class RowMoney:
    """Where an agreement's plan stands at the end of a day, and what of it no journal holds then.

    Units: fen; `received_fen` is all that came for the plan and was not taken back, wherever it
           lies.
    """

    as_of: date
    received_fen: int
    standing: PlanStanding
    unposted: Unposted

    @property
    def is_over(self) -> bool:
        """Whether the contract is back, or another agreement took the place: then the plan's
        instalments are asked no more.
        """
        return self.standing.state in ("broken", REPLACED)

    @property
    def left_fen(self) -> int:
        """Return all that is open, in fen."""
        return self.standing.left_fen or 0

    @property
    def contract_left_fen(self) -> int:
        """Return what of it the contract asks and not the plan: regular instalments beside a
        catch-up, everything after a break; in fen.
        """
        return self.left_fen - sum(one.left_fen for one in self.instalments.values())

    @property
    def instalments(self) -> Mapping[tuple[str, int], InstalmentStanding]:
        """Return the plan's own instalments by loan and number; none once it is over."""
        if self.is_over:
            return {}
        mine = (one for one in self.standing.instalments if not one.is_regular)
        return {(one.ref, one.number): one for one in mine}

    @property
    def numbers(self) -> Mapping[int, KeptPart]:
        """Return the plan's instalments by number, those of several loans as one."""
        return {one.number: one for one in by_number(self.instalments.values())}

    @property
    def next_on(self) -> date | None:
        """Return when something of the plan that is open falls due, today or next."""
        coming = (one for one in self.instalments.values() if one.due_on >= self.as_of)
        return min((one.due_on for one in coming if one.left_fen), default=None)


def money_of_plans(
    session: Session, *, plan_ids: Iterable[int], as_of: date
) -> dict[int, RowMoney]:
    """Return the money of signed plans by plan: a few queries, and some milliseconds a plan.

    Units:  fen.
    Source: rules part 1, how a signed plan is kept.
    """
    found = {}
    for plan_id, account in accounts_of(session, plan_ids=plan_ids).items():
        walk = walked(account, as_of)
        found[plan_id] = RowMoney(
            as_of,
            received_fen(account.money, as_of),
            standing_of(walk, as_of),
            unposted(walk),
        )
    return found


def received_total(session: Session, *, wanted: RegisterFilter, as_of: date) -> int:
    """Return what came for the plans of a filter by the end of a day, added up from payments and
    matches anew: money that is matched, to a plan or before its signature to a loan of it, not
    undone and not reversed. For files, which are handed
    out on it; a page would wait for it.

    Units:  fen.
    """
    plans = joined(wanted, select(Plan.id)).where(Agreement.version_id == Plan.active_version_id)
    back, taken = aliased(Payment), aliased(Match)
    reversal = (
        select(back.id)
        .join(taken, taken.payment_id == back.id)
        .where(
            back.reverses_id == Payment.id,
            back.state == "matched",
            back.paid_on.between(Payment.paid_on, as_of),
            or_(taken.plan_id == Match.plan_id, taken.loan_id == Match.loan_id),
            taken.undone_at.is_(None),
        )
    )
    query = (
        select(func.coalesce(func.sum(Match.fen), 0))
        .join(Payment, Payment.id == Match.payment_id)
        .where(
            or_(Match.plan_id.in_(plans), _before_signature(plans)),
            Match.undone_at.is_(None),
            Payment.reverses_id.is_(None),
            Payment.paid_on <= as_of,
            ~reversal.exists(),
        )
    )
    return int(session.scalar(query) or 0)


def _before_signature(plans: Select[int]) -> ColumnElement[bool]:
    """Whether money came for a loan of a plan before that was signed, and after the file that its
    figures stood on: money ahead on the signature.
    """
    mine = (
        select(PlanLoan.id)
        .join(Plan, Plan.id == PlanLoan.plan_id)
        .join(PlanVersion, PlanVersion.id == Plan.active_version_id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(
            PlanLoan.loan_id == Match.loan_id,
            PlanLoan.plan_id.in_(plans),
            Plan.replaces_id.is_(None),
            Match.at <= Agreement.signed_at,
            or_(BOOK_AT_START.is_(None), Payment.arrived_on > BOOK_AT_START),
        )
    )
    return mine.correlate(Match, Payment).exists()

"""The terms of a plan written once as one canonical record, and hashed. Pure."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.domain.allocation import Components
from app.domain.money import Rate
from app.domain.plan import LoanShare, OwedLoan, PlanOption, PlanRequest
from app.domain.plan_terms import (
    CHANGING,
    FORMAT,
    KEPT_TO_END,
    OLDEST_FIRST,
    OWN_DAYS,
    PAID_IN_TIME,
    Asked,
    Waiver,
)


def write_terms(
    option: PlanOption,
    *,
    request: PlanRequest,
    debts: Mapping[str, OwedLoan],
    choice: str,
    first_payment_days: int,
    policy_version: str,
    replaces: str = "",
) -> dict[str, Any]:
    """Return everything a version agrees on, with every component of every instalment of every
    loan, as plain JSON values; `debts` are the loans by their public ids, `replaces` the agreement
    that it takes the place of.
    """
    first_on = request.start_on + timedelta(days=first_payment_days)
    public_ids = {debt.ref: public_id for public_id, debt in debts.items()}
    return {
        "format": CHANGING if replaces else FORMAT,
        **({"replaces": replaces} if replaces else {}),
        "kind": option.kind,
        "choice": choice,
        "policy_version": policy_version,
        "start_on": request.start_on.isoformat(),
        "pay_day": None if option.kind in OWN_DAYS - {"settlement"} else request.pay_day,
        "asked": Asked(
            monthly_fen=request.monthly_fen,
            upfront_fen=request.upfront_fen,
            periods=request.periods,
            low_fen=request.low_fen,
            low_months=request.low_months,
            months=request.months,
            way=request.way if option.kind == "deferral" else None,
            sum_fen=request.sum_fen,
        )._asdict(),
        "planned": option.planned._asdict(),
        # A text and not a number: a float in JSON would not give the same hash everywhere.
        "annual_rate": str(option.annual_rate),
        "plan_interest_fen": option.plan_interest_fen,
        "total_fen": option.total_fen,
        "payment_order": OLDEST_FIRST,
        "loans": [
            _written_loan(option, share, debts[public_ids[share.ref]], first_on)
            | _promised(debts[public_ids[share.ref]])
            | {"loan": public_ids[share.ref]}
            for share in option.loans
        ],
        "regular": [one._asdict() | {"due_on": one.due_on.isoformat()} for one in option.regular],
    }


def _promised(debt: OwedLoan) -> dict[str, Any]:
    return {} if debt.promised is None else {"promised": debt.promised._asdict()}


def _written_loan(
    option: PlanOption, share: LoanShare, debt: OwedLoan, first_on: date
) -> dict[str, Any]:
    owed = debt.owed
    condition = PAID_IN_TIME if option.kind == "settlement" else KEPT_TO_END
    return {
        "annual_ppm": _written(share.annual_ppm),
        # Net of the excess over the ceiling, which is nobody's debt; it stands beside, for the
        # register (ADR 0026).
        "owed": owed.net._asdict(),
        # Of a component that the excess used up nothing is left to tell what it was.
        "gross": Components(
            owed.fee_fen,
            owed.penalty_fen,
            owed.interest_fen + owed.accrued_fen,
            owed.principal_left_fen,
        )._asdict(),
        "excess_fen": owed.excess_fen,
        "payoff_fen": owed.payoff_fen,
        "days_past_due": owed.days_past_due,
        "waived": [
            Waiver(component.removesuffix("_fen"), fen, condition)._asdict()
            for component, fen in share.waived._asdict().items()
            if fen
        ],
        "planned": share.planned._asdict(),
        "first_payment": _first_payment(share.upfront, first_on),
        "instalments": [
            one._asdict() | {"due_on": one.due_on.isoformat()} for one in share.instalments
        ],
    }


def terms_sha256(terms: Mapping[str, Any]) -> str:
    """Hash terms over their canonical JSON."""
    # Sorted keys and no blanks make it canonical. JSON columns keep no order, and the hash has to
    # be the same after a round trip.
    text = json.dumps(terms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _first_payment(paid: Components, due_on: date) -> dict[str, Any] | None:
    if not paid.total:
        return None
    return {
        "number": 0,
        "due_on": due_on.isoformat(),
        "principal_fen": paid.principal_fen,
        "interest_fen": 0,
        "old_interest_fen": paid.interest_fen,
        "penalty_fen": paid.penalty_fen,
        "fee_fen": paid.fee_fen,
    }


def _written(rate: Rate) -> int | str:
    # Half of an odd rate as a decimal in a text, for the reason the annual rate is one.
    return rate if isinstance(rate, int) else f"{rate.numerator // 2}.5"

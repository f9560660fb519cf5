"""A question put to the product's engine, its answer in the second engine's plain form."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.domain.arrears import arrears
from app.domain.errors import RuleBroken
from app.domain.kinds.options import plan_options
from app.domain.loan import LoanTerms, Method
from app.domain.plan import OwedLoan, PlanInstalment, PlanOption, PlanRequest
from app.domain.policy import PlanFacts, Policy
from app.domain.proposing import may_propose

# What each of the second engine's reasons is called here.
REASONS = {
    "total": "total_above_limit",
    "periods": "too_many_instalments",
    "months": "too_many_months",
    "rate": "reduced_rate",
    "surplus": "above_half_surplus",
}


def our_answer(question: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """The options, or the smallest amount that works; `refused` where the rules do not allow it."""
    request = request_in(question)
    try:
        debts = debts_in(question, policy)
        for debt in debts:
            may_propose(policy, PlanFacts(), debt.owed, request.start_on, request.kind)
        offer = plan_options(debts, request, policy, PlanFacts())
    except RuleBroken as no:
        return {"refused": no.code}
    told: dict[str, Any] = {"options": [_option(one) for one in offer.options]}
    if not offer.options:
        told["smallest_fen"] = offer.smallest_fen
    return told


def plainer(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The second engine's answer without what is only named otherwise here."""
    if "refused" in answer:
        return {"refused": answer["refused"]}
    told = {name: value for name, value in answer.items() if name != "options"}
    return told | {
        "options": sorted(
            (_plain_option(one) for one in answer["options"]), key=lambda one: one["periods"]
        )
    }


def _plain_option(option: Mapping[str, Any]) -> dict[str, Any]:
    waived = {name: fen for name, fen in option["waived"].items() if fen}
    left_out = {"needs_person", "rate", "waived"}
    return {name: one for name, one in option.items() if name not in left_out} | {"waived": waived}


def debts_in(question: Mapping[str, Any], policy: Policy) -> list[OwedLoan]:
    """The loans of a question as they stand on its day."""
    start = date.fromisoformat(question["as_of"])
    return [_debt(terms, start, policy) for terms in question["loans"]]


def _debt(terms: Mapping[str, Any], as_of: date, policy: Policy) -> OwedLoan:
    contract = LoanTerms(
        principal_fen=terms["principal_fen"],
        annual_ppm=terms["annual_ppm"],
        uplift_ppm=terms["uplift_ppm"],
        day_basis=terms["day_basis"],
        method=Method(terms["method"]),
        periods=terms["periods"],
        start_on=date.fromisoformat(terms["start_on"]),
    )
    owed = arrears(
        contract,
        paid=terms["paid"],
        fee_fen=terms.get("fee_fen", 0),
        as_of=as_of,
        ceiling_ppm=policy.amounts.ceiling_ppm,
    )
    return OwedLoan(terms["ref"], contract, owed)


def request_in(question: Mapping[str, Any]) -> PlanRequest:
    """What a question asks for."""
    day = question.get("pay_on")
    return PlanRequest(
        monthly_fen=question.get("monthly", 0),
        upfront_fen=question.get("upfront", 0),
        surplus_fen=question.get("surplus"),
        pay_day=question.get("pay_day"),
        start_on=date.fromisoformat(question["as_of"]),
        pay_on=None if day is None else date.fromisoformat(day),
        kind=question["kind"],
        periods=question.get("periods"),
        low_fen=question.get("low", 0),
        low_months=question.get("low_months", 0),
        months=question.get("months", 0),
        way=question.get("way", "later"),
        sum_fen=question.get("sum"),
    )


def _option(option: PlanOption) -> dict[str, Any]:
    told: dict[str, Any] = {
        "choices": list(option.choices),
        "periods": option.periods,
        "upfront_fen": option.upfront_fen,
        "total_fen": option.total_fen,
        "waived": {
            name.removesuffix("_fen"): fen for name, fen in option.waived._asdict().items() if fen
        },
        "annual_rate_irr": f"{option.annual_rate:f}",
        "amounts_fen": [one.amount_fen for one in option.instalments],
        "loans": {
            loan.ref: {
                "first_payment_fen": loan.upfront.total,
                "total_fen": loan.total_fen,
                "parts": [_part(one) for one in loan.instalments],
            }
            for loan in option.loans
        },
    }
    if option.kind == "catch_up":
        told["regular"] = [[row.due_on.isoformat(), row.amount_fen] for row in option.regular]
    return told


def _part(one: PlanInstalment) -> list[Any]:
    return [
        one.due_on.isoformat(),
        one.principal_fen,
        one.old_interest_fen,
        one.penalty_fen,
        one.fee_fen,
        one.interest_fen,
    ]

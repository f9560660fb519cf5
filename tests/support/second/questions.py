"""A question as plain data put to the second engine, its answer as plain data."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.support.second import (
    Choice,
    Limits,
    Loan,
    Option,
    Refused,
    Row,
    Steps,
    catch_up,
    catch_up_options,
    deferral,
    grounds_of,
    position,
    reamortise,
    reamortise_options,
    reamortise_own,
    schedule,
    schedule_rate,
    settlement,
    step_up_options,
    step_up_own,
)
from tests.support.second.verdict import needs_person
from tests.support.second.yields import as_text

Question = Mapping[str, Any]
LIMITS = Limits()


def loan_of(terms: Mapping[str, Any]) -> Loan:
    """A loan from its plain terms."""
    return Loan(**{**terms, "start_on": date.fromisoformat(terms["start_on"])})


def answer(question: Question) -> dict[str, Any]:
    """What the engine says, a refusal among it."""
    try:
        return ANSWERS[question["kind"]](question)
    except Refused as no:
        return {"refused": no.code, "value": no.value}


def schedule_answer(question: Question) -> dict[str, Any]:
    """The contract's schedule as rows of number, date, principal and interest."""
    loan, only = loan_of(question["loans"][0]), question.get("interest_only", 0)
    rows = schedule(loan, only)
    return {
        "instalments": [row_as_list(row) for row in rows],
        "total_interest_fen": sum(row.interest for row in rows),
        "annual_rate_irr": as_text(schedule_rate(loan, only)),
    }


def row_as_list(row: Row) -> list[Any]:
    """Due date, principal, interest."""
    return [row.due_on.isoformat(), row.principal, row.interest]


def arrears_answer(question: Question) -> dict[str, Any]:
    """The figures of the command `arrears`, and the pay-off by component."""
    where = position(loan_of(question["loans"][0]), date.fromisoformat(question["as_of"]), LIMITS)
    return {
        "principal_left_fen": where.principal_left,
        "overdue_principal_fen": where.overdue_principal,
        "interest_fen": where.overdue_interest,
        "running_interest_fen": where.running_interest,
        "penalty_fen": where.penalty,
        "fee_fen": where.fee,
        "excess_fen": where.excess,
        "days_past_due": where.days_past_due,
        "bucket": where.bucket,
        "payoff_fen": where.payoff,
        "payoff": where.net,
        "asked_today_fen": where.asked_today,
    }


def reamortise_answer(question: Question) -> dict[str, Any]:
    """Own number, a counter's rate, or the choice for a monthly amount."""
    loans, start = common(question)
    pay_day, upfront = question["pay_day"], question.get("upfront", 0)
    if "rate" in question:
        grounds = grounds_of(loans, start, LIMITS, upfront)
        made = reamortise(
            grounds, start, pay_day, question["periods"], limits=LIMITS, rate=question["rate"]
        )
        return options_answer(question, Choice((made,)))
    if "periods" in question:
        periods = question["periods"]
        own = reamortise_own(loans, start, pay_day, periods, limits=LIMITS, upfront=upfront)
        return options_answer(question, Choice((own,)))
    choice = reamortise_options(
        loans,
        start,
        pay_day,
        question["monthly"],
        limits=LIMITS,
        upfront=upfront,
        surplus=question.get("surplus"),
    )
    return options_answer(question, choice)


def step_up_answer(question: Question) -> dict[str, Any]:
    """Own number or the choice for a monthly amount, with low first instalments."""
    loans, start = common(question)
    pay_day, upfront = question["pay_day"], question.get("upfront", 0)
    steps = Steps(question["low"], question["low_months"])
    if "periods" in question:
        own = step_up_own(
            loans, start, pay_day, steps, question["periods"], limits=LIMITS, upfront=upfront
        )
        return options_answer(question, Choice((own,)))
    monthly = question["monthly"]
    choice = step_up_options(loans, start, pay_day, steps, monthly, limits=LIMITS, upfront=upfront)
    return options_answer(question, choice)


def deferral_answer(question: Question) -> dict[str, Any]:
    """The pause of one loan."""
    loans, start = common(question)
    made = deferral(loans[0], start, question["months"], question["way"], LIMITS)
    return options_answer(question, Choice((made,)))


def catch_up_answer(question: Question) -> dict[str, Any]:
    """Own number of parts or the choice for a monthly amount."""
    loans, start = common(question)
    upfront = question.get("upfront", 0)
    if "periods" in question:
        own = catch_up(loans[0], start, question["periods"], LIMITS, upfront)
        return options_answer(question, Choice((own,)))
    choice = catch_up_options(loans[0], start, question["monthly"], LIMITS, upfront)
    return options_answer(question, choice)


def settlement_answer(question: Question) -> dict[str, Any]:
    """One payment, the policy's own or a sum of the borrower's."""
    loans, start = common(question)
    pay_on = date.fromisoformat(question["pay_on"])
    made = settlement(loans, start, pay_on, LIMITS, question.get("sum"))
    return options_answer(question, Choice((made,)))


ANSWERS = {
    "schedule": schedule_answer,
    "arrears": arrears_answer,
    "reamortise": reamortise_answer,
    "step_up": step_up_answer,
    "deferral": deferral_answer,
    "catch_up": catch_up_answer,
    "settlement": settlement_answer,
}


def common(question: Question) -> tuple[list[Loan], date]:
    """The loans and the start of a question about plans."""
    loans = [loan_of(terms) for terms in question["loans"]]
    return loans, date.fromisoformat(question["as_of"])


def options_answer(question: Question, choice: Choice) -> dict[str, Any]:
    """The options, or the smallest amount that works."""
    made: dict[str, Any] = {"options": [option_answer(question, one) for one in choice.options]}
    if choice.smallest_fen is not None:
        made["smallest_fen"] = choice.smallest_fen
    return made


def option_answer(question: Question, option: Option) -> dict[str, Any]:
    """One option; the parts of a loan are due date and five components."""
    loans, start = common(question)
    persons = needs_person(
        option,
        LIMITS,
        over_ceiling=any(position(loan, start, LIMITS).excess for loan in loans),
        monthly=question.get("monthly"),
        surplus=question.get("surplus"),
        months=question.get("months", 0),
    )
    made: dict[str, Any] = {
        "choices": list(option.choices),
        "rate": option.rate_name,
        "periods": option.periods,
        "upfront_fen": option.upfront,
        "total_fen": option.total,
        "waived": option.waived,
        "annual_rate_irr": as_text(option.rate),
        "needs_person": sorted(persons),
        "amounts_fen": option.amounts,
        "loans": {
            loan.ref: {
                "first_payment_fen": loan.first_payment,
                "total_fen": loan.total,
                "parts": [
                    [
                        part.due_on.isoformat(),
                        part.principal,
                        part.interest,
                        part.penalty,
                        part.fee,
                        part.plan_interest,
                    ]
                    for part in loan.parts
                ],
            }
            for loan in option.loans
        },
    }
    if option.kind == "catch_up":
        made["regular"] = [[row.due_on.isoformat(), row.total] for row in option.regular]
    return made

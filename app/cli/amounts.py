"""Schedules and arrears."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from app.cli.console import DAY, YUAN, Answer, answering, today
from app.cli.database import opened
from app.domain.explanation import Line
from app.domain.irr import annual_rate
from app.domain.loan import LoanTerms, Method
from app.domain.money import PPM, yuan
from app.domain.nightly_fields import MAX_PERIODS
from app.domain.schedule import schedule as instalments_of
from app.services.plans import calculator as loan_calculator

HUNDRED = 100


class Rate(click.ParamType[int]):
    """An annual rate: 0.1825, 18.25 and 18.25% are the same; from 1 on it is a percentage. Read
    into ppm.
    """

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        text = value.strip()
        try:
            number = Decimal(text.removesuffix("%"))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not 0 <= number <= HUNDRED:
            self.fail(f"{value} 不是年利率，请写成 0.1825 或 18.25%", param, ctx)
        ppm = number * PPM
        if text.endswith("%") or number >= 1:
            ppm /= HUNDRED
        if ppm != int(ppm):
            self.fail("年利率最多写到百万分之一，例如 18.2525%", param, ctx)
        return int(ppm)


@click.command("schedule", help="按合同条款算出每一期")
@click.option("--principal", "principal_fen", type=YUAN, required=True, help="本金，元")
@click.option("--annual", "annual_ppm", type=Rate(), required=True, help="年利率，0.1825 或 18.25%")
@click.option("--periods", type=click.IntRange(1, MAX_PERIODS), required=True, help="期数")
@click.option(
    "--method",
    type=click.Choice([method.value for method in Method]),
    required=True,
    help="还款方式",
)
@click.option("--start", "start_on", type=DAY, required=True, help="放款日期")
@click.option("--interest-only", type=click.IntRange(0), default=0, help="前几期只还利息")
@answering
def schedule(
    *,
    principal_fen: int,
    annual_ppm: int,
    periods: int,
    method: str,
    start_on: date,
    interest_only: int,
) -> Answer:
    if not principal_fen:
        raise click.BadParameter("本金要大于 0", param_hint="--principal")
    if interest_only >= periods:
        raise click.BadParameter("只还利息的期数要比总期数少", param_hint="--interest-only")
    terms = LoanTerms(
        principal_fen=principal_fen,
        annual_ppm=annual_ppm,
        uplift_ppm=0,
        day_basis=360,
        method=Method(method),
        periods=periods,
        start_on=start_on,
        interest_only=interest_only,
    )
    rows = instalments_of(terms)
    irr = annual_rate(principal_fen, [row.total_fen for row in rows])
    values = {
        "instalments": [
            {
                "number": row.number,
                "due_on": row.due_on.isoformat(),
                "principal_fen": row.principal_fen,
                "interest_fen": row.interest_fen,
                "total_fen": row.total_fen,
            }
            for row in rows
        ],
        "total_interest_fen": sum(row.interest_fen for row in rows),
        "annual_rate_irr": f"{irr:f}",
    }
    lines = [f"{row.number:>4}  {row.due_on}  {yuan(row.total_fen)}" for row in rows]
    return Answer(values, lines)


@click.command("arrears", help="一笔借款在某一天应还多少，怎么算出来的")
@click.argument("ref")
@click.option("--as-of", "as_of", type=DAY, help="哪一天，默认今天")
@answering
def arrears(ref: str, as_of: date | None) -> Answer:
    with opened() as session:
        found = loan_calculator.arrears_on(session, ref=ref, as_of=as_of or today())
    owed = found.owed
    values = {
        "principal_left_fen": owed.principal_left_fen,
        "overdue_principal_fen": owed.overdue_principal_fen,
        "interest_fen": owed.interest_fen,
        "penalty_fen": owed.penalty_fen,
        "fee_fen": owed.fee_fen,
        "excess_fen": owed.excess_fen,
        "days_past_due": owed.days_past_due,
        "bucket": owed.bucket,
        "payoff_fen": owed.payoff_fen,
        "today_fen": owed.today_fen,
        "lines": [_line(line) for line in found.lines],
    }
    return Answer(values, [_words(line) for line in found.lines])


def _line(line: Line) -> dict[str, Any]:
    return {
        "section": line.section,
        "kind": line.kind,
        "what": line.what,
        "how": line.how,
        "amount_fen": line.fen,
    }


def _words(line: Line) -> str:
    amount = "" if line.fen is None else yuan(line.fen)
    return "  ".join(text for text in (line.what, line.how, amount) if text)


COMMANDS = (schedule, arrears)

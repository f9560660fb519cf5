"""Plans of every kind on loans as they are stored."""

from collections.abc import Mapping, Sequence, Set
from datetime import date
from typing import Any

import click

from app.cli.console import DAY, SIGNED_YUAN, YUAN, Answer, answering, today
from app.cli.database import opened
from app.domain.allocation import Components
from app.domain.calendar import LAST_PAY_DAY, PayDay
from app.domain.money import yuan
from app.domain.plan import Offer, PlanInstalment, PlanKind, PlanOption, PlanRequest
from app.services.plans import calculator as loan_calculator

# What each kind takes besides the loans and the day, and what of it cannot be left out; of monthly
# and periods where both stand exactly one is given.
TAKES: Mapping[PlanKind, frozenset[str]] = {
    "reamortise": frozenset({"monthly", "periods", "pay_day", "upfront", "surplus"}),
    "step_up": frozenset(
        {"monthly", "periods", "pay_day", "upfront", "surplus", "low", "low_months"}
    ),
    "deferral": frozenset({"months", "way"}),
    "catch_up": frozenset({"monthly", "periods", "upfront", "surplus"}),
    "settlement": frozenset({"pay_on", "sum"}),
}
NEEDS: Mapping[PlanKind, frozenset[str]] = {
    "reamortise": frozenset({"pay_day"}),
    "step_up": frozenset({"pay_day", "low", "low_months"}),
    "deferral": frozenset({"months", "way"}),
    "catch_up": frozenset(),
    "settlement": frozenset({"pay_on"}),
}


class PayDayType(click.ParamType[PayDay]):
    """A pay day: 1 to 28, or last."""

    name = "pay_day"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> PayDay:
        text = str(value)
        if text == "last":
            return "last"
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LAST_PAY_DAY):
            self.fail(f"还款日请写 1 到 {LAST_PAY_DAY}，或 last（每月最后一天）", param, ctx)
        return int(text)


@click.command("plan-options", help="按能还的金额算出方案：一笔借款，或同一个人的几笔")
@click.argument("refs", metavar="REF…", nargs=-1, required=True)
@click.option("--kind", type=click.Choice(list(TAKES)), default="reamortise", help="方案的种类")
@click.option("--monthly", type=YUAN, help="每月能还，元")
@click.option("--upfront", type=YUAN, help="先还一笔，元")
@click.option("--surplus", type=SIGNED_YUAN, help="收入减去必要开支，元，可以是负数")
@click.option("--pay-day", type=PayDayType(), help="1-28 或 last")
@click.option("--periods", type=int, help="自己定的期数，代替 --monthly")
@click.option("--low", type=YUAN, help="前几期每期还多少，元")
@click.option("--low-months", type=int, help="前几期少还")
@click.option("--months", type=int, help="推迟几个月")
@click.option(
    "--way", type=click.Choice(["later", "monthly"]), help="推迟期间的利息：以后一起，或每月"
)
@click.option("--pay-on", type=DAY, help="一次还清的日子")
@click.option("--sum", type=YUAN, help="一次还清的金额，元，不写就是政策的金额")
@click.option("--as-of", "as_of", type=DAY, help="方案从哪一天起，默认今天")
@answering
def plan_options(
    *, refs: tuple[str, ...], kind: PlanKind, as_of: date | None, **inputs: Any
) -> Answer:
    given = {name: value for name, value in inputs.items() if value is not None}
    _check_usage(kind, given.keys(), refs)
    asked = PlanRequest(
        monthly_fen=given.get("monthly", 0),
        upfront_fen=given.get("upfront", 0),
        surplus_fen=given.get("surplus"),
        pay_day=given.get("pay_day"),
        start_on=as_of or today(),
        pay_on=given.get("pay_on"),
        kind=kind,
        periods=given.get("periods"),
        low_fen=given.get("low", 0),
        low_months=given.get("low_months", 0),
        months=given.get("months", 0),
        way=given.get("way", "later"),
        sum_fen=given.get("sum"),
    )
    with opened() as session:
        offer = loan_calculator.options_on(session, refs=refs, asked=asked)
    values: dict[str, Any] = {"options": [_option(option) for option in offer.options]}
    if not offer.options:
        values["smallest_fen"] = offer.smallest_fen
    return Answer(values, _offer_words(offer))


def _check_usage(kind: PlanKind, given: Set[str], refs: Sequence[str]) -> None:
    if len(set(refs)) < len(refs):
        raise click.UsageError("同一个借据号写了两次")
    for name in sorted(given - TAKES[kind]):
        raise click.UsageError(f"{kind} 不用 {_flag(name)}，请去掉")
    for name in sorted(NEEDS[kind] - given):
        raise click.UsageError(f"{kind} 需要 {_flag(name)}")
    if "monthly" in TAKES[kind] and ("monthly" in given) == ("periods" in given):
        raise click.UsageError("--monthly 和 --periods 请写一个，也只写一个")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _option(option: PlanOption) -> dict[str, Any]:
    return {
        "kind": option.kind,
        "choices": list(option.choices),
        "periods": option.periods,
        "upfront_fen": option.upfront_fen,
        "total_fen": option.total_fen,
        "waived_fen": option.waived_fen,
        "waived": _by_component(option.waived),
        "annual_rate_irr": f"{option.annual_rate:f}",
        "verdict": option.verdict,
        "reasons": list(option.reasons),
        "instalments": _instalments(option.instalments),
        "loans": [
            {
                "ref": loan.ref,
                "total_fen": loan.total_fen,
                "instalments": _instalments(loan.instalments),
            }
            for loan in option.loans
        ],
    } | _regular(option)


def _regular(option: PlanOption) -> dict[str, Any]:
    if option.kind != "catch_up":
        return {}
    rows = [
        {"due_on": one.due_on.isoformat(), "amount_fen": one.amount_fen} for one in option.regular
    ]
    return {"regular": rows}


def _by_component(waived: Components) -> dict[str, int]:
    return {name.removesuffix("_fen"): fen for name, fen in waived._asdict().items() if fen}


def _instalments(rows: Sequence[PlanInstalment]) -> list[dict[str, Any]]:
    return [
        {"number": one.number, "due_on": one.due_on.isoformat(), "amount_fen": one.amount_fen}
        for one in rows
    ]


def _offer_words(offer: Offer) -> list[str]:
    if not offer.options:
        return [f"没有合适的方案，每月至少 {yuan(offer.smallest_fen or 0)}"]
    return [
        f"{'/'.join(one.choices) or one.kind}  {one.periods} 期  "
        f"最高一期 {yuan(one.highest_fen)}  共 {yuan(one.total_fen)}"
        for one in offer.options
    ]


COMMANDS = (plan_options,)

"""What a receipt tells: when money was paid and came, by which way, what it covered. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.keeping.account import COMPONENTS
from app.domain.keeping.standing import CoveredPart
from app.domain.money import capital_rmb, yuan
from app.domain.plan_terms import ORDER_NAMES
from app.domain.written_days import written_day
from app.services.vouchers.text import Row, RowTable, VoucherHolder, VoucherTold

# Told apart from the plan's own interest.
NAMES = ORDER_NAMES | {"interest": "原合同的利息"}
TAIL = 4


@dataclass(frozen=True)
class MoneyCame:
    """A payment, or the part of it that is on one plan or loan.

    Units: fen; whole_fen is the whole payment.
    """

    paid_on: date
    arrived_on: date
    channel: str
    channel_ref: str
    fen: int
    whole_fen: int


@dataclass(frozen=True)
class MoneyCovered:
    """What of a payment covered what, by the end of the day of the receipt; the rest lies ahead.

    Units: fen; `regular` are the numbers of the contract that a catch-up goes beside.
    """

    covered: Sequence[CoveredPart]
    ahead_fen: int
    credit_fen: int
    regular: frozenset[int] = frozenset()
    is_broken: bool = False


def plan_receipt(
    money: MoneyCame,
    laid: MoneyCovered,
    *,
    holder: VoucherHolder,
    agreement: str,
    products: Mapping[str, str],
) -> VoucherTold:
    """Return the receipt of money that counts for a signed plan; `products` by 借据号.

    Units:  fen; the lines sum to the money.
    Source: rules part 1, how a signed plan is kept; U-01.
    """
    return VoucherTold(
        kind="receipt",
        says=_says(money, holder),
        facts=(*_facts(money), Row("还的是", f"协议 {agreement}")),
        tables=(RowTable("这笔钱还了什么", tuple(_lines(laid, products))),),
        notes=_plan_notes(laid),
        check=_check(),
        total_label="收到",
        total_fen=money.fen,
        details={"agreement": agreement},
    )


def loan_receipt(money: MoneyCame, *, holder: VoucherHolder, product: str, ref: str) -> VoucherTold:
    """Return the receipt of money for a loan without a plan: the nightly file stays its book, so it
    tells no components.

    Source: rules part 1, how a signed plan is kept: a loan without a plan.
    """
    return VoucherTold(
        kind="receipt",
        says=_says(money, holder),
        facts=(*_facts(money), Row("还的是", f"{product}，借据号 {ref}")),
        tables=(),
        notes=(
            "这笔钱按借款合同的顺序还，先还最早的一期。各项还了多少，以核心系统入账后的账单为准。",
        ),
        check=_check(),
        total_label="收到",
        total_fen=money.fen,
    )


def _says(money: MoneyCame, holder: VoucherHolder) -> str:
    return f"今收到{holder.called}的还款{capital_rmb(money.fen)}（{yuan(money.fen)}）。"


def _facts(money: MoneyCame) -> Iterator[Row]:
    yield Row("哪天付的", written_day(money.paid_on), "按这一天算")
    yield Row("哪天到的", written_day(money.arrived_on))
    yield Row("怎么付的", money.channel, f"流水号 {money.channel_ref}")
    if money.whole_fen != money.fen:
        yield Row("整笔款", yuan(money.whole_fen), "其中一部分记在这里")


def _lines(laid: MoneyCovered, products: Mapping[str, str]) -> Iterator[Row]:
    for one in _in_order(laid.covered):
        where = f"{products[one.ref]} 尾号 {one.ref[-TAIL:]}"
        yield Row(f"{_name(laid, one.number)}　{NAMES[one.component]}", yuan(one.fen), where)
    if laid.ahead_fen:
        yield Row("放在前面", yuan(laid.ahead_fen), "到下一期的日子自动算进去")
    if laid.credit_fen:
        yield Row("多付的，是您的", yuan(laid.credit_fen), "由财务退回")


def _name(laid: MoneyCovered, number: int) -> str:
    if number:
        return f"合同的第 {number} 期" if number in laid.regular else f"第 {number} 期"
    return "方案开始时已经到期的" if laid.is_broken else "先还的一笔"


def _in_order(covered: Iterable[CoveredPart]) -> list[CoveredPart]:
    """By instalment, then loan by loan as the plan names them, each in the order money goes."""
    refs = {one.ref: place for place, one in reversed(list(enumerate(covered)))}
    return sorted(
        covered, key=lambda one: (one.number, refs[one.ref], COMPONENTS.index(one.component))
    )


def _plan_notes(laid: MoneyCovered) -> tuple[str, ...]:
    if laid.is_broken:
        return ("方案已经终止，这笔钱按借款合同的顺序还了上面这些。",)
    return ("按协议写明的顺序还：先到期的先还，每一期里先费用、罚息、利息，再本金。",)


def _check() -> str:
    return (
        "本收据有核对码，任何人都可以在本站核对真伪。"
        "如果这笔钱后来被退回，或者补记了更早的付款、分到了别的期，核对页会写明。"
    )

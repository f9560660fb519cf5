"""What a quote on paper tells: the sum that pays a plan off on a day, how it came about, what it
takes as arrived. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.explanation import Line
from app.domain.keeping.quoting import Quote
from app.domain.money import yuan
from app.domain.written_days import written_day
from app.services.vouchers.text import Row, RowTable, VoucherHolder, VoucherTold


@dataclass(frozen=True)
class QuotedPlan:
    """The plan a quote is for, and where its money goes."""

    agreement: str
    reference: str
    kind: str
    payee_name: str
    payee_bank: str
    payee_account: str
    waived_fen: int


def quote_told(
    quoted: Quote, plan: QuotedPlan, *, lines: Sequence[Line], holder: VoucherHolder
) -> VoucherTold:
    """Return what a quote on paper tells.

    Units:  fen.
    Source: rules part 1, quote; M-11.
    """
    day = written_day(quoted.day)
    return VoucherTold(
        kind="quote",
        says=(
            f"{holder.called}的协议 {plan.agreement}，{day}这一天付款，"
            f"付 {yuan(quoted.sum_fen)} 就全部还清。"
        ),
        facts=(
            Row("哪天付款", day, "按付款那天算，银行晚到账没关系"),
            Row("有效", f"到{day}（含当天）", "换一天付，请再算一次"),
            Row("收款人", plan.payee_name),
            Row("开户银行", plan.payee_bank),
            Row("账号", plan.payee_account),
            Row("备注", plan.reference, "一定写上，才能对上"),
        ),
        tables=(RowTable("这个数怎么来的", tuple(_rows(lines))),),
        notes=tuple(_notes(quoted, plan)),
        check="本报价单有核对码，任何人都可以在本站核对真伪；之后又有钱到账的，核对页会写明。",
        total_label="全部还清",
        total_fen=quoted.sum_fen,
        details={"agreement": plan.agreement, "day": quoted.day.isoformat()},
    )


def _rows(lines: Sequence[Line]) -> Iterator[Row]:
    for line in lines:
        if line.kind != "step" or not line.fen:
            continue
        yield Row(line.what, yuan(line.fen), line.how)


def _notes(quoted: Quote, plan: QuotedPlan) -> Iterator[str]:
    counted = quoted.counted
    if counted.last_on:
        yield (
            f"算进了到账的 {counted.payments} 笔，一共 {yuan(counted.fen)}，"
            f"最近一笔是{written_day(counted.last_on)}付的。路上的钱，到账以后从这个数里减。"
        )
    else:
        yield "算的时候还没有到账的付款。路上的钱，到账以后从这个数里减。"
    for one in quoted.falls_due:
        if one.is_regular:
            name = f"合同的第 {one.number} 期"
        else:
            name = f"第 {one.number} 期" if one.number else "先还的一笔"
        yield (
            f"{written_day(one.due_on)}{name}也到期，{yuan(one.fen)}已经在这个数里；"
            "先付了它，就少付这么多。"
        )
    if plan.waived_fen:
        yield f"提前还清也算还完，约定减免的 {yuan(plan.waived_fen)} 照样减免，不在这个数里。"
    if plan.kind == "catch_up":
        yield "还清的是方案里补的部分，合同以后的各期照常还。"
    yield "利息只算到还清那天，没有手续费，没有违约金。多付的退给本人。"

"""Words for the codes of money that arrived; each list is a filter."""

from collections.abc import Mapping

from app.domain.money import yuan
from app.domain.repayments.reasons import reason_told
from app.domain.repayments.traits import MatchReason
from app.domain.texts import N_
from app.web.catalogues import gettext
from app.web.filters import translated
from app.web.finance.blueprint import bp
from app.web.words import said_by

STATES: Mapping[str, str] = {
    "unmatched": N_("没有认领"),
    "matched": N_("已认领"),
    "returned": N_("要退回"),
}
ASKS: Mapping[str, str] = {
    "due": N_("现在该还的"),
    "next": N_("下一期"),
    "payoff": N_("全部还清的数"),
}
# What speaks for a plan or loan. %(seen)s is a number, %(fen)s an amount, %(ask)s what is asked.
FOR: Mapping[str, str] = {
    "reference": N_("写了还款编号 %(seen)s"),
    "reference_near": N_("和还款编号 %(seen)s 只差一处"),
    "old_reference": N_("写了以前的还款编号 %(seen)s"),
    "loan_number": N_("写了借据号 %(seen)s"),
    "loan_number_near": N_("和借据号 %(seen)s 很像"),
    "payer": N_("付款人和借款人同名"),
    "payer_near": N_("付款人和借款人的名字很像"),
    "named": N_("附言里有借款人的名字"),
    "amount": N_("金额正好是%(ask)s %(fen)s"),
    "amount_more": N_("比%(ask)s多 %(fen)s"),
    "amount_less": N_("比%(ask)s少 %(fen)s"),
    "order": N_("在这里开的订单 %(seen)s"),
    "order_again": N_("订单 %(seen)s 又付了一次"),
    "account": N_("这个账号替同一个人付过"),
    "proof": N_("借款人传来转账凭证，%(fen)s，日期也对得上"),
}
ACTS: Mapping[str, str] = {
    "matched": N_("认领"),
    "undone": N_("撤回认领"),
    "taken_back": N_("让冲正生效"),
    "returned": N_("标为要退回"),
    "kept": N_("不退了"),
    "taken": N_("接过来办"),
    "let_go": N_("放回"),
}
RULES: Mapping[str, str] = {
    "reference": N_("按还款编号自动认出"),
    "old_reference": N_("按以前的还款编号自动认出"),
    "loan_number": N_("按借据号自动认出"),
    "payer_and_amount": N_("按付款人和金额自动认出"),
    "order": N_("按订单自动记"),
    "reversal": N_("冲正，跟着原来那笔"),
    "person": N_("人工认领"),
}
FILE_STATES: Mapping[str, str] = {
    "reading": N_("正在读"),
    "stored": N_("已入账"),
    "refused": N_("整份退回"),
}

for name, words in (
    ("money_state", STATES),
    ("money_ask", ASKS),
    ("money_act", ACTS),
    ("money_rule", RULES),
    ("money_file_state", FILE_STATES),
):
    bp.add_app_template_filter(said_by(words), name)


@bp.app_template_filter()
def money_reason(code: str) -> str:
    """Why money waits for a person."""
    return translated(reason_told(code)) if code else ""


@bp.app_template_filter()
def speaks_for(reason: MatchReason) -> str:
    """What speaks for a plan or loan, or by how much the amount is off, as a sentence."""
    code = reason.code
    if code == "amount_off":
        code = "amount_more" if reason.fen > 0 else "amount_less"
    ask = translated(ASKS.get(reason.seen, ""))
    values = {"seen": reason.seen, "fen": yuan(abs(reason.fen)), "ask": ask}
    return gettext(FOR[code]) % values if code in FOR else code


@bp.app_template_filter()
def is_against(reason: MatchReason) -> bool:
    """Whether a reason says that something is not quite as it should be."""
    return reason.code == "amount_off"

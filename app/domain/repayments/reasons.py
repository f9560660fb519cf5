"""Why money waits for a person, by code, in words for people."""

from types import MappingProxyType

from app.domain.texts import N_

REASONS = MappingProxyType(
    {
        "unknown_payer": N_("付款人不在借款人里，也没有写清是谁的"),
        "same_name": N_("有几位借款人同名，看不出是哪一位"),
        "other_amount": N_("是借款人付的，金额和各笔要还的都不一样"),
        "common_amount": N_("整数金额，付款账号又是第一次见，要再核对"),
        "ambiguous": N_("这一行里写的互相对不上，可能是几处的钱"),
        "several": N_("这个号对应几笔借款，看不出是哪一笔"),
        "two_in_one": N_("金额正好是两处加起来的，可能要分开"),
        "unsure": N_("写的号不完整，没有别的可以印证"),
        "wrong_reference": N_("备注里的号校验位不对，可能写错了"),
        "unknown_reference": N_("备注里的号没有对应的方案"),
        "unknown_loan": N_("借据号没有对应的借款"),
        "other_payer": N_("写的是借据号，付款的是别人，没有别的可以印证"),
        "old_value_date": N_("付款日期太早，要先核对再按那天算"),
        "plan_completed": N_("这个方案已经还完了"),
        "plan_over": N_("这个方案已经不在进行，它的借款也不再收款"),
        "loan_settled": N_("这笔借款已经结清"),
        "loan_sold": N_("这笔借款已经转让"),
        "loan_recalled": N_("这笔借款已经收回"),
        "loan_missing": N_("这笔借款不在最近的夜间文件里"),
        "reversal_unknown": N_("冲正的那笔没有记录"),
        "reversal_again": N_("那笔已经冲正过一次"),
        "reversal_returned": N_("那笔已经退还给付款人"),
        "reversal_carried": N_("那笔所在的协议已经由新的协议取代，余下的按那笔算过"),
        "reversal_part": N_("冲正的金额和那笔不一样，可能是部分冲正"),
        "reversal_early": N_("冲正的日期早于那笔的付款日期"),
        "order_differs": N_("渠道收到的金额和订单不一样，要核对"),
        "order_late": N_("订单关闭以后才付的，要核对"),
        "order_foreign": N_("渠道说的订单号我们没有记录，要核对"),
        "undone": N_("原来的认领撤销了，要重新认领"),
        "reversed": N_("还没有认领就冲正了，两笔都不用再管"),
    }
)


def reason_told(code: str) -> str:
    """Return why money waits in the source language; a code without words as it is."""
    over = REASONS["plan_over"] if code.startswith("plan_") else code
    return REASONS.get(code, over)

"""Words for codes as the desk reads them; each list is a filter."""

from collections.abc import Callable, Mapping

from app.domain.texts import N_
from app.services.nightly.reasons import FITS, REASONS, UNITS, WaitReason
from app.web.filters import translated
from app.web.words import CHANNELS, PURPOSES, RESULTS, said_by

CASE_STATES: Mapping[str, str] = {
    "submitted": N_("等我们答复"),
    "approved": N_("已同意，等本人签字"),
    "refused": N_("没有通过"),
    "under_appeal": N_("申诉，等我们答复"),
    "upheld": N_("申诉后维持不通过"),
    "signed": N_("本人签字"),
    "withdrawn": N_("本人撤回"),
    "expired": N_("过了有效期"),
    "draft": N_("等主管放行"),
    "recalled": N_("已收回"),
    "superseded": N_("已由新的代替"),
    "needs_document": N_("等本人补材料"),
    "countered": N_("等本人看我们的建议"),
    "asked": N_("等本人回"),
}
THREAD_STATES: Mapping[str, str] = {
    "open": N_("等我们回"),
    "answered": N_("等本人回"),
    "closed": N_("已办结"),
}
CALLBACK_STATES: Mapping[str, str] = {"open": N_("等回电"), "answered": N_("已回电")}
ATTEMPTS: Mapping[str, str] = {"no_answer": N_("没人接"), "new_time": N_("约了别的时间")}
COMPONENTS: Mapping[str, str] = {
    "left": N_("剩余本金"),
    "overdue_principal": N_("逾期本金"),
    "interest": N_("应收利息"),
    "penalty": N_("应收罚息"),
    "fee": N_("应收费用"),
}
# Said as what is kept, since a verdict lists every rule with a yes or no.
RULES: Mapping[str, str] = {
    "total_within_limit": N_("方案总额在可以当场同意的范围内"),
    "periods_within_limit": N_("期数在可以当场同意的范围内"),
    "self_service_periods": N_("期数在自助可选的范围内"),
    "instalments_large_enough": N_("每期不低于最低金额"),
    "plan_rate_is_contract": N_("按合同利率"),
    "months_within_limit": N_("推迟的月数在可以当场同意的范围内"),
    "sum_is_policys": N_("一次还的是政策定的金额"),
    "no_broken_plan": N_("近期没有失效的方案"),
    "no_discrepancy": N_("和核心系统没有差异"),
    "within_ceiling": N_("息费没有超过上限"),
    "no_dispute": N_("没有争议"),
    "no_legal_mark": N_("没有法律程序"),
    "file_fresh": N_("夜间文件是最近的（天数）"),
    "hold_not_repeated": N_("近期没有撤回或过期的方案（再次暂缓联络要由人同意）"),
    "offer_not_renewed": N_("改之前的同意还在有效期内"),
    "changed_once": N_("这份方案没有改过"),
    "no_settlement_changed": N_("改的不是一次结清的方案"),
    "income_stated": N_("需要收入时已说明收入"),
    "within_half_surplus": N_("每期占余下的比例不超过政策定的"),
}
RULE_VALUES: Mapping[str, str] = {
    "yes": N_("有"),
    "no": N_("没有"),
    "not_asked": N_("不需要"),
    "not_told": N_("还没有说明"),
    "told": N_("已经说明"),
    "nothing_left": N_("没有余下"),
}
EVENTS: Mapping[str, str] = {
    "plan.submitted": N_("提交方案"),
    "plan.changed": N_("本人改了方案"),
    "plan.approved": N_("同意方案"),
    "plan.refused": N_("没有通过"),
    "plan.needs_document": N_("请本人补材料"),
    "plan.counter_written": N_("写了一份建议"),
    "plan.counter_released": N_("放行建议"),
    "plan.counter_returned": N_("建议退回或收回，没有发出"),
    "plan.counter_overtaken": N_("建议没有发出，本人那一版先变了"),
    "plan.countered": N_("建议发给本人"),
    "plan.accepted": N_("本人接受建议"),
    "plan.figures_changed": N_("借款的数字变了，和同意时不一样"),
    "plan.figures_back": N_("借款的数字又和同意时一样了"),
    "plan.recalled": N_("收回已经发出的一版"),
    "plan.approved_first": N_("第一位主管同意，等第二位"),
    "plan.document_given": N_("要补的材料到了"),
    "plan.document_let_go": N_("不等材料，接着看"),
    "plan.document_reminded": N_("提醒本人还有材料"),
    "evidence.added": N_("本人给了材料"),
    "evidence.viewed": N_("看了材料"),
    "evidence.judged": N_("记下材料里看到的"),
    "plan.withdrawn": N_("本人撤回"),
    "plan.expired": N_("过了有效期"),
    "plan.appealed": N_("本人申诉"),
    "plan.upheld": N_("申诉后维持不通过"),
    "plan.signed": N_("本人签字"),
    "plan.stamped": N_("协议文件盖上了时间戳"),
    "plan.date_changed": N_("本人改了一次还款日"),
    "notice.sent": N_("没按时还，发了通知"),
    "notice.taken_back": N_("钱是按时付的，通知已收回"),
    "plan.broken": N_("补救期过了，方案终止"),
    "break.taken_back": N_("钱是按时付的，终止已撤回"),
    "break.stands": N_("钱是按时付的，已另有安排，由人来看"),
    "matter.answered": N_("答复了方案的事"),
    "case.taken": N_("领取案件"),
    "case.released": N_("放回案件"),
    "case.handed_up": N_("交给主管"),
    "hardship.read": N_("查看了本人说的难处"),
    "agreement.fault": N_("协议文件没有做成"),
    "agreement.fault_seen": N_("文件的问题已经看过"),
    "thread.opened": N_("请本人改一改"),
    "thread.written": N_("本人回了话"),
    "thread.answered": N_("回了本人的话"),
    "thread.acknowledged": N_("先回复了一声"),
    "thread.review_asked": N_("本人申请核查"),
    "thread.closed": N_("请改的事办结"),
}
MATTERS: Mapping[str, str] = {
    "broken": N_("方案终止，接下来怎么还"),
    "late_money": N_("按时付的钱后来才到"),
    "unheard": N_("通知没有送到"),
    "last_part": N_("只差最后一期"),
}
MATTER_MEANS: Mapping[str, str] = {
    "broken": N_(
        "补救期过了，方案已终止，借款照合同还。本人在方案那一页看到每一行怎么来的，"
        "和一个小一点的方案。请看看这个数本人还不还得起，告诉本人接下来怎么办。"
    ),
    "late_money": N_(
        "方案终止以后，才知道有一笔钱是按时付的。这中间本人签了别的方案，或者借款已经不在，"
        "所以没有自动恢复：钱按付款那天算，那段时间不收罚息。请和本人说清楚怎么处理。"
    ),
    "unheard": N_(
        "通知发出去几天了，没有送到，本人也没有看过，补救期没有开始。请换一种办法联系本人。"
    ),
    "last_part": N_(
        "签得早的协议，只差最后一期：按协议不自动通知，也不终止。请联系本人，一起看怎么还上。"
    ),
}
ACTORS: Mapping[str, str] = {
    "borrower": N_("借款人本人"),
    "policy": N_("按政策当场同意"),
    "staff": N_("系统"),  # whose account is not there any more
    "system": N_("系统"),
}
# A short list and no free text, which would end up in the audit trail (ADR 0016).
TAKE_OVER_REASONS: Mapping[str, str] = {
    "absent": N_("经办人不在"),
    "deadline": N_("时限快到了"),
    "handed_over": N_("和经办人说好了交接"),
    "conflict": N_("经办人要回避"),
}
PAPER_VERDICTS: Mapping[str, str] = {
    "true": N_("看过，属实"),
    "unclear": N_("看过，看不清"),
    "differs": N_("看过，和说的不一样"),
}
CALLER_ITEMS: Mapping[str, str] = {
    "id_last4": N_("证件号后四位"),
    "birth_on": N_("出生年月日"),
    "instalment": N_("最近一期该还多少"),
}
# Read out word for word, so that nobody helps the answer along.
CALLER_QUESTIONS: Mapping[str, str] = {
    "id_last4": N_("请问您证件号码的最后四位是什么？"),
    "birth_on": N_("请问您的出生年月日是哪一天？"),
    "instalment": N_("请问最近一期该还多少钱？请说到分。"),
}
CALLER_HINTS: Mapping[str, str] = {
    "id_last4": N_("四位，可能有字母"),
    "birth_on": N_("8 位数字，例如 19880506"),
    "instalment": N_("用数字写到分，例如 1300.50；几笔借款的，说对任一笔就行"),
}
CALLER_RESULTS: Mapping[str, str] = {
    "right": N_("对"),
    "wrong": N_("不对"),
    "unknown": N_("说不上来"),
}
MOBILE_REASONS: Mapping[str, str] = {
    "lost": N_("原号丢了，收不到短信"),
    "closed": N_("原号停用了"),
    "carrier": N_("换了运营商"),
    "other": N_("别的原因"),
}
CHANGE_STATES: Mapping[str, str] = {
    "entered": N_("等另一位同事确认"),
    "confirmed": N_("已换，以这里为准"),
    "in_file": N_("已换，夜间文件也带来了"),
    "objected": N_("原号提出异议，等主管定"),
    "dropped": N_("已撤下"),
    "replaced": N_("后来又换过"),
    "undone": N_("核实后没有换"),
}
CHECK_STATES: Mapping[str, str] = {
    "open": N_("没有问完"),
    "passed": N_("核对过"),
    "failed": N_("没过"),
    "stopped": N_("错满，停下"),
    "left": N_("先挂断了"),
}
FILE_ACTS: Mapping[str, str] = {
    "confirm": N_("确认照常导入"),
    "decline": N_("退回"),
    "ask": N_("提出撤回"),
    "back": N_("同意撤回"),
    "keep": N_("不撤回"),
}


def file_reason(reason: WaitReason) -> str:
    """Why a file waits, in the reader's language."""
    said = [translated(REASONS[reason.code], **reason.values)]
    if reason.code == "unit":
        said.append(translated(UNITS[reason.values["unit"]]))
        if reason.values["fits"]:
            said.append(translated(FITS, **reason.values))
    return "；".join(said)


FILTERS: dict[str, Callable[..., str]] = {
    "file_act": said_by(FILE_ACTS),
    "file_reason": file_reason,
    "case_state": said_by(CASE_STATES),
    "matter_kind": said_by(MATTERS),
    "matter_means": said_by(MATTER_MEANS),
    "paper_verdict": said_by(PAPER_VERDICTS),
    "thread_state": said_by(THREAD_STATES),
    "callback_state": said_by(CALLBACK_STATES),
    "attempt_result": said_by(ATTEMPTS),
    "caller_item": said_by(CALLER_ITEMS),
    "caller_question": said_by(CALLER_QUESTIONS),
    "caller_hint": said_by(CALLER_HINTS),
    "caller_result": said_by(CALLER_RESULTS),
    "check_state": said_by(CHECK_STATES),
    "mobile_reason": said_by(MOBILE_REASONS),
    "change_state": said_by(CHANGE_STATES),
    "component_name": said_by(COMPONENTS),
    "policy_rule": said_by(RULES),
    "rule_value": said_by(RULE_VALUES),
    # the history of a case tells its contacts among its events
    "case_event": said_by({**EVENTS, **PURPOSES}),
    "case_actor": said_by({**ACTORS, **CHANNELS}),
    "case_event_more": said_by({**TAKE_OVER_REASONS, **RESULTS}),
}

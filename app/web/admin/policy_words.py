"""The numbers of the policy as administrators read them: by matter, each with what it does and its
unit.
"""

from collections.abc import Mapping
from typing import NamedTuple

from app.domain.money import figure, plain_percent
from app.domain.policy_checks import Fault
from app.domain.texts import N_
from app.web.catalogues import gettext
from app.web.filters import translated


class NumberWords(NamedTuple):
    """What a number is called, what it does, and what it counts."""

    label: str
    does: str
    unit: str


DAY, WORKDAY, MONTH, YEAR = N_("天"), N_("个工作日"), N_("个月"), N_("年")
PART, TIME, YUAN, SHARE = N_("期"), N_("次"), N_("元"), "%"
HOUR, SECOND, LOAN, PEOPLE = N_("点"), N_("秒"), N_("笔"), N_("人")
# By matter and not by the code's groups: the order in which one thinks about them.
MATTERS: Mapping[str, str] = {
    "at_once": N_("当场同意"),
    "authority": N_("权限"),
    "sizes": N_("期数与金额"),
    "kinds": N_("几种办法"),
    "rates": N_("利率与减免"),
    "income": N_("问不问收入"),
    "clocks": N_("时限"),
    "kept": N_("履约与宽限"),
    "holds": N_("暂停联络"),
    "contact": N_("联络次数与时间"),
    "codes": N_("验证码"),
    "limits": N_("用量"),
}
WORDS: Mapping[str, Mapping[str, NumberWords]] = {
    "at_once": {
        "at_once_total_fen": NumberWords(
            N_("方案总额最多"), N_("这个人近期的方案加在一起算。"), YUAN
        ),
        "at_once_periods": NumberWords(N_("期数最多"), N_("先少后多的方案也按这个数。"), PART),
        "deferral_at_once_months": NumberWords(
            N_("推迟的月数最多"), N_("只看月数，不看总额和期数。"), MONTH
        ),
        "surplus_share_ppm": NumberWords(
            N_("最多的一期占余下"), N_("问过收入才看这一条。过了也不拒绝，由人来看。"), SHARE
        ),
        "broken_plan_days": NumberWords(
            N_("没有失效的方案，往前看"), N_("总额也按这段时间加在一起。"), DAY
        ),
        "file_stale_days": NumberWords(
            N_("夜间文件最多过了"), N_("再旧的文件，不当场同意，也不签字。"), DAY
        ),
    },
    "authority": {
        "agent_periods": NumberWords(N_("客服，期数到"), N_("再多的由主管答复。"), PART),
        "agent_penalty_fen": NumberWords(
            N_("客服，减免罚息到"), N_("政策自己给的减免不占谁的权限。"), YUAN
        ),
        "supervisor_periods": NumberWords(N_("主管，期数到"), N_("再多的谁也不能同意。"), PART),
        "supervisor_interest_fen": NumberWords(
            N_("一位主管，利息和费用到"), N_("含比合同利率少收的利息，再多要另一位主管一起。"), YUAN
        ),
    },
    "sizes": {
        "min_periods": NumberWords(
            N_("期数最少"), N_("分这么多期就低于每期最低金额的，可以更少。"), PART
        ),
        "self_service_periods": NumberWords(N_("自助期数最多"), N_("再多的由人来定。"), PART),
        "max_periods": NumberWords(
            N_("期数最多，由人定"), N_("无论谁来定，都不超过这个数。"), PART
        ),
        "min_instalment_fen": NumberWords(N_("每期最少"), N_("只有一期的不看这一条。"), YUAN),
        "small_debt_fen": NumberWords(
            N_("小额欠款，不到"), N_("一次还清，按时还的减免罚息，当场同意。"), YUAN
        ),
        "lead_days": NumberWords(
            N_("第一期最早在"), N_("从提交那天起算，过了这么多天才到期。"), DAY
        ),
        "first_payment_days": NumberWords(N_("首付款在签字后"), N_("签字以后这么多天内付。"), DAY),
        "sign_before_days": NumberWords(
            N_("签字最晚，在第一期前"), N_("方案的有效期不会晚过这一天。"), DAY
        ),
        "most_loans": NumberWords(N_("一个方案里的借款最多"), N_("各项限额都合在一起算。"), LOAN),
        "limitation_years": NumberWords(
            N_("诉讼时效"), N_("最后一期到期后过了这么久又没有联系的，先交法务看。"), YEAR
        ),
    },
    "kinds": {
        "settlement_days": NumberWords(
            N_("一次结清的日子，最晚在"), N_("从提交那天起，借款人在这些天里选一天。"), DAY
        ),
        "settlement_least_fen": NumberWords(
            N_("自己提的结清金额，最少"), N_("欠得更少的，按全部欠款。"), YUAN
        ),
        "step_up_low_months": NumberWords(
            N_("先少后多，少的月份最多"), N_("之后每期一样多。"), MONTH
        ),
        "deferral_months": NumberWords(N_("推迟的月数最多，由人定"), N_("短合同另有上限。"), MONTH),
        "deferral_short_contract": NumberWords(
            N_("短合同，期数不超过"),
            N_("推迟的月数可以和期数一样；更长的合同，最多是期数对半。"),
            PART,
        ),
        "catch_up_past_due_days": NumberWords(
            N_("补缴，逾期最多"), N_("逾期更久的不给这个办法。"), DAY
        ),
        "catch_up_regular_left": NumberWords(
            N_("补缴，合同至少还剩"), N_("剩得更少的不给这个办法。"), PART
        ),
        "catch_up_min_periods": NumberWords(
            N_("补缴，期数最少"), N_("在每期之外分这么多次补。"), PART
        ),
        "catch_up_max_periods": NumberWords(
            N_("补缴，期数最多"), N_("不超过合同剩下的期数。"), PART
        ),
        "catch_up_least_part_fen": NumberWords(
            N_("补缴，每次最少"), N_("低于这个数就分少一些次。"), YUAN
        ),
    },
    "rates": {
        "ceiling_ppm": NumberWords(
            N_("息费合计上限，一年"), N_("利息、罚息和费用加在一起，超过的部分不算欠款。"), SHARE
        ),
        "waiver_penalty_ppm": NumberWords(
            N_("还完方案，减免罚息的"), N_("政策自己给的，不占谁的权限。"), SHARE
        ),
        "waiver_from_days": NumberWords(
            N_("逾期多久起有这项减免"), N_("提交那天的逾期天数到了才有。"), DAY
        ),
        "settlement_waiver_penalty_ppm": NumberWords(
            N_("一次结清，减免罚息的"), N_("按时结清才减免。"), SHARE
        ),
    },
    "income": {
        "income_asked_over_fen": NumberWords(
            N_("方案总额超过，就问收入"), N_("推迟和结清的从来不问。"), YUAN
        ),
        "income_asked_months": NumberWords(
            N_("按本人说的金额要还的月数超过，就问收入"), N_("和上一条有一条到了就问。"), MONTH
        ),
        "fastest_without_income_ppm": NumberWords(
            N_("最快的办法，是本人金额的"), N_("没有说收入时，最快的办法最多到这个比例。"), SHARE
        ),
    },
    "clocks": {
        "first_reply_working_days": NumberWords(
            N_("第一次答复"), N_("消息和回电都按这个数。"), WORKDAY
        ),
        "decision_working_days": NumberWords(N_("答复方案"), N_("提交时就告诉借款人。"), WORKDAY),
        "offer_days": NumberWords(N_("同意以后，有效"), N_("到最后一天结束为止。"), DAY),
        "lapse_notice_days": NumberWords(N_("过期前提醒"), N_("要比有效的天数少。"), DAY),
        "appeal_window_days": NumberWords(N_("没有通过后，可以申诉"), N_("从答复那天起算。"), DAY),
        "appeal_working_days": NumberWords(N_("答复申诉"), N_("由另一位同事答复。"), WORKDAY),
        "complaint_days": NumberWords(N_("答复投诉"), N_("按日历天，周末也算。"), DAY),
        "complaint_complex_days": NumberWords(N_("答复复杂的投诉"), N_("目前还没有用到。"), DAY),
        "complaint_extension_days": NumberWords(N_("投诉再延长"), N_("目前还没有用到。"), DAY),
        "credit_objection_days": NumberWords(N_("答复征信异议"), N_("目前还没有用到。"), DAY),
        "document_days": NumberWords(N_("等本人补材料"), N_("过后由人接着看，方案不会结束。"), DAY),
        "document_notice_days": NumberWords(
            N_("等完之前提醒"), N_("提前这些天，只提醒一次。"), DAY
        ),
        "evidence_days": NumberWords(N_("有结果后材料保留"), N_("之后自动删除，只留结论。"), DAY),
        "draft_days": NumberWords(N_("没提交的回答保留"), N_("之后自动删除。"), DAY),
    },
    "kept": {
        "grace_days": NumberWords(N_("每期宽限"), N_("宽限里还上不算没还，写在协议里。"), DAY),
        "missed_before_notice": NumberWords(
            N_("没还的期数到了，就通知"), N_("补上以后重新数；只有一期的，一期就通知。"), PART
        ),
        "cure_days": NumberWords(N_("通知以后，可以补上"), N_("补上了方案照旧。"), DAY),
        "date_change_days": NumberWords(N_("免费改一次还款日，最多挪"), N_("写在协议里。"), DAY),
        "value_date_days": NumberWords(
            N_("钱到得晚，按付款日自动入账，最多晚"), N_("更晚的由财务看过再入账。"), DAY
        ),
        "ending_notice_days": NumberWords(
            N_("帮助到头之前，先说一次，提前"), N_("每期变多、延期结束都算。"), DAY
        ),
        "ending_last_notice_days": NumberWords(
            N_("帮助到头之前，再说一次，提前"), N_("暂缓联络到头也提前这些天说。"), DAY
        ),
        "quote_days": NumberWords(
            N_("提前还清，最多算到多少天以后"), N_("客户自己选那一天。"), DAY
        ),
    },
    "holds": {
        "hold_after_refusal_working_days": NumberWords(
            N_("没有通过后，再暂停"), N_("这段时间里申诉的，一直停到答复。"), WORKDAY
        ),
        "second_hold_days": NumberWords(
            N_("撤回或过期后，再提交要人看，在"),
            N_("这段时间里再提交，先由人同意才再暂停联络。"),
            DAY,
        ),
        "breathing_days": NumberWords(N_("喘口气"), N_("本人一点就有，期间不催也不提醒。"), DAY),
        "breathing_every_months": NumberWords(
            N_("喘口气，隔多久一次"), N_("更多的由人来定。"), MONTH
        ),
    },
    "contact": {
        "quiet_from_hour": NumberWords(N_("晚上不打扰，从"), N_("北京时间，从这个钟点起。"), HOUR),
        "quiet_until_hour": NumberWords(
            N_("晚上不打扰，到"), N_("北京时间，第二天到这个钟点。"), HOUR
        ),
        "sms_per_day": NumberWords(N_("催还和提醒短信，一天最多"), N_("验证码和答复不算。"), TIME),
        "sms_per_week": NumberWords(N_("催还和提醒短信，一周最多"), N_("验证码和答复不算。"), TIME),
        "reminder_before_days": NumberWords(N_("到期前提醒"), N_("到期当天还有一条。"), DAY),
        "reminder_after_days": NumberWords(N_("到期后提醒"), N_("目前还没有用到。"), DAY),
        "voice_notice_per_day": NumberWords(N_("语音通知，一天最多"), N_("目前还没有用到。"), TIME),
        "voice_per_day": NumberWords(N_("通话，一天最多"), N_("目前还没有用到。"), TIME),
        "dials_per_number_day": NumberWords(
            N_("同一个号码一天最多拨"), N_("目前还没有用到。"), TIME
        ),
        "visit_people": NumberWords(N_("上门最多去"), N_("目前还没有用到。"), PEOPLE),
    },
    "codes": {
        "code_valid_seconds": NumberWords(N_("验证码有效"), N_("登录和签字的都按这个数。"), SECOND),
        "code_resend_seconds": NumberWords(N_("再发一条要等"), N_("不能比有效的时间长。"), SECOND),
        "code_tries": NumberWords(N_("填错最多"), N_("到了就要重新获取。"), TIME),
        "codes_per_hour": NumberWords(N_("同一号码一小时最多"), N_("没有用过的才算。"), TIME),
        "codes_per_day": NumberWords(N_("同一号码一天最多"), N_("没有用过的才算。"), TIME),
        "codes_kept_for_devices": NumberWords(
            N_("其中留给用过的手机"), N_("别人的手机用不到这几次。"), TIME
        ),
        "codes_per_requester_hour": NumberWords(
            N_("同一网络地址一小时最多"), N_("再多的先核对后四位。"), TIME
        ),
        "codes_per_browser_hour": NumberWords(
            N_("同一浏览器一小时最多"), N_("不管填的是什么号码。"), TIME
        ),
    },
    "limits": {
        "reading_seconds": NumberWords(
            N_("协议至少看"), N_("看够了才能获取签字的验证码。"), SECOND
        ),
        "messages_per_hour": NumberWords(N_("借款人一小时最多发消息"), N_("到了请打电话。"), TIME),
        "submissions_per_hour": NumberWords(N_("一小时最多提交方案"), N_("改了再交的也算。"), TIME),
        "uploads_per_day": NumberWords(N_("借款人一天最多传材料"), N_("删掉的也算。"), TIME),
        "finds_per_hour": NumberWords(N_("同事一小时最多查找"), N_("每次查找都有记录。"), TIME),
        "exports_per_hour": NumberWords(N_("财务一小时最多导出"), N_("每次导出都有记录。"), TIME),
        "export_days": NumberWords(N_("导出的文件保留"), N_("之后自动删除。"), DAY),
    },
}
BY_NAME: Mapping[str, NumberWords] = {
    name: words for numbers in WORDS.values() for name, words in numbers.items()
}
FAULTS: Mapping[str, str] = {
    "above": N_("「%(name)s」%(value)s，比「%(other)s」的 %(limit)s 多"),
    "not_below": N_("「%(name)s」%(value)s，要比「%(other)s」的 %(limit)s 小"),
    "least": N_("「%(name)s」最少 %(limit)s"),
    "most": N_("「%(name)s」最多 %(limit)s"),
}
STATES: Mapping[str, str] = {
    "running": N_("正在用"),
    "waiting": N_("等起用日"),
    "used": N_("用过"),
    "open": N_("草稿，没有启用"),
    "handed": N_("等另一位启用"),
}


def number_text(name: str, value: int) -> str:
    """A number as its field has it, without the unit."""
    if name.endswith("_fen"):
        return figure(value).removesuffix(".00")
    if name.endswith("_ppm"):
        return plain_percent(value)[:-1]
    return str(value)


def matter_name(name: str) -> str:
    """What a matter is called."""
    return translated(MATTERS[name])


def number_label(name: str) -> str:
    """What a number is called."""
    return translated(BY_NAME[name].label)


def number_does(name: str) -> str:
    """What a number does."""
    return translated(BY_NAME[name].does)


def number_unit(name: str) -> str:
    """What a number counts."""
    return translated(BY_NAME[name].unit)


def number_told(name: str, value: int) -> str:
    """A number with its unit."""
    return gettext("%(value)s %(unit)s", value=number_text(name, value), unit=number_unit(name))


def fault_told(fault: Fault, numbers: Mapping[str, int]) -> str:
    """What contradicts what, with both figures."""
    limit = numbers[fault.other] if fault.other else fault.bound
    return translated(
        FAULTS[fault.kind],
        name=number_label(fault.name),
        value=number_text(fault.name, numbers[fault.name]),
        other=number_label(fault.other) if fault.other else "",
        limit=number_told(fault.other or fault.name, limit),
    )

"""Words for codes that services return, as several audiences read them; each list is a filter."""

from collections.abc import Callable, Mapping

from flask import Flask

from app.domain.budget import MOST_PEOPLE
from app.domain.stages import REMIND_DAYS, Stage
from app.domain.texts import N_
from app.domain.topics import PLAN_CHANGE
from app.domain.ways import MOST_MONTHS
from app.web.catalogues import gettext
from app.web.context import policy
from app.web.filters import translated
from app.web.wait_words import wait_reason

CHANNELS: Mapping[str, str] = {
    "sms": N_("短信"),
    "voice_notice": N_("语音通知"),
    "voice": N_("人工电话"),
    "visit": N_("上门"),
    "letter": N_("信函"),
}
PURPOSES: Mapping[str, str] = {
    "code": N_("登录、签字用的验证码"),
    "service": N_("服务通知"),
    "security": N_("账户安全通知"),
    "reminder": N_("还款提醒"),
    "collection": N_("商量还款"),
}
RESULTS: Mapping[str, str] = {
    "sent": N_("已发出"),
    "delivered": N_("已送达"),
    "undelivered": N_("没有送到"),
    "no_receipt": N_("已发出，没有送达回执"),
    "failed": N_("没有发出"),
    "answered": N_("接通"),
    "unanswered": N_("没有接通"),
}
# Why a message did not arrive: what the carrier tells, as far as it tells anything.
UNDELIVERED: Mapping[str, str] = {
    "unreachable": N_("运营商说，这条没有送到手机：可能关机、停机，或不在服务区。"),
    "blocked": N_("运营商说，这条没有送到手机：路上被拦下了。"),
    "other": N_("运营商说，这条没有送到手机，没有说原因。"),
}
CALLBACK_TOPICS: Mapping[str, str] = {
    "talk": N_("想和人商量"),
    "number_changed": N_("手机号换了"),
    "no_code": N_("收不到验证码"),
    "figure_wrong": N_("这里有一项不对"),
    "complain": N_("对我们不满意，要投诉"),
    "appeal": N_("对结果不同意，要申诉"),  # still in rows of the first release
}
WISHED_TIMES: Mapping[str, str] = {
    "any": N_("都可以"),
    "morning": N_("上午（9:00–12:00）"),
    "afternoon": N_("下午（14:00–18:00）"),
    "evening": N_("傍晚（18:00–20:00）"),
}
THREAD_TOPICS: Mapping[str, str] = {
    "talk": N_("想和人商量"),
    "figure_wrong": N_("这里有一项不对"),
    "paid": N_("我已付款"),
    "my_plan": N_("问我的方案"),
    "credit": N_("问征信"),
    "my_details": N_("手机号或资料要改"),
    "other": N_("别的事"),
    "contact": N_("有一次联络不合适"),
    "staff": N_("工作人员的态度或做法"),
    "charges": N_("收费或利息"),
    "privacy": N_("个人信息"),
    "complain": N_("其他不满意的事"),
    PLAN_CHANGE: N_("想请您改一改方案"),
}
# A plan taken back has no words: its borrower knows, and the loan is shown as it is.
PLAN_ANSWERS: Mapping[str, str] = {
    "submitted": N_("正在看"),
    "needs_document": N_("等您补材料"),
    "approved": N_("已同意，等您签字"),
    "countered": N_("有新建议，等您看"),
    "under_appeal": N_("申诉中"),
    "refused": N_("这次没通过"),
    "upheld": N_("申诉有结果了，维持原来的答复"),
    "expired": N_("过了有效期，还可以再提"),
    "recalled": N_("我们收回了，还可以再提"),
    "signed": N_("执行中"),
    "asked": N_("客服在等您回复"),
}
HARDSHIP_REASONS: Mapping[str, str] = {
    "income_fell": N_("收入突然少了"),
    "work_lost": N_("工作没了，或者生意难做"),
    "spending_rose": N_("一下子多了一笔开销"),
    "disaster": N_("遇上灾害或意外"),
    "illness": N_("自己或家人病了、伤了"),
    "family": N_("家里出了变故"),
    "no_savings": N_("手头没有留出还款的钱"),
    "money_awaited": N_("在等一笔钱到账"),
    "many_debts": N_("还的太多，几家一起还不过来"),
    "other": N_("是别的原因"),
    "unsaid": N_("不想说"),
}
# When it will be easier again, as a question of the journey and as the desk reads it.
EASES: Mapping[str, str] = {
    "already": N_("现在已经好些了"),
    "in_months": N_("过几个月会好些"),
    "unknown": N_("现在还说不准"),
    "sum_at_hand": N_("手上有一笔钱，想一次了结"),
    "not_behind": N_("还没到还款日，怕还不上"),
}
# How the kinds of plan are called on the way to one.
WAY_NAMES: Mapping[str, str] = {
    "reamortise": N_("分期重组"),
    "step_up": N_("先少后多"),
    "catch_up": N_("逾期分摊"),
    "settlement": N_("一次性结清"),
    "deferral": N_("延期还款"),
}
# Whom each of them suits, for people who know no kinds.
WAY_SUITS: Mapping[str, str] = {
    "reamortise": N_("适合每月能拿出差不多一样的钱：全部重新分成小份。"),
    "step_up": N_("适合过几个月收入才回来的人：头几个月少还，以后多还。"),
    "catch_up": N_("适合收入已经回来的人：只把欠下的几期分摊，合同照常走。"),
    "settlement": N_("适合手上有一笔钱的人：一次还清，罚息可以减免。"),
    "deferral": N_("适合还没到还款日、一时周转不开的人：往后推几个月，不加罚息。"),
}
INCOME_SOURCES: Mapping[str, str] = {
    "own": N_("自己到手的"),
    "partner": N_("配偶或家人拿回来的"),
    "benefits": N_("补贴、退休金、失业金"),
    "other": N_("别的收入"),
    "sum": N_("一共"),
}
SPENDING_GROUPS: Mapping[str, str] = {
    "food": N_("吃饭"),
    "housing": N_("房租或房贷"),
    "utilities": N_("水电燃气、手机费"),
    "children": N_("孩子和上学"),
    "medicine": N_("看病吃药"),
    "transport": N_("出门坐车"),
    "other": N_("别的，比如照顾老人"),
    "sum": N_("一共"),
}
STAGES: Mapping[str, str] = {
    Stage.REMIND: N_("提醒"),
    Stage.TALK: N_("沟通"),
    Stage.NEGOTIATE: N_("协商"),
    Stage.VISIT: N_("上门"),
}
STAGE_MEANINGS: Mapping[Stage, str] = {
    Stage.REMIND: N_("过了还款日 %(days)s 天以内，主要是短信提醒。"),
    Stage.TALK: N_("过了还款日 %(days)s 天以上，客服会联系您，一起商量怎么还。"),
    Stage.NEGOTIATE: N_("您提了方案，或者正按方案还。这段时间不打电话，不发提醒。"),
    Stage.VISIT: N_(
        "有上门拜访的记录。只有别的办法都试过才会用到，至少 %(people)s 人，出示证件，不经同意不进门。"
    ),
}


# In a hold nobody calls, so that nothing says somebody would.
HELD_MEANINGS: Mapping[Stage, str] = {
    Stage.REMIND: N_("过了还款日 %(days)s 天以内。暂缓期间不发提醒。"),
    Stage.TALK: N_("过了还款日 %(days)s 天以上。暂缓期间不主动联络，您想商量，随时找我们。"),
}


COMPONENTS = {
    "principal": N_("本金"),
    "interest": N_("利息"),
    "plan_interest": N_("方案期间的利息"),
    "penalty": N_("罚息"),
    "fee": N_("费用"),
}


def install(app: Flask) -> None:
    app.jinja_env.filters.update(
        contact_channel=said_by(CHANNELS),
        contact_purpose=said_by(PURPOSES),
        contact_result=said_by(RESULTS),
        undelivered=said_by(UNDELIVERED),
        callback_topic=said_by(CALLBACK_TOPICS),
        wished_time=said_by(WISHED_TIMES),
        thread_topic=said_by(THREAD_TOPICS),
        plan_answer=said_by(PLAN_ANSWERS),
        component=said_by(COMPONENTS),
        income_source=said_by(INCOME_SOURCES),
        spending_group=said_by(SPENDING_GROUPS),
        household=household,
        way_name=said_by(WAY_NAMES),
        way_suits=said_by(WAY_SUITS),
        ease=ease_words,
        hardship_reason=said_by(HARDSHIP_REASONS),
        stage_name=said_by(STAGES),
        stage_meaning=stage_meaning,
        wait_reason=wait_reason,
    )


def said_by(words: Mapping[str, str]) -> Callable[[str], str]:
    """A filter that says a code in the reader's language; a code without words says itself."""
    return lambda code: translated(words.get(code, code))


def ease_words(ease: str, months: int | None) -> str:
    """When it will be easier again, in the reader's language; the most months stand for more."""
    if months is None:
        return translated(EASES.get(ease, ease))
    if months >= MOST_MONTHS:
        return gettext("大约 %(months)s 个月或更久会好些", months=months)
    return gettext("大约 %(months)s 个月会好些", months=months)


def household(people: int) -> str:
    """How many live on an income; the most that can be told stands for more."""
    return f"{people}+" if people >= MOST_PEOPLE else str(people)


def stage_meaning(stage: Stage, is_held: bool = False) -> str:
    """What a stage means for the borrower, in the reader's language; in a hold nobody comes by."""
    meanings = {**STAGE_MEANINGS, **(HELD_MEANINGS if is_held else {})}
    return gettext(meanings[stage], days=REMIND_DAYS, people=policy().contact.visit_people)

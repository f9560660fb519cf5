"""What a thread may be about: each topic is a question (咨询) or a complaint (投诉)."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from app.domain.explanation import N_

Kind = Literal["question", "complaint"]


class Topic(NamedTuple):
    """A topic as people pick it; words are Chinese source text."""

    kind: Kind
    words: str


KINDS: Mapping[Kind, str] = {"question": N_("咨询"), "complaint": N_("投诉")}
PREFIXES: Mapping[Kind, str] = {"question": "ZX", "complaint": "TS"}
PLAN_CHANGE = "plan_change"
REVIEW_DAYS = 30  # after the answer to a complaint; P-06
TOPICS: Mapping[str, Topic] = {
    "talk": Topic("question", N_("想和人商量")),
    "figure_wrong": Topic("question", N_("这里有一项不对")),
    "paid": Topic("question", N_("我已付款")),
    "my_plan": Topic("question", N_("问我的方案")),
    "credit": Topic("question", N_("问征信")),
    "my_details": Topic("question", N_("手机号或资料要改")),
    "other": Topic("question", N_("别的事")),
    "contact": Topic("complaint", N_("有一次联络不合适")),
    "staff": Topic("complaint", N_("工作人员的态度或做法")),
    "charges": Topic("complaint", N_("收费或利息")),
    "privacy": Topic("complaint", N_("个人信息")),
    "complain": Topic("complaint", N_("其他不满意的事")),
}
OPENED_BY_STAFF: Mapping[str, Topic] = {PLAN_CHANGE: Topic("question", N_("想请您改一改方案"))}


def topic_words(about: str) -> str:
    """Return the Chinese source text of a topic."""
    found = TOPICS.get(about) or OPENED_BY_STAFF.get(about)
    return found.words if found else about

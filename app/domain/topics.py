"""What a thread may be about: each topic is a question (咨询) or a complaint (投诉)."""

from collections.abc import Mapping
from typing import Literal

Kind = Literal["question", "complaint"]
PREFIXES: Mapping[Kind, str] = {"question": "ZX", "complaint": "TS"}
PLAN_CHANGE = "plan_change"  # opened by staff, never by a borrower
REVIEW_DAYS = 30  # after the answer to a complaint; P-06
TOPICS: Mapping[str, Kind] = {
    "talk": "question",
    "figure_wrong": "question",
    "paid": "question",
    "my_plan": "question",
    "credit": "question",
    "my_details": "question",
    "other": "question",
    "contact": "complaint",
    "staff": "complaint",
    "charges": "complaint",
    "privacy": "complaint",
    "complain": "complaint",
}
# Of these a word may be about what was paid and what is asked: no day of a cure passes meanwhile.
MONEY_TOPICS = frozenset({"figure_wrong", "paid", "charges", "complain"})

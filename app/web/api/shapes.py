"""What goes in and out, as the document tells it; values are judged where lines of a file are."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.domain.repayments.row import (
    CHANNEL_CHARS,
    CHANNEL_REF_CHARS,
    MOST_FEN,
    NUMBER_CHARS,
    PAYER_CHARS,
    REMARK_CHARS,
)
from app.services.contact.held_queries import MOST_LOANS

DAY = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2026-11-23"])
KEY_CHARS = 255


def _digits(told: object) -> object:
    """A number in an address is text; other text than digits stays, and is refused."""
    is_plain = isinstance(told, str) and told.isascii() and told.isdigit() and len(told) < KEY_CHARS
    return int(told) if is_plain and isinstance(told, str) else told


class _Shape(BaseModel):
    # Nothing is guessed: a number is no text, 1.0 is no whole number, what we do not know is told.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PaymentIn(_Shape):
    """一笔到账，或一笔冲正：字段和 repayments.csv 一样，金额是整数分。"""

    channel_ref: Annotated[
        str,
        Field(min_length=1, max_length=CHANNEL_REF_CHARS, description="流水号，同一渠道里不重复"),
    ]
    channel: Annotated[str, Field(min_length=1, max_length=CHANNEL_CHARS, description="渠道")]
    arrived_on: Annotated[str, DAY, Field(description="入账日期，不晚于今天")]
    fen: Annotated[int, Field(ge=1, le=MOST_FEN, description="金额，整数分；冲正也写正数")]
    loan_ref: Annotated[str | None, Field(max_length=NUMBER_CHARS, description="借据号")] = None
    remark: Annotated[
        str | None, Field(max_length=REMARK_CHARS, description="备注；和 loan_ref 至少写一个")
    ] = None
    paid_on: Annotated[
        Annotated[str, DAY] | None, Field(description="付款日期，不写就是入账日期")
    ] = None
    payer: Annotated[str | None, Field(max_length=PAYER_CHARS, description="付款人")] = None
    reverses: Annotated[
        str | None,
        Field(max_length=CHANNEL_REF_CHARS, description="冲正流水号：同一渠道里原来那笔的流水号"),
    ] = None


class ShareOut(_Shape):
    """这笔款的一部分记在哪里。"""

    kind: Literal["plan", "loan"]
    ref: str
    fen: int


class PaymentOut(_Shape):
    """这笔款怎么样了：已认领、等人认领，或已退回。"""

    payment: str
    state: Literal["matched", "unmatched", "returned"]
    reason: Annotated[str, Field(description="没有认领的原因，已认领为空")]
    is_duplicate: Annotated[bool, Field(description="以前已经记过同一笔")]
    shares: list[ShareOut]
    suggestions: Annotated[list[str], Field(description="可能是哪个方案或哪笔借款，最多三个")]


class PaymentHeaders(BaseModel):
    """同一个请求再发一次，用同一个键。"""

    idempotency_key: Annotated[
        str,
        Field(
            alias="Idempotency-Key",
            pattern=r"^[\x21-\x7e]+$",
            min_length=1,
            max_length=KEY_CHARS,
            description="这次请求的键；同一个键同样的内容只生效一次",
        ),
    ]


class HoldsQuery(_Shape):
    """一页一页地取。"""

    after: Annotated[
        str, Field(max_length=NUMBER_CHARS, description="上一页的 next，第一页不写")
    ] = ""
    limit: Annotated[
        int,
        BeforeValidator(_digits),
        Field(ge=1, le=MOST_LOANS, description="最多几笔借款"),
    ] = MOST_LOANS


class HoldOut(_Shape):
    """一笔借款上的一个暂停催收。"""

    loan_ref: str
    customer_no: str
    cause: Annotated[str, Field(description="plan_submitted, plan_kept, breathing …")]
    held_from: Annotated[str, Field(description="从什么时候起，北京时间")]
    held_until: Annotated[str | None, Field(description="到什么时候，还没有定为 null")]


class HoldsOut(_Shape):
    """现在有效的暂停催收，按借据号排列；一笔借款的都在同一页。"""

    holds: list[HoldOut]
    next: Annotated[str | None, Field(description="下一页从哪笔借款之后开始，没有了为 null")]


class FaultOut(_Shape):
    """哪个字段不对。"""

    field: str
    code: str
    message: str


class ProblemOut(_Shape):
    """没有办成，为什么。"""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    faults: list[FaultOut] = Field(default_factory=list)

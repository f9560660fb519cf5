"""What the paper of a hold tells: what is on hold, since when, until when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.written_days import written_instant
from app.services.vouchers.text import Row, VoucherHolder, VoucherTold

_KEPT = (
    "这段时间，本公司和受托的机构不催收、不上门，也不联系别人；只在到期前和当天给本人发一条提醒。"
)
_WAITS = (
    "这段时间，本公司和受托的机构不打电话、不发提醒、不上门，也不联系别人。"
    "本人要的验证码，和本人办事的通知除外。"
)
# Until when, of a hold whose end nobody knows yet, by the state of its version.
_UNTIL = {"approved": "签字那天", "under_appeal": "申诉有结果那天"}


@dataclass(frozen=True)
class HoldTold:
    """A hold that runs, as its paper names it; `loans` are product and 借据号, none for all of
    them; until_at is None while no end is set.
    """

    cause: str
    plan_number: str
    state: str
    loans: Sequence[tuple[str, str]]
    from_at: datetime
    until_at: datetime | None


def hold_told(hold: HoldTold, *, holder: VoucherHolder) -> VoucherTold:
    """Return what the paper of a running hold tells.

    Source: default policy, hold on collection; C-01.
    """
    is_kept = hold.cause == "plan_kept"
    loans = [f"{product}，借据号 {ref}" for product, ref in hold.loans] or ["名下全部借款"]
    why = f"方案 {hold.plan_number}" if hold.plan_number else "本人申请，先缓一缓"
    return VoucherTold(
        kind="hold",
        says=f"兹证明本公司对{holder.called}的下列借款暂缓催收联络。",
        facts=(
            Row("合同", "；".join(loans)),
            Row("为什么", why),
            Row("从", written_instant(hold.from_at)),
            Row("到", until_words(hold), "" if hold.until_at else "提前结束的，核对页写明哪天"),
        ),
        tables=(),
        notes=(_KEPT if is_kept else _WAITS,),
        check="本证明有核对码。是不是还在暂缓，任何人随时可以在本站核对；联络之前请先核对。",
        details=_details(hold),
    )


def until_words(hold: HoldTold) -> str:
    """Return until when it runs, in words where no day is known."""
    if hold.until_at:
        return f"{written_instant(hold.until_at)}"
    if hold.cause == "plan_kept":
        return "方案结束那天"
    return _UNTIL.get(hold.state, "方案有结果那天")


def _details(hold: HoldTold) -> dict[str, Any]:
    return {
        "cause": hold.cause,
        "until_at": hold.until_at.isoformat() if hold.until_at else "",
        "until": until_words(hold),
    }

"""Words for the codes of refunds."""

from collections.abc import Mapping

from app.domain.texts import N_
from app.web.finance.blueprint import bp
from app.web.words import said_by

STATES: Mapping[str, str] = {
    "named": N_("写了账户"),
    "asked": N_("等支付"),
    "paid": N_("已付"),
    "bounced": N_("银行退回"),
    "dropped": N_("撤掉了"),
}
bp.add_app_template_filter(said_by(STATES), "refund_state")

"""Words for why ledger and file differ."""

from collections.abc import Mapping

from app.domain.texts import N_
from app.web.finance.blueprint import bp
from app.web.words import said_by

RULES: Mapping[str, str] = {
    "on_its_way": N_("钱在文件截止以后才到"),
    "plan_penalty": N_("方案期间不计罚息，文件还在计"),
    "plan_interest": N_("方案利息和合同利息不同"),
    "plan_principal": N_("方案的还款顺序和合同不同"),
    "plan_fee": N_("方案的还款顺序和合同不同（费用）"),
    "rounding": N_("分的取舍"),
}
bp.add_app_template_filter(said_by(RULES), "difference_rule")

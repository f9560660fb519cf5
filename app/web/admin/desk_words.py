"""Words for codes as the desk reads them; each list is a filter."""

from collections.abc import Mapping

from app.domain.explanation import N_
from app.web.admin.blueprint import bp
from app.web.words import said_by

CASE_STATES: Mapping[str, str] = {
    "submitted": N_("等我们答复"),
    "approved": N_("已同意，等本人签字"),
    "refused": N_("没有通过"),
    "under_appeal": N_("申诉，等我们答复"),
    "upheld": N_("申诉后维持不通过"),
    "signed": N_("本人签字"),
    "withdrawn": N_("本人撤回"),
    "expired": N_("过了有效期"),
    "recalled": N_("数字变了，已收回"),
}
THREAD_STATES: Mapping[str, str] = {
    "open": N_("等我们回"),
    "answered": N_("等本人回"),
    "closed": N_("已办结"),
}
COMPONENTS: Mapping[str, str] = {
    "left": N_("剩余本金"),
    "overdue_principal": N_("逾期本金"),
    "interest": N_("应收利息"),
    "penalty": N_("应收罚息"),
    "fee": N_("应收费用"),
}

bp.add_app_template_filter(said_by(CASE_STATES), "case_state")
bp.add_app_template_filter(said_by(THREAD_STATES), "thread_state")
bp.add_app_template_filter(said_by(COMPONENTS), "component_name")

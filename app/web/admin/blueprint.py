"""The desk of the lender's staff, under /admin/."""

from typing import Any

from flask import Blueprint, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from app.services.queue.counts import desk_counts
from app.services.work.work_queries import work_troubles
from app.web.admin import authority_words, policy_words, rule_words, work_words
from app.web.admin.desk_words import FILTERS
from app.web.context import context, db_session
from app.web.words import said_by

bp = Blueprint("admin", __name__, url_prefix="/admin")

# Who works; READERS are those who also look.
DESK = ("agent", "supervisor")
READERS = (*DESK, "compliance")
NAVIGATION = (
    ("admin.queue", _l("方案"), frozenset(DESK)),
    ("admin.matters", _l("待答复"), frozenset(READERS)),
    ("admin.releases", _l("放行"), frozenset({"supervisor"})),
    ("admin.find", _l("查找"), frozenset(READERS)),
    ("admin.inbox", _l("消息"), frozenset(READERS)),
    ("admin.callbacks", _l("回电"), frozenset(READERS)),
    ("finance.register", _l("财务"), frozenset({"finance", "compliance"})),
    ("finance.money", _l("未认领"), frozenset({"finance"})),
    (
        "admin.nightly_files",
        _l("夜间文件"),
        frozenset({"admin", "supervisor", "compliance", "finance"}),
    ),
    ("admin.maps", _l("列对照"), frozenset({"admin"})),
    ("admin.policies", _l("政策"), frozenset({"admin"})),
    ("admin.calendar", _l("日历"), frozenset({"admin"})),
    ("admin.staff", _l("员工"), frozenset({"admin"})),
    ("admin.work", _l("后台"), frozenset({"admin"})),
)
# pages that have no entry of their own in the navigation
UNDER = (
    ("/admin/plan/", "admin.queue"),
    ("/admin/matters", "admin.matters"),
    ("/admin/releases", "admin.releases"),
    ("/admin/borrowers/", "admin.find"),
    ("/admin/loans/", "admin.find"),
    ("/admin/messages/", "admin.inbox"),
    ("/admin/callbacks/", "admin.callbacks"),
    ("/admin/mobile-changes", "admin.callbacks"),
    ("/admin/nightly-files/", "admin.nightly_files"),
    ("/admin/contested", "admin.find"),
    ("/admin/maps/", "admin.maps"),
    ("/admin/policies", "admin.policies"),
    ("/admin/staff/", "admin.staff"),
    ("/admin/calendar", "admin.calendar"),
    ("/finance/money", "finance.money"),
    ("/finance/", "finance.register"),
)
COUNTED = {
    "admin.queue": "plans",
    "admin.matters": "matters",
    "admin.releases": "releases",
    "admin.inbox": "messages",
    "admin.callbacks": "callbacks",
    "admin.policies": "policies",
    "finance.money": "money",
}

for name, said in {**FILTERS, **authority_words.FILTERS, **work_words.FILTERS}.items():
    bp.add_app_template_filter(said, name)
bp.add_app_template_filter(rule_words.why, "why")
bp.add_app_template_filter(said_by(policy_words.STATES), "policy_state")


@bp.app_context_processor
def _navigation() -> dict[str, Any]:
    return {"desk_nav": NAVIGATION, "desk_waiting": _waiting, "desk_section": _section}


def _section() -> str:
    """Which entry of the navigation this page belongs to."""
    return next(
        (entry for start, entry in UNDER if request.path.startswith(start)), request.endpoint or ""
    )


def _waiting() -> dict[str, int]:
    """How much waits on each page of the navigation; a page about a fault does without."""
    try:
        counts = desk_counts(db_session())
        # Only who looks after it asks how the background work does.
        troubles = (
            {"admin.work": work_troubles(db_session(), context())}
            if current_user.has_role("admin")
            else {}
        )
    except SQLAlchemyError:
        # The page may be the very one that says the database is down.
        return {}
    return {endpoint: counts[name] for endpoint, name in COUNTED.items()} | troubles


from app.web.admin import (  # noqa: E402, F401 - routes attach themselves
    account_routes,
    assist_routes,
    calendar_routes,
    callback_routes,
    caller_routes,
    case_routes,
    contested_routes,
    counter_routes,
    decision_routes,
    evidence_routes,
    loan_routes,
    map_routes,
    matter_routes,
    mobile_routes,
    nightly_routes,
    policy_routes,
    queue_routes,
    recall_routes,
    release_routes,
    signin_routes,
    staff_routes,
    thread_routes,
    work_routes,
)

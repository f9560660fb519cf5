"""What happened to a case so far: its audit entries and the last contacts, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, literal, select
from sqlalchemy.orm import Session

from app.domain.explanation import N_
from app.models import AuditEntry, Staff, Thread
from app.services.contact.records import contacts_of

LAST_CONTACTS = 5
BORROWER, POLICY, SYSTEM = N_("借款人本人"), N_("按政策当场同意"), N_("系统")
EVENTS: Mapping[str, str] = {
    "plan.submitted": N_("提交方案"),
    "plan.approved": N_("同意方案"),
    "plan.refused": N_("没有通过"),
    "plan.withdrawn": N_("本人撤回"),
    "plan.expired": N_("过了有效期"),
    "plan.appealed": N_("本人申诉"),
    "plan.upheld": N_("申诉后维持不通过"),
    "plan.signed": N_("本人签字"),
    "case.taken": N_("领取案件"),
    "case.released": N_("放回案件"),
    "hardship.read": N_("查看了本人说的难处"),
    "agreement.fault": N_("协议文件没有做成"),
    "agreement.fault_seen": N_("文件的问题已经看过"),
    "thread.opened": N_("请本人改一改"),
}
TAKE_OVER_REASONS: Mapping[str, str] = {
    "absent": N_("经办人不在"),
    "deadline": N_("时限快到了"),
    "handed_over": N_("和经办人说好了交接"),
    "conflict": N_("经办人要回避"),
}


@dataclass(frozen=True)
class Event:
    """One thing that happened; what, who and more are Chinese source text or a name."""

    at: datetime
    what: str
    who: str
    more: str = ""


def case_history(
    session: Session, *, version_id: int, version_public_id: str, borrower_id: int
) -> tuple[Event, ...]:
    """Return what happened to a version and the last contacts with its borrower, newest first: two
    queries.
    """
    contacts = contacts_of(session, borrower_id=borrower_id).rows[:LAST_CONTACTS]
    spoken = [Event(one.at, one.purpose, one.channel, one.result) for one in contacts]
    return tuple(
        sorted(
            [*_audited(session, version_id, version_public_id), *spoken], key=lambda one: one.at
        )[::-1]
    )


def _audited(session: Session, version_id: int, public_id: str) -> list[Event]:
    about = select(cast(Thread.public_id, String)).where(
        Thread.version_id == version_id, Thread.about == "plan_change"
    )
    ours = (AuditEntry.object_kind == "plan_version") & (AuditEntry.object_id == public_id)
    asked = (AuditEntry.object_kind == "thread") & AuditEntry.object_id.in_(about)
    query = (
        select(
            AuditEntry.at,
            AuditEntry.action,
            AuditEntry.actor,
            AuditEntry.reason,
            Staff.display_name,
        )
        .outerjoin(Staff, AuditEntry.actor == literal("staff:") + Staff.public_id)
        .where(ours | asked, AuditEntry.action.in_(EVENTS))
        .order_by(AuditEntry.seq)
    )
    return [
        Event(at, EVENTS[action], name or _who(actor), TAKE_OVER_REASONS.get(reason, ""))
        for at, action, actor, reason, name in session.execute(query)
    ]


def _who(actor: str) -> str:
    kind = actor.partition(":")[0]
    return {"borrower": BORROWER, "policy": POLICY}.get(kind, SYSTEM)

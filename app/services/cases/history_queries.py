"""What happened to a case so far: its audit entries and the last contacts, newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, literal, select
from sqlalchemy.orm import Session

from app.models import AuditEntry, CaseNote, Plan, PlanVersion, Staff, Thread
from app.services.contact.records import contacts_of
from app.services.core.context import Context

LAST_CONTACTS = 5
LAST_NOTES = 50
EVENTS = (
    "plan.submitted",
    "plan.changed",
    "plan.approved",
    "plan.refused",
    "plan.needs_document",
    "plan.document_given",
    "plan.document_let_go",
    "plan.document_reminded",
    "evidence.added",
    "evidence.viewed",
    "evidence.judged",
    "plan.counter_written",
    "plan.counter_released",
    "plan.counter_returned",
    "plan.counter_overtaken",
    "plan.countered",
    "plan.accepted",
    "plan.figures_changed",
    "plan.figures_back",
    "plan.recalled",
    "plan.approved_first",
    "plan.withdrawn",
    "notice.sent",
    "notice.taken_back",
    "plan.broken",
    "break.taken_back",
    "break.stands",
    "matter.answered",
    "plan.expired",
    "plan.appealed",
    "plan.upheld",
    "plan.signed",
    "plan.stamped",
    "plan.date_changed",
    "case.taken",
    "case.released",
    "case.handed_up",
    "hardship.read",
    "agreement.fault",
    "agreement.fault_seen",
    "thread.opened",
    "thread.written",
    "thread.answered",
    "thread.closed",
)
TAKE_OVER_REASONS = ("absent", "deadline", "handed_over", "conflict")


@dataclass(frozen=True)
class Event:
    """One thing that happened, in codes: of an entry the action, who acted and why a case was taken
    over; of a contact purpose, channel and result. `name` is that of staff, or empty.
    """

    at: datetime
    what: str
    who: str
    more: str = ""
    name: str = ""


@dataclass(frozen=True)
class CaseNoteView:
    """What a member of staff noted on a case; `kind` is note or handed_up."""

    kind: str
    words: str
    by: str
    at: datetime


def notes_of(session: Session, context: Context, *, case_id: int) -> tuple[CaseNoteView, ...]:
    """Return the notes on a case, the newest first, in one query."""
    rows = session.execute(
        select(CaseNote, Staff.display_name)
        .join(Staff, Staff.id == CaseNote.staff_id)
        .where(CaseNote.case_id == case_id)
        .order_by(CaseNote.id.desc())
        .limit(LAST_NOTES)
    )
    return tuple(
        CaseNoteView(
            one.kind,
            context.vault.unseal(
                one.words_enc, table="case_notes", row=one.public_id, column="words"
            ),
            name,
            one.at,
        )
        for one, name in rows
    )


def case_history(
    session: Session, *, version_id: int, borrower_id: int, now: datetime
) -> tuple[Event, ...]:
    """Return what happened to a version, to those it took the place of, and the last contacts with
    its borrower, newest first: two queries.
    """
    contacts = contacts_of(session, borrower_id=borrower_id, now=now).rows[:LAST_CONTACTS]
    spoken = [Event(one.at, one.purpose, one.channel, one.result) for one in contacts]
    return tuple(sorted([*_audited(session, version_id), *spoken], key=lambda one: one.at)[::-1])


def _audited(session: Session, version_id: int) -> list[Event]:
    # A change makes another version of the same case (ADR 0042).
    plan_id = select(PlanVersion.plan_id).where(PlanVersion.id == version_id).scalar_subquery()
    of_case = PlanVersion.plan_id == plan_id, PlanVersion.id <= version_id
    about = select(cast(Thread.public_id, String)).where(
        Thread.version_id.in_(select(PlanVersion.id).where(*of_case)),
        Thread.about == "plan_change",
    )
    versions = select(cast(PlanVersion.public_id, String)).where(*of_case)
    ours = (AuditEntry.object_kind == "plan_version") & AuditEntry.object_id.in_(versions)
    number = select(cast(Plan.number, String)).where(Plan.id == plan_id)
    kept = (AuditEntry.object_kind == "plan") & AuditEntry.object_id.in_(number)
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
        .where(ours | kept | asked, AuditEntry.action.in_(EVENTS))
        .order_by(AuditEntry.seq)
    )
    return [
        Event(at, action, _who(actor), reason if reason in TAKE_OVER_REASONS else "", name or "")
        for at, action, actor, reason, name in session.execute(query)
    ]


def _who(actor: str) -> str:
    kind = actor.partition(":")[0]
    return kind if kind in ("borrower", "policy", "staff") else "system"

"""A paper is read: by staff on record, page by page, and by its borrower; what staff found in it is
kept.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import Evidence, EvidenceView, Plan, PlanVersion
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.evidence.files import read_page

UNCLEAR = "unclear"
VERDICTS = ("true", UNCLEAR, "differs")


class NotReadYet(RuleBroken):
    """Only who has read a paper says what is in it."""

    code = "not_read_yet"
    message = N_("请先打开看过，再记下看到了什么")


class VerdictNeeded(RuleBroken):
    """Nothing was chosen."""

    code = "verdict_needed"
    message = N_("请选一选，看到了什么")


def view_page(
    session: Session, context: Context, *, version_public_id: str, paper: str, page: int
) -> bytes:
    """Return one page of a paper of this case as a JPEG; each view is on record.

    Raises: NotFound, also for a paper of another case and for one that was deleted.
    Source: I-02, I-04.
    """
    with transaction(session):
        found, version_id = _of_case(session, version_public_id, paper)
        content = _content(context, found, page)
        session.add(
            EvidenceView(
                evidence_id=found.id,
                version_id=version_id,
                staff_id=context.staff.staff_id,
                page=page,
                at=context.now,
            )
        )
        _record(session, context, version_public_id, "evidence.viewed", paper=paper, page=page)
        return content


def own_page(
    session: Session, context: Context, *, borrower_id: int, paper: str, page: int
) -> bytes:
    """Return one page of a paper to whom it belongs.

    Raises: NotFound, also for another borrower's.
    """
    mine = select(Evidence).join(Plan, Plan.id == Evidence.plan_id)
    found = session.scalars(
        mine.where(Evidence.public_id == paper, Plan.borrower_id == borrower_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return _content(context, found, page)


def judge_paper(
    session: Session, context: Context, *, version_public_id: str, paper: str, verdict: str
) -> None:
    """Keep what someone found in a paper they have read; it stays when the paper is deleted.

    Idempotent on: the verdict.
    Raises: NotFound, VerdictNeeded, NotReadYet.
    Source: I-04.
    """
    if verdict not in VERDICTS:
        raise VerdictNeeded
    with transaction(session):
        found, _version_id = _of_case(session, version_public_id, paper)
        if found.deleted_at is not None:
            raise NotFound
        read = select(EvidenceView.id).where(
            EvidenceView.evidence_id == found.id, EvidenceView.staff_id == context.staff.staff_id
        )
        if session.scalars(read.limit(1)).first() is None:
            raise NotReadYet
        if (found.verdict, found.judged_by) == (verdict, context.staff.staff_id):
            return
        found.verdict, found.judged_by = verdict, context.staff.staff_id
        found.judged_at = context.now
        if verdict == UNCLEAR:
            # Sent once more it is no second tap, but an answer to what was asked again.
            found.request_key = f"{UNCLEAR}:{found.public_id}"
        _record(
            session, context, version_public_id, "evidence.judged", paper=paper, verdict=verdict
        )


def _of_case(session: Session, version: str, paper: str) -> tuple[Evidence, int]:
    query = (
        select(Evidence, PlanVersion.id)
        .join(PlanVersion, PlanVersion.plan_id == Evidence.plan_id)
        .where(PlanVersion.public_id == version, Evidence.public_id == paper)
        .with_for_update(of=Evidence)
    )
    row = session.execute(query, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _content(context: Context, paper: Evidence, page: int) -> bytes:
    if paper.deleted_at is not None or not 1 <= page <= paper.pages:
        raise NotFound
    return read_page(context, row=paper.public_id, page=page)


def _record(
    session: Session, context: Context, version: str, action: str, **after: str | int
) -> None:
    audit.record(
        session,
        context,
        action=action,
        object_kind="plan_version",
        object_id=version,
        after=dict(after),
    )

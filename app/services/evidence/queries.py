"""Papers as their borrower and the desk see them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.evidence import (
    CONSENT,
    MOST_FILES,
    NEEDS,
    TAKES_PAPERS,
    TOPICS,
    EvidenceKind,
    EvidenceTopic,
    checklist,
    kind_in,
)
from app.models import Evidence, EvidenceRequest, EvidenceView, Plan, PlanVersion, Staff
from app.services.core.context import Context
from app.services.core.policy import active_policy, texts_of
from app.services.hardship.records import UNSAID, hardship_of
from app.services.signin.consent_queries import holds_consent


@dataclass(frozen=True)
class PaperView:
    """One paper. Units: bytes. `views`: how often staff read a page of it."""

    public_id: str
    topic: EvidenceTopic
    kind: EvidenceKind
    pages: int
    bytes: int
    received_at: datetime
    verdict: str
    judged_by: str
    deleted_at: datetime | None
    views: int

    @property
    def is_closed(self) -> bool:
        """Whether staff read what it is only once they open it, on record (ADR 0010)."""
        return self.kind.is_private or self.topic.is_private


@dataclass(frozen=True)
class AskedView:
    """What staff asked for in words, and the day until which it is waited for; `ended_why` empty
    while it is.
    """

    topic: EvidenceTopic
    words: str
    asked_at: datetime
    until_on: date
    ended_why: str


@dataclass(frozen=True)
class TopicView:
    """One thing to show, and what was given of it."""

    topic: EvidenceTopic
    papers: tuple[PaperView, ...]
    is_asked: bool

    @property
    def is_enough(self) -> bool:
        """Whether nothing more is needed."""
        return not self.is_asked and any(one.verdict != "unclear" for one in self.papers)


@dataclass(frozen=True)
class BorrowerPapers:
    """A borrower's page of papers. `delete_on`: once it is known."""

    version: str
    number: str
    reason: str
    topics: tuple[TopicView, ...]
    asked: AskedView | None
    may_add: bool
    left: int
    views: int
    has_consented: bool
    delete_on: date | None

    @property
    def papers(self) -> tuple[PaperView, ...]:
        """Return every paper that is kept."""
        return tuple(paper for topic in self.topics for paper in topic.papers)


@dataclass(frozen=True)
class CasePapers:
    """Papers as the case shows them, deleted ones with what was found; `may_ask`: what was neither
    given nor asked for yet.
    """

    papers: tuple[PaperView, ...]
    asked: tuple[AskedView, ...]
    may_ask: tuple[EvidenceTopic, ...]
    is_waiting: bool


_VIEWS = select(func.count()).where(EvidenceView.evidence_id == Evidence.id).scalar_subquery()
_PAPER = (Evidence, _VIEWS, Staff.display_name)


def borrower_papers(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str
) -> BorrowerPapers:
    """Return what a borrower may show and has shown.

    Raises: NotFound, also for another borrower's version.
    """
    query = select(PlanVersion, Plan).join(Plan, Plan.id == PlanVersion.plan_id)
    row = session.execute(
        query.where(PlanVersion.public_id == version_public_id, Plan.borrower_id == borrower_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    version, plan = row
    asked = [one for one in _asked(session, context, plan.id) if not one.ended_why]
    waiting = asked[0] if asked and version.state == NEEDS else None
    papers = [one for one in _papers(session, plan.id) if one.deleted_at is None]
    told = hardship_of(session, context, version_public_id=version_public_id)
    reason = told.reason if told else UNSAID
    return BorrowerPapers(
        version=version.public_id,
        number=plan.number,
        reason=reason,
        topics=_topics(_listed(session, version, reason), papers, waiting),
        asked=waiting,
        may_add=version.state in TAKES_PAPERS and len(papers) < MOST_FILES,
        left=max(0, MOST_FILES - len(papers)),
        views=sum(one.views for one in papers),
        has_consented=holds_consent(session, borrower_id=borrower_id, document=CONSENT),
        delete_on=_delete_on(session, version),
    )


def has_papers(session: Session, *, version_public_id: str) -> bool:
    """Tell whether anything that was given with a version's plan is still kept."""
    of_plan = select(PlanVersion.plan_id).where(PlanVersion.public_id == version_public_id)
    kept = select(Evidence.id).where(
        Evidence.plan_id == of_plan.scalar_subquery(), Evidence.deleted_at.is_(None)
    )
    return session.scalar(kept.limit(1)) is not None


def case_papers(session: Session, context: Context, *, version_public_id: str) -> CasePapers:
    """Return the papers of a case.

    Raises: NotFound.
    """
    # The version is there also where no paper is.
    query = select(PlanVersion.state, PlanVersion.plan_id, *_PAPER).select_from(PlanVersion)
    joined = query.outerjoin(Evidence, Evidence.plan_id == PlanVersion.plan_id)
    rows = session.execute(
        joined.outerjoin(Staff, Staff.id == Evidence.judged_by)
        .where(PlanVersion.public_id == version_public_id)
        .order_by(Evidence.id)
    ).all()
    if not rows:
        raise NotFound
    state, plan_id = rows[0].state, rows[0].plan_id
    papers = tuple(_view(*one) for _state, _plan, *one in rows if one[0] is not None)
    asked = _asked(session, context, plan_id)
    taken = {one.topic.code for one in asked}
    taken |= {
        one.topic.code for one in papers if one.deleted_at is None and one.verdict != "unclear"
    }
    return CasePapers(
        papers=papers,
        asked=asked,
        may_ask=tuple(one for one in TOPICS.values() if one.code not in taken)
        if state == "submitted"
        else (),
        is_waiting=state == NEEDS,
    )


def _papers(session: Session, plan_id: int) -> tuple[PaperView, ...]:
    query = (
        select(*_PAPER)
        .outerjoin(Staff, Staff.id == Evidence.judged_by)
        .where(Evidence.plan_id == plan_id)
        .order_by(Evidence.id)
    )
    return tuple(_view(paper, seen, by) for paper, seen, by in session.execute(query))


def _view(paper: Evidence, views: int, judged_by: str | None) -> PaperView:
    kind = kind_in(paper.topic, paper.kind)
    if kind is None:  # a kind of another release
        raise NotFound
    return PaperView(
        paper.public_id,
        TOPICS[paper.topic],
        kind,
        paper.pages,
        paper.bytes,
        paper.received_at,
        paper.verdict or "",
        judged_by or "",
        paper.deleted_at,
        views,
    )


def _asked(session: Session, context: Context, plan_id: int) -> tuple[AskedView, ...]:
    days = active_policy(session)[1].clocks.document_days
    query = select(EvidenceRequest).where(EvidenceRequest.plan_id == plan_id)
    return tuple(
        AskedView(
            TOPICS[one.topic],
            context.vault.unseal(
                one.words_enc, table="evidence_requests", row=one.public_id, column="words"
            ),
            one.asked_at,
            beijing_date(one.asked_at) + timedelta(days=days),
            one.ended_why or "",
        )
        for one in session.scalars(query.order_by(EvidenceRequest.id))
    )


def _listed(session: Session, version: PlanVersion, reason: str) -> tuple[EvidenceTopic, ...]:
    # By the version that judges the plan, whatever has come since.
    return checklist(reason, texts_of(session, version=version.policy_version).checklists)


def _topics(
    listed: tuple[EvidenceTopic, ...], papers: list[PaperView], asked: AskedView | None
) -> tuple[TopicView, ...]:
    """What was asked for first, then by the reason, then what was given besides."""
    first = (asked.topic,) if asked else ()
    given = (one.topic for one in papers)
    order = {one.code: one for one in (*first, *listed, *given)}
    return tuple(
        TopicView(
            topic,
            tuple(one for one in papers if one.topic is topic),
            asked is not None and asked.topic is topic,
        )
        for topic in order.values()
    )


def _delete_on(session: Session, version: PlanVersion) -> date | None:
    decided = version.decided_at or version.ended_at
    if version.state in TAKES_PAPERS or decided is None:
        return None
    days = active_policy(session)[1].clocks.evidence_days
    return beijing_date(decided) + timedelta(days=days)

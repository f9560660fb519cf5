"""A borrower adds a photo or a paper."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.errors import DomainError, GatewayDown, NotFound, RuleBroken
from app.domain.evidence import (
    CONSENT,
    FILE_BYTES,
    MEGABYTES,
    MOST_FILES,
    NEEDS,
    TAKES_PAPERS,
    EvidenceKind,
    kind_in,
)
from app.domain.spans import within
from app.domain.texts import N_
from app.models import Consent, Evidence, Plan, PlanVersion, new_public_id
from app.ports.pictures import PictureRefused
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.evidence.files import store_pages
from app.services.evidence.steps import go_on, open_request, record
from app.services.plans.steps import LockedVersion, StateChanged, lock_version
from app.services.signin.consents import give_consent

DAY = timedelta(days=1)


class KindNeeded(RuleBroken):
    """Nobody said what it is."""

    code = "kind_needed"
    message = N_("请选一选，这是哪一种")


class PaperConsentNeeded(RuleBroken):
    """Bank and medical papers are taken only with a consent of their own."""

    code = "consent_needed"
    message = N_("这一种里有敏感的信息，要您单独同意才收；不同意，用别的几种就行")


class TooLarge(RuleBroken):
    """A file beyond the limit."""

    code = "file_too_large"
    message = N_("这张太大了，最大 %(most)s MB；用手机截个图再传，会小很多")
    values = MappingProxyType({"most": MEGABYTES})


class TooManyFiles(RuleBroken):
    """Enough was given."""

    code = "too_many_files"
    message = N_("已经有 %(most)s 份了，够看了；想换，请先删掉一份")
    values = MappingProxyType({"most": MOST_FILES})


class TooManyUploads(RuleBroken):
    """More within a day than the policy takes."""

    code = "too_many"
    message = N_("今天已经传了很多，请明天再传；着急的话，请打电话给我们")
    seconds = 3600


@dataclass(frozen=True)
class Upload:
    """A file as it came, and what its borrower says it is."""

    topic: str
    kind: str
    content: bytes
    has_consented: bool


def add_evidence(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str, upload: Upload
) -> str:
    """Keep a photo or a PDF as pictures made anew, sealed; return its public id. What was asked for
    lets the plan go on.

    Units: bytes.
    Idempotent on: the file, while it is kept; whatever form it came with.
    Raises: NotFound, StateChanged, KindNeeded, PaperConsentNeeded, TooLarge,
            TooManyFiles, TooManyUploads, PictureRefused, GatewayDown; then nothing of it is kept.
    Source: I-02, I-04, V5.2.2, V2.4.1.
    """
    kind = kind_in(upload.topic, upload.kind)
    if kind is None:
        raise KindNeeded
    if len(upload.content) > FILE_BYTES:
        raise TooLarge
    key, before = _looked_up(session, context, borrower_id, version_public_id, upload)
    if before is not None:
        return before
    if kind.is_private and not upload.has_consented:
        raise PaperConsentNeeded
    # Outside of the transaction: decoding takes a while, and nobody waits for it.
    pages = context.gateways.pictures.pictures(upload.content)
    row = new_public_id()
    store_pages(context, row=row, pages=pages)
    kept = row
    try:
        with transaction(session):
            locked = lock_version(
                session, context, version_public_id=version_public_id, borrower_id=borrower_id
            )
            found = _before(session, key)
            if found is None:
                paper = _paper(locked, upload=upload, kind=kind, row=row, pages=pages, key=key)
                _keep(session, context, locked, paper, kind)
            kept = found or row
    except DomainError:
        _let_go(context, row)
        raise
    # A commit that was not answered may have gone through: its pages are left to the sweep, which
    # asks the table.
    if kept != row:
        _let_go(context, row)
    return kept


def _let_go(context: Context, row: str) -> None:
    """Refused under the lock, or sent twice at once: nothing half-kept."""
    with suppress(GatewayDown):  # then the sweep does it
        context.gateways.papers.delete(row)


def _looked_up(
    session: Session, context: Context, borrower_id: int, version: str, upload: Upload
) -> tuple[str, str | None]:
    """Return the file's key, and the paper that it brought before; pass where one may be added.
    Looked at again under the lock.
    """
    query = select(PlanVersion.plan_id, PlanVersion.state, Plan.public_id).join(Plan)
    mine = query.where(PlanVersion.public_id == version, Plan.borrower_id == borrower_id)
    row = session.execute(mine).one_or_none()
    if row is None:
        raise NotFound
    key = _key(context, row.public_id, upload)
    found = _before(session, key)
    if found is None:
        if row.state not in TAKES_PAPERS:
            raise StateChanged
        _check_room(session, context, row.plan_id, borrower_id)
    return key, found


def _before(session: Session, key: str) -> str | None:
    query = select(Evidence.public_id).where(Evidence.request_key == key)
    return session.scalars(query).one_or_none()


def _check_room(session: Session, context: Context, plan_id: int, borrower_id: int) -> None:
    kept = select(func.count()).where(Evidence.plan_id == plan_id, Evidence.deleted_at.is_(None))
    if (session.scalar(kept) or 0) >= MOST_FILES:
        raise TooManyFiles
    lately = (
        select(func.count(Evidence.id))
        .join(Plan, Plan.id == Evidence.plan_id)
        .where(Plan.borrower_id == borrower_id)
        .where(Evidence.received_at.between(*within(context.now, DAY)))
    )
    if (session.scalar(lately) or 0) >= active_policy(session)[1].limits.uploads_per_day:
        raise TooManyUploads


def _paper(
    locked: LockedVersion,
    *,
    upload: Upload,
    kind: EvidenceKind,
    row: str,
    pages: tuple[bytes, ...],
    key: str,
) -> Evidence:
    return Evidence(
        public_id=row,
        plan_id=locked.plan.id,
        topic=upload.topic,
        kind=kind.code,
        pages=len(pages),
        sha256=hashlib.sha256(b"".join(pages)).hexdigest(),
        bytes=sum(map(len, pages)),
        received_at=locked.now,
        request_key=key,
    )


def _keep(
    session: Session, context: Context, locked: LockedVersion, paper: Evidence, kind: EvidenceKind
) -> None:
    """An answer takes the same lock on the version: a paper comes before it or not at all."""
    if locked.version.state not in TAKES_PAPERS:
        raise StateChanged
    borrower_id = locked.plan.borrower_id
    _check_room(session, context, locked.plan.id, borrower_id)
    if kind.is_private:
        paper.consent_id = _consent(session, context, borrower_id)
    session.add(paper)
    changes: dict[str, str | None] = {}
    if locked.version.state == NEEDS:
        asked = open_request(session, version_id=locked.version.id)
        if asked is not None and asked.topic == paper.topic:
            changes = go_on(session, context, locked=locked, asked=asked, why="given")
    told = {"paper": paper.public_id, "pages": paper.pages, "sha256": paper.sha256}
    record(session, context, locked=locked, action="evidence.added", after=told)
    if changes:
        went_on = "plan.document_given"
        record(session, context, locked=locked, action=went_on, after=changes, before=NEEDS)


def _consent(session: Session, context: Context, borrower_id: int) -> int:
    give_consent(session, context, borrower_id=borrower_id, name=CONSENT)
    session.flush()
    held = select(Consent.id).where(
        Consent.borrower_id == borrower_id,
        Consent.document == CONSENT,
        Consent.withdrawn_at.is_(None),
    )
    return session.scalars(held.order_by(Consent.id.desc()).limit(1)).one()


def _key(context: Context, plan: str, upload: Upload) -> str:
    """The file itself is the key, whatever form it came with: what a broken line may have brought
    is sent again without a second one (ADR 0050).
    """
    if not upload.content:
        raise PictureRefused("kind")
    content = hashlib.sha256(upload.content).hexdigest()
    parts = (context.actor.who, plan, upload.topic, upload.kind, content)
    return context.vault.fingerprint("\n".join(parts), purpose="request")

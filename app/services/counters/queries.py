"""A counter-offer as its borrower reads it, and everything that went to and fro in a plan on one
page: every version with its author's words, and the messages about it. Reads only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.masks import masked_staff
from app.domain.plan_terms import PlannedTerms, moved_of, read_terms
from app.domain.policy import share_of_surplus
from app.domain.states import LENDER, state_on
from app.models import Message, Plan, PlanVersion, Staff, Thread, VersionRelease
from app.services.core.context import Context
from app.services.hardship.records import Hardship, open_hardship
from app.services.plans.status_queries import PlanStatus, plan_status
from app.services.plans.words_queries import words_of_versions

MOST_SHOWN = 30


@dataclass(frozen=True)
class TalkRow:
    """One thing that was put forward or said, the newest first. Of a version its number and terms,
    who wrote it and who released it; of a message its words. `by` is empty for the borrower;
    `words` are the author's.
    """

    at: datetime
    by: str
    words: str
    version: str = ""
    number: int = 0
    state: str = ""
    terms: PlannedTerms | None = None
    released: tuple[str, ...] = ()
    why: str = ""
    thread: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether the lender put it forward or said it."""
        return bool(self.by)


@dataclass(frozen=True)
class CounterView:
    """A counter-offer beside what its borrower proposed last; shares are of what is left of their
    income, None where that was not told.
    """

    ours: PlannedTerms
    theirs: PlannedTerms
    number: int
    by: str
    words: str
    released: tuple[str, ...]
    our_share: str | None
    their_share: str | None
    talk: tuple[TalkRow, ...]

    @property
    def less_fen(self) -> int:
        """Return by how much the highest instalment is lower; below zero it is higher."""
        return self.theirs.highest_fen - self.ours.highest_fen

    @property
    def fewer(self) -> int:
        """Return by how many instalments it is shorter; below zero it is longer."""
        return self.theirs.periods - self.ours.periods

    @property
    def months_later(self) -> int:
        """Return by how many months it ends later; below zero it ends earlier."""
        ours, theirs = self.ours.ends_on, self.theirs.ends_on
        return (ours.year - theirs.year) * 12 + ours.month - theirs.month

    @property
    def saves_fen(self) -> int:
        """Return by how much less it all comes to; below zero it is more."""
        return self.theirs.total_fen - self.ours.total_fen

    @property
    def waives_more_fen(self) -> int:
        """Return by how much more is waived."""
        return self.ours.waived_fen - self.theirs.waived_fen

    @property
    def rate_lower_ppm(self) -> int:
        """Return by how much the annual rate is lower, in ppm."""
        return self.theirs.annual_rate_ppm - self.ours.annual_rate_ppm


@dataclass(frozen=True)
class CounterShown:
    """What a counter-offer brings its borrower: the SMS word by word, the page, and its hash."""

    sms: str
    page: PlanStatus
    counter: CounterView
    releases_needed: int
    sha256: str = ""


def counter_view(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str
) -> CounterView | None:
    """Return a borrower's counter-offer with all that went to and fro; None for a version that is
    none: six queries however long the talk is.

    Raises: NotFound, also for another borrower's version.
    """
    mine = (
        select(PlanVersion)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(PlanVersion.public_id == version_public_id, Plan.borrower_id == borrower_id)
    )
    version = session.scalars(mine).one_or_none()
    if version is None:
        raise NotFound
    if version.author_kind != LENDER or version.submitted_at is None:
        return None
    talk = talk_of(session, context, plan_id=version.plan_id, for_borrower=True)
    own = next(one for one in talk if one.version == version_public_id)
    before = next(
        one for one in talk if one.terms and not one.is_ours and one.number < version.number
    )
    ours = read_terms(version.terms, moved=moved_of(version))
    theirs = before.terms or ours
    surplus = _told(context, version).surplus_fen
    return CounterView(
        ours=ours,
        theirs=theirs,
        number=version.number,
        by=own.by,
        words=own.words,
        released=own.released,
        our_share=None if surplus is None else share_of_surplus(ours.highest_fen, surplus),
        their_share=None if surplus is None else share_of_surplus(theirs.highest_fen, surplus),
        talk=talk,
    )


def talk_of_version(
    session: Session, context: Context, *, version_public_id: str
) -> tuple[TalkRow, ...]:
    """Return what went to and fro in the plan of a version, for the desk.

    Raises: NotFound.
    """
    plan_id = session.scalar(
        select(PlanVersion.plan_id).where(PlanVersion.public_id == version_public_id)
    )
    if plan_id is None:
        raise NotFound
    return talk_of(session, context, plan_id=plan_id)


def talk_of(
    session: Session, context: Context, *, plan_id: int, for_borrower: bool = False
) -> tuple[TalkRow, ...]:
    """Return every version of a plan that was put forward and every message about it, the newest
    first. Its borrower reads no whole name of staff.
    """
    put_forward = PlanVersion.plan_id == plan_id, PlanVersion.submitted_at.is_not(None)
    versions = session.scalars(
        select(PlanVersion)
        .where(*put_forward)
        .order_by(PlanVersion.number.desc())
        .limit(MOST_SHOWN)
    ).all()
    ids = [one.id for one in versions]
    words = words_of_versions(session, context, ids=ids)
    behind = _released(session, ids)
    people = [person for each in behind.values() for person in each]
    names = _names(session, [*people, *(one.author_person for one in versions)])
    rows = [
        TalkRow(
            at=one.submitted_at or context.now,
            by=_by(one, names),
            words=words.get((one.id, "borrower"), ""),
            version=one.public_id,
            number=one.number,
            state=state_on(one.state, valid_until_at=one.valid_until_at, today=context.today),
            terms=read_terms(one.terms, moved=moved_of(one)),
            released=tuple(names.get(person, person) for person in behind.get(one.id, [])),
            why=words.get((one.id, "recalled"), ""),
        )
        for one in versions
    ]
    rows += _messages(session, context, plan_id)
    shown = sorted(rows, key=lambda one: (one.at, one.number), reverse=True)
    return tuple(_masked(one) for one in shown) if for_borrower else tuple(shown)


def shown_counter(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str, sms: str
) -> CounterShown:
    """Return what a counter-offer that was just let go brings its borrower.

    Raises: NotFound.
    """
    mine = (session, context)
    view = counter_view(*mine, borrower_id=borrower_id, version_public_id=version_public_id)
    if view is None:
        raise NotFound
    page = plan_status(*mine, borrower_id=borrower_id, version_public_id=version_public_id)
    return CounterShown(sms, page, view, 0)


def _told(context: Context, version: PlanVersion) -> Hardship:
    told = open_hardship(
        version.hardship_enc, vault=context.vault, table="plan_versions", row=version.public_id
    )
    return told or Hardship()


def _by(version: PlanVersion, names: dict[str, str]) -> str:
    if version.author_kind != LENDER:
        return ""
    return names.get(version.author_person, version.author_person)


def _released(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    query = select(VersionRelease.version_id, VersionRelease.person_id)
    found: dict[int, list[str]] = {}
    for version, person in session.execute(
        query.where(VersionRelease.version_id.in_(ids)).order_by(VersionRelease.id)
    ):
        found.setdefault(version, []).append(person)
    return found


def _names(session: Session, people: Sequence[str]) -> dict[str, str]:
    query = select(Staff.person_id, Staff.display_name).where(Staff.person_id.in_(set(people)))
    # One person may have several accounts; they have one name.
    return {person: name for person, name in session.execute(query)}


def _messages(session: Session, context: Context, plan_id: int) -> list[TalkRow]:
    of_plan = select(PlanVersion.id).where(PlanVersion.plan_id == plan_id)
    query = (
        select(Message, Thread.public_id, Staff.display_name)
        .join(Thread, Thread.id == Message.thread_id)
        .outerjoin(Staff, Message.author == "staff:" + Staff.public_id)
        .where(Thread.version_id.in_(of_plan), Message.words_enc.is_not(None))
        .order_by(Message.id.desc())
        .limit(MOST_SHOWN)
    )
    return [
        TalkRow(
            at=one.at,
            by="" if one.author.startswith("borrower:") else name or one.author,
            words=context.vault.unseal(
                one.words_enc, table="messages", row=one.request_key or "", column="words"
            ),
            thread=thread,
        )
        for one, thread, name in session.execute(query)
        if one.words_enc
    ]


def _masked(row: TalkRow) -> TalkRow:
    return replace(
        row,
        by=masked_staff(row.by) if row.by else "",
        released=tuple(masked_staff(one) for one in row.released),
    )

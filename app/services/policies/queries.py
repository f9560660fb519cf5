"""The versions of the policy and the draft of one, as administrators see them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.policy import Policy
from app.domain.policy_checks import Fault, contradictions, doubts
from app.domain.policy_numbers import Difference, differences
from app.domain.policy_texts import (
    PolicyTexts,
    TextDifference,
    TextFault,
    text_differences,
    text_faults,
)
from app.models import Agreement, PlanVersion, PolicyDraft, PolicyVersion, Staff
from app.services.core.context import Context
from app.services.core.policy import active_policy, policies_of, texts_of
from app.services.policies.latest_queries import draft_texts, earliest_day, latest_version

STAFF = "staff:"


@dataclass(frozen=True)
class PolicyRow:
    """One version: from when on, by whom, what it changed, how many agreements were signed under
    it. Who released one is no member of staff: then the name is empty.
    """

    version: str
    state: str
    from_on: date
    made_by: str
    activated_by: str
    changed: tuple[Difference, ...]
    said: tuple[TextDifference, ...]
    texts: PolicyTexts
    signed: int


@dataclass(frozen=True)
class DraftView:
    """A draft beside the version it was made from: what differs, what contradicts, what is unusual;
    who may do what with it.
    """

    public_id: str
    version: str
    base_version: str
    state: str
    edition: int
    policy: Policy
    base: Policy
    from_on: date | None
    earliest_on: date
    made_by: str
    made_at: datetime
    is_mine: bool
    changed: tuple[Difference, ...]
    faults: tuple[Fault, ...]
    doubts: tuple[Fault, ...]
    texts: PolicyTexts
    base_texts: PolicyTexts
    said: tuple[TextDifference, ...]
    text_faults: tuple[TextFault, ...]

    @property
    def is_editable(self) -> bool:
        """Whether the reader may edit it now."""
        return self.is_mine and self.state == "open"

    @property
    def may_activate(self) -> bool:
        """Whether the reader is the second person it waits for."""
        return self.state == "handed" and not self.is_mine


def open_draft(session: Session, context: Context) -> DraftView | None:
    """Return the draft that is open, if any."""
    found = session.scalars(select(PolicyDraft).where(PolicyDraft.is_open)).one_or_none()
    return None if found is None else _view(session, context, found)


def draft_view(session: Session, context: Context, *, public_id: str) -> DraftView:
    """Return an open draft. Raises: NotFound, also for one that is over."""
    query = select(PolicyDraft).where(PolicyDraft.public_id == public_id, PolicyDraft.is_open)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return _view(session, context, found)


def version_rows(session: Session, context: Context) -> tuple[PolicyRow, ...]:
    """Return every version, the latest first: six queries however many."""
    running = active_policy(session)[0]
    rows = session.scalars(select(PolicyVersion).order_by(PolicyVersion.id)).all()
    names = _names(session, (who for one in rows for who in (one.made_by, one.activated_by)))
    policies = policies_of(session, versions=[one.version for one in rows])
    signed = _signed(session)
    found: list[PolicyRow] = []
    before: Policy | None = None
    texts_before: PolicyTexts | None = None
    for one in rows:
        policy, texts = policies[one.version], texts_of(session, version=one.version)
        found.append(
            PolicyRow(
                version=one.version,
                state=_state(one, running, context.today),
                from_on=one.from_on or beijing_date(one.activated_at or one.made_at),
                made_by=names.get(one.made_by, ""),
                activated_by=names.get(one.activated_by or "", ""),
                changed=differences(before, policy) if before else (),
                said=text_differences(texts_before, texts) if texts_before else (),
                texts=texts,
                signed=signed.get(one.version, 0),
            )
        )
        before, texts_before = policy, texts
    return tuple(reversed(found))


def _state(one: PolicyVersion, running: str, today: date) -> str:
    if one.version == running:
        return "running"
    return "waiting" if one.from_on and one.from_on > today else "used"


def _view(session: Session, context: Context, draft: PolicyDraft) -> DraftView:
    base = latest_version(session)
    before, after = Policy.from_values(base.values), Policy.from_values(draft.values)
    texts, base_texts = draft_texts(session, draft=draft), texts_of(session, version=base.version)
    return DraftView(
        public_id=draft.public_id,
        version=draft.version,
        base_version=base.version,
        state=draft.state,
        edition=draft.edition,
        policy=after,
        base=before,
        from_on=draft.from_on,
        earliest_on=earliest_day(session, context),
        made_by=_names(session, [draft.made_by]).get(draft.made_by, ""),
        made_at=draft.made_at,
        is_mine=draft.made_person == context.staff.person_id,
        changed=differences(before, after),
        faults=contradictions(after),
        doubts=doubts(after),
        texts=texts,
        base_texts=base_texts,
        said=text_differences(base_texts, texts),
        text_faults=text_faults(texts),
    )


def _names(session: Session, actors: Iterable[str | None]) -> Mapping[str, str]:
    wanted = {one.removeprefix(STAFF) for one in actors if one and one.startswith(STAFF)}
    query = select(Staff.public_id, Staff.display_name).where(Staff.public_id.in_(wanted))
    return {STAFF + row[0]: row[1] for row in session.execute(query)} if wanted else {}


def _signed(session: Session) -> Mapping[str, int]:
    query = (
        select(PlanVersion.policy_version, func.count(Agreement.id))
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .group_by(PlanVersion.policy_version)
    )
    return {row[0]: row[1] for row in session.execute(query)}

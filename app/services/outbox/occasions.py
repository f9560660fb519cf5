"""What a message is about: looked at again right before it goes, so that nothing untrue is sent.
Only reads.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.states import KEPT_PLANS, state_on
from app.models import (
    Hold,
    Loan,
    Message,
    Plan,
    PlanDraft,
    PlanLoan,
    PlanNotice,
    PlanVersion,
    SignInCode,
)
from app.services.keeping.readable import readable_standings

# Of a notice: what is told is that it was taken back.
TAKEN_BACK = "taken_back"

Kind = Literal["version", "instalment", "hold", "draft", "message", "code", "plan", "notice"]


@dataclass(frozen=True)
class Occasion:
    """What a message tells of. `of` is a version's, message's or code's public key, a draft's loan,
    a hold's id, for an instalment its version's id; `state` is a version's or plan's as it is told,
    of an instalment its number and day (`due_state`).
    """

    kind: Kind
    of: str
    state: str = ""

    @property
    def stored(self) -> dict[str, str]:
        """Return it as it lies beside the words until they are sent."""
        return {"kind": self.kind, "of": self.of, "state": self.state}


def due_state(number: int, due_on: date) -> str:
    """Return how the occasion of an instalment tells which one falls due when."""
    return f"{number} {due_on.isoformat()}"


def occasion_from(stored: Mapping[str, Any] | None) -> Occasion | None:
    """Return what a waiting message is about; None where it never stops being true, and for one
    that an earlier release wrote.
    """
    return Occasion(**stored) if stored else None


def still_stands(session: Session, *, occasion: Occasion, now: datetime) -> bool:
    """Tell whether what a message says is still so: approved and not signed since, an answer not
    read yet, a plan still kept.

    Source: U-05, quality U25.
    """
    return _STANDS[occasion.kind](session, occasion, now)


def all_that_stand(
    session: Session, *, occasions: Collection[Occasion], now: datetime
) -> frozenset[Occasion]:
    """Return of some hundreds of occasions those that are still so; instalments at one stroke, for
    a morning's reminders are many.
    """
    versions = {int(one.of) for one in occasions if one.kind == "instalment"}
    kept = standing_instalments(session, version_ids=versions, now=now) if versions else ()
    left = _left_of(session, kept, now)
    return frozenset(
        one
        for one in occasions
        if (
            _is_asked(one, left)
            if one.kind == "instalment"
            else still_stands(session, occasion=one, now=now)
        )
    )


def _version(session: Session, occasion: Occasion, now: datetime) -> bool:
    found = select(PlanVersion.state, PlanVersion.valid_until_at).where(
        PlanVersion.public_id == occasion.of
    )
    row = session.execute(found).one_or_none()
    # The day ends an offer, also where the job that records it has not come by (ADR 0030).
    return row is not None and occasion.state == state_on(
        row.state, valid_until_at=row.valid_until_at, today=beijing_date(now)
    )


def standing_instalments(
    session: Session, *, version_ids: Collection[int], now: datetime
) -> frozenset[int]:
    """Return of these versions those that are kept and that nothing keeps quiet: no breathing
    space, no loan missing from the file until a person or a later file says.

    Source: default policy, reminders.
    """
    # At most some hundreds: a database takes so many values in one query.
    mine = Plan.active_version_id.in_(version_ids)
    kept = select(Plan.active_version_id, Plan.borrower_id).where(mine, Plan.state.in_(KEPT_PLANS))
    borrowers = {version: borrower for version, borrower in session.execute(kept) if version}
    quiet = select(Hold.borrower_id).where(
        Hold.borrower_id.in_(set(borrowers.values())), Hold.cause == "breathing", *_runs(now)
    )
    missing = (
        select(Plan.active_version_id)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .where(mine, Loan.missing_since_on.is_not(None))
    )
    left_in_peace, gone = set(session.scalars(quiet)), set(session.scalars(missing))
    return frozenset(
        version
        for version, borrower in borrowers.items()
        if borrower not in left_in_peace and version not in gone
    )


def _left_of(
    session: Session, version_ids: Collection[int], now: datetime
) -> dict[int, dict[str, str]]:
    """Return the numbers of which something is left to pay, with the day each falls due, by
    version.
    """
    if not version_ids:
        return {}
    plans = select(Plan.id, Plan.active_version_id).where(Plan.active_version_id.in_(version_ids))
    versions = {plan_id: version for plan_id, version in session.execute(plans) if version}
    found = readable_standings(session, plan_ids=versions, as_of=beijing_date(now))
    return {
        versions[plan_id]: {
            str(one.number): due_state(one.number, one.due_on)
            for one in stands.instalments
            if one.left_fen and not one.is_regular
        }
        for plan_id, stands in found.items()
    }


def _is_asked(occasion: Occasion, left: Mapping[int, Mapping[str, str]]) -> bool:
    """Whether an instalment is still to be paid, on the day that is told; an earlier release told
    no day, or not even a number.
    """
    due = left.get(int(occasion.of), {})
    number, _, day = occasion.state.partition(" ")
    if not number:
        return bool(due)
    return due.get(number) == occasion.state if day else number in due


def _instalment(session: Session, occasion: Occasion, now: datetime) -> bool:
    return bool(all_that_stand(session, occasions=[occasion], now=now))


def _hold(session: Session, occasion: Occasion, now: datetime) -> bool:
    return _exists(session, Hold.id == int(occasion.of), *_runs(now))


def _draft(session: Session, occasion: Occasion, now: datetime) -> bool:
    """It goes when it is submitted, and then nothing waits to be read through."""
    loan = PlanDraft.loan_id == int(occasion.of)
    return _exists(session, loan, PlanDraft.entered_by.is_not(None), PlanDraft.expires_at > now)


def _message(session: Session, occasion: Occasion, _now: datetime) -> bool:
    return _exists(session, Message.request_key == occasion.of, Message.read_at.is_(None))


def _code(session: Session, occasion: Occasion, now: datetime) -> bool:
    return _exists(
        session,
        SignInCode.public_id == occasion.of,
        SignInCode.used_at.is_(None),
        SignInCode.void_at.is_(None),
        SignInCode.expires_at > now,
    )


def _plan(session: Session, occasion: Occasion, _now: datetime) -> bool:
    return _exists(session, Plan.public_id == occasion.of, Plan.state == occasion.state)


def _notice(session: Session, occasion: Occasion, _now: datetime) -> bool:
    mine = PlanNotice.public_id == occasion.of
    is_back = PlanNotice.taken_back_at.is_not(None)
    return _exists(session, mine, is_back if occasion.state == TAKEN_BACK else ~is_back)


def _runs(now: datetime) -> tuple[Any, ...]:
    return Hold.from_at <= now, or_(Hold.until_at.is_(None), Hold.until_at > now)


def _exists(session: Session, *conditions: Any) -> bool:
    return session.scalar(select(select(1).where(*conditions).exists())) is True


_STANDS: Mapping[Kind, Callable[[Session, Occasion, datetime], bool]] = {
    "version": _version,
    "instalment": _instalment,
    "hold": _hold,
    "draft": _draft,
    "message": _message,
    "code": _code,
    "plan": _plan,
    "notice": _notice,
}

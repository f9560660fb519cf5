"""The page of a caller at the desk: what to ask now, what was asked, what the last weeks saw."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.caller import ITEMS, RIGHT_TO_PASS, WRONG_TO_STOP, AnswerGiven, Item, next_item
from app.domain.masks import masked_mobile, masked_name
from app.models import Borrower, IdentityAnswer, IdentityCheck, Staff
from app.services.core.context import Context
from app.services.identity.items import known_items
from app.services.identity.people import person_of
from app.services.identity.standing import own_check, stopped_until, wrong_lately

SHOWN_DAYS = 90
MOST_SHOWN = 10


@dataclass(frozen=True)
class AnswerRow:
    """One answer of the call; wrong_so_far counts all calls that count together."""

    at: datetime
    item: str
    result: str
    wrong_so_far: int


@dataclass(frozen=True)
class EarlierCheck:
    """A check of the last weeks: when, by whom, how it ended and how often wrongly."""

    at: datetime
    staff: str
    state: str
    wrong: int


@dataclass(frozen=True)
class CallerView:
    """Who is said to be calling, masked, and where the check of the call stands.

    asked is the item to ask now, or empty; left those that were not asked yet.
    """

    borrower: str
    customer_no: str
    name: str
    mobile: str
    check: str
    state: str
    asked: Item | None
    left: tuple[str, ...]
    answers: tuple[AnswerRow, ...]
    wrong: int
    stopped_until_at: datetime | None
    earlier: tuple[EarlierCheck, ...]

    @property
    def has_passed(self) -> bool:
        """Whether the caller is known to be the borrower."""
        return self.state == "passed"

    @property
    def right(self) -> int:
        """Return how many items were right in this call."""
        return sum(one.result == "right" for one in self.answers)

    @property
    def still_needed(self) -> int:
        """Return how many more right answers pass."""
        return max(0, RIGHT_TO_PASS - self.right)

    @property
    def most_wrong(self) -> int:
        """Return how many wrong answers stop the checks."""
        return WRONG_TO_STOP


def caller_view(session: Session, context: Context, *, borrower_public_id: str) -> CallerView:
    """Return the page of a caller for the acting member of staff; it holds no right answer.

    Raises: NotFound.
    Source: I-16, I-17.
    """
    person = person_of(session, borrower_public_id=borrower_public_id)
    check = own_check(session, context, borrower=person[0])
    wrong = wrong_lately(session, context, person=person)
    answers = _answers(session, check, wrong) if check is not None else ()
    known = known_items(session, context, person=person)
    is_open = check is not None and check.state == "open"
    stopped = stopped_until(session, context, person=person)
    given = tuple(AnswerGiven(one.item, one.result) for one in answers)
    seen = {one.item for one in given}
    return CallerView(
        borrower=borrower_public_id,
        customer_no=person[0].customer_no,
        name=masked_name(_unsealed(context, person[0], "name")),
        mobile=masked_mobile(_unsealed(context, person[0], "mobile")),
        check=check.public_id if check is not None else "",
        state=check.state if check is not None else "",
        asked=next_item(known, given) if is_open and stopped is None else None,
        left=tuple(one for one in ITEMS if one in known and one not in seen),
        answers=answers,
        wrong=wrong,
        stopped_until_at=stopped,
        earlier=_earlier(session, context, person, check),
    )


def _unsealed(context: Context, borrower: Borrower, column: str) -> str:
    sealed = borrower.name_enc if column == "name" else borrower.mobile_enc
    return context.vault.unseal(sealed, table="borrowers", row=borrower.public_id, column=column)


def _answers(session: Session, check: IdentityCheck, wrong: int) -> tuple[AnswerRow, ...]:
    query = select(IdentityAnswer.at, IdentityAnswer.item, IdentityAnswer.result)
    query = query.where(IdentityAnswer.check_id == check.id).order_by(IdentityAnswer.id)
    rows = session.execute(query).all()
    # From what counts now back to what counted before this call.
    so_far = wrong - sum(result == "wrong" for _at, _item, result in rows)
    found = []
    for at, item, result in rows:
        so_far += result == "wrong"
        found.append(AnswerRow(at, item, result, max(0, so_far)))
    return tuple(found)


def _earlier(
    session: Session, context: Context, person: tuple[Borrower, ...], now: IdentityCheck | None
) -> tuple[EarlierCheck, ...]:
    wrong = (
        select(func.count())
        .where(IdentityAnswer.check_id == IdentityCheck.id, IdentityAnswer.result == "wrong")
        .scalar_subquery()
    )
    staff = func.coalesce(Staff.display_name, "")
    query = (
        select(IdentityCheck.started_at, staff, IdentityCheck.state, wrong)
        .outerjoin(Staff, IdentityCheck.by == "staff:" + Staff.public_id)
        .where(
            IdentityCheck.borrower_id.in_([one.id for one in person]),
            IdentityCheck.started_at > context.now - timedelta(days=SHOWN_DAYS),
            IdentityCheck.id != (now.id if now is not None else 0),
        )
        .order_by(IdentityCheck.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(EarlierCheck(*row) for row in session.execute(query))

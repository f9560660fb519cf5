"""What people have to decide about files, as the desk sees it: two mobiles or names of one person,
a file to be taken back. Reads only.
"""

from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.masks import masked_mobile, masked_name
from app.models import (
    Agreement,
    Borrower,
    ContestedValue,
    LoanSnapshot,
    NightlyFile,
    NightlyFileAct,
    Plan,
    PlanLoan,
    PlanVersion,
    Staff,
)
from app.models.befores import LOAN_BEFORES
from app.services.core.context import Context

MOST_LISTED = 100
ASK = "ask"


@dataclass(frozen=True)
class ContestedPerson:
    """A borrower, and by field the values to choose from, each with its row."""

    public_id: str
    customer_no: str
    choices: dict[str, tuple[tuple[int, str], ...]]


def contested_people(session: Session, context: Context) -> tuple[ContestedPerson, ...]:
    """Return the first people about whom somebody has to decide, the oldest first."""
    ids = select(ContestedValue.borrower_id).distinct().order_by(ContestedValue.borrower_id)
    found = session.scalars(ids.limit(MOST_LISTED)).all()
    people = session.scalars(select(Borrower).where(Borrower.id.in_(found)).order_by(Borrower.id))
    return tuple(_person(session, context, one) for one in people)


def contested_person(
    session: Session, context: Context, *, public_id: str, is_masked: bool = True
) -> ContestedPerson:
    """Return one of them.

    Raises: NotFound, also for a borrower about whom there is nothing to decide.
    """
    one = select(Borrower).where(Borrower.public_id == public_id, Borrower.is_contested)
    borrower = session.scalars(one).one_or_none()
    if borrower is None:
        raise NotFound
    return _person(session, context, borrower, is_masked=is_masked)


def _person(
    session: Session, context: Context, borrower: Borrower, *, is_masked: bool = True
) -> ContestedPerson:
    values = session.scalars(
        select(ContestedValue)
        .where(ContestedValue.borrower_id == borrower.id)
        .order_by(ContestedValue.field, ContestedValue.value_hmac)
    )
    choices: dict[str, tuple[tuple[int, str], ...]] = {}
    for one in values:
        text = context.vault.unseal(
            one.value_enc, table="borrowers", row=borrower.public_id, column=one.field
        )
        masked = masked_mobile(text) if one.field == "mobile" else masked_name(text)
        shown = (one.id, masked if is_masked else text)
        choices[one.field] = (*choices.get(one.field, ()), shown)
    return ContestedPerson(borrower.public_id, borrower.customer_no, choices)


@dataclass(frozen=True)
class TakingBackView:
    """Whether a file can be asked back, who asks and why, and what came on its loans since."""

    may_be_asked: bool
    asked_by: str
    asked_words: str
    asked_person: str | None
    since: tuple[str, ...]

    @property
    def is_asked(self) -> bool:
        """Whether another person has to answer."""
        return bool(self.asked_words)


def taking_back_view(session: Session, *, public_id: str) -> TakingBackView:
    """Return how it stands with taking a file back. Raises: NotFound."""
    one = select(NightlyFile).where(NightlyFile.public_id == public_id)
    file = session.scalars(one).one_or_none()
    if file is None:
        raise NotFound
    newest, asked = newest_applied(session), open_ask(session, file_id=file.id)
    is_newest = newest is not None and newest.id == file.id
    may = is_newest and asked is None and file.can_go_back
    if asked is None or not is_newest:
        return TakingBackView(may, "", "", None, ())
    name = select(Staff.display_name).where(Staff.public_id == asked.who.removeprefix("staff:"))
    return TakingBackView(
        False,
        session.scalar(name) or "",
        asked.words,
        asked.person_id,
        done_since(session, file=file),
    )


def newest_applied(session: Session) -> NightlyFile | None:
    """Return the file whose figures stand."""
    applied = select(NightlyFile).where(NightlyFile.state == "applied")
    return session.scalars(applied.order_by(NightlyFile.id.desc()).limit(1)).first()


def open_ask(session: Session, *, file_id: int) -> NightlyFileAct | None:
    """Return the request to take a file back that nobody has answered."""
    acts = select(NightlyFileAct).where(NightlyFileAct.file_id == file_id)
    last = session.scalars(acts.order_by(NightlyFileAct.id.desc()).limit(1)).first()
    return last if last is not None and last.act == ASK else None


def done_since(session: Session, *, file: NightlyFile) -> tuple[str, ...]:
    """Return the numbers of agreements and plans that came on the file's loans since it did."""
    # Plans since a file are few, its loans may be all there are.
    changed = exists().where(
        LOAN_BEFORES.c.loan_id == PlanLoan.loan_id, LOAN_BEFORES.c.file_id == file.id
    )
    figures = exists().where(
        LoanSnapshot.loan_id == PlanLoan.loan_id, LoanSnapshot.file_id == file.id
    )
    query = (
        select(Plan.number, Agreement.number)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .outerjoin(Agreement, Agreement.version_id == PlanVersion.id)
        .where(changed | figures)
        .where(
            (PlanVersion.submitted_at >= file.received_at)
            | (Agreement.signed_at >= file.received_at)
        )
        .order_by(Plan.id, PlanVersion.id)
    )
    found = (number for row in session.execute(query) for number in row if number)
    return tuple(dict.fromkeys(found))

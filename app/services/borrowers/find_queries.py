"""What a desk search means: every way to read a text, whom it finds, and where it leads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from app.domain.characters import mobile_digits, plain_number
from app.domain.id_papers import papers_of
from app.models import Agreement, Borrower, CallbackRequest, Loan, Plan, PlanVersion, Thread
from app.models.loan import REF_END_CHARS
from app.services.borrowers.desk_queries import BorrowerRow, rows_of
from app.services.core.context import Context

FoundBy = Literal[
    "mobile", "id", "last_four", "name", "reference", "customer", "our_number", "number"
]
LedTo = Literal["borrower", "loan", "case", "thread", "callback"]
# Wider than the mobiles we store: a number that cannot be one is still searched as one, and found
# to be nobody's.
MOBILE = re.compile(r"1\d{10}")
ID_NUMBER = re.compile(r"\d{17}[\dX]")
LAST_FOUR = re.compile(r"(?=[A-Z]*\d)[\dA-Z]{4}")
# What we give: AH-00318, AH-00318-1, ZX-00012, TS-00012, HD-00012.
OUR_NUMBER = re.compile(r"[A-Z]{2}-\d+(-\d+)?")
# After every character a reference can go on with.
LAST_CHARACTER = "\U0010ffff"
# Of each way; nobody goes through more than the borrowers of a page.
MOST_HITS = 100


@dataclass(frozen=True)
class Lead:
    """The one page that a search means."""

    page: LedTo
    public_id: str


@dataclass(frozen=True)
class Found:
    """Whom a search found, by what, and where it leads when it means exactly one thing."""

    by: FoundBy
    rows: tuple[BorrowerRow, ...]
    lead: Lead | None


class Hit(NamedTuple):
    """One thing of that text; a callback may be nobody's we know."""

    by: FoundBy
    lead: Lead
    borrower_id: int | None


class _Way(NamedTuple):
    """One reading of a text; the query gives borrower and public id of the page."""

    by: FoundBy
    page: LedTo
    query: Select[*tuple[Any, ...]]


def normalised(text: str) -> str:
    """Return a search text in half width without blanks and what nobody sees; mobiles without
    country code, identity numbers with X.
    """
    # Numbers are pasted from spreadsheets, messages and contacts.
    digits = mobile_digits(text)
    if MOBILE.fullmatch(digits):
        return digits
    plain = plain_number(text)
    return plain.upper() if ID_NUMBER.fullmatch(plain.upper()) else plain


def kind_of(text: str) -> FoundBy:
    """Tell what a desk search is for by its shape; `text` is as normalised() returns it."""
    shapes: tuple[tuple[re.Pattern[str], FoundBy], ...] = (
        (MOBILE, "mobile"),
        (ID_NUMBER, "id"),
        (LAST_FOUR, "last_four"),
        (OUR_NUMBER, "our_number"),
    )
    for shape, kind in shapes:
        if shape.fullmatch(text.upper()):
            return kind
    return "name" if _is_name(text) else "number"


def found_by(session: Session, context: Context, *, text: str) -> Found:
    """Return the borrowers of a whole name, a whole number or its last four, or a loan's reference
    whole, from the start or by its end; `text` is as normalised() returns it.
    """
    hits = list(_hits(session, context, text)) if text else []
    people = {one.borrower_id for one in hits if one.borrower_id is not None}
    rows = rows_of(session, context, borrower_ids=people)
    return Found(hits[0].by if hits else kind_of(text), rows, _lead(hits, rows))


def _lead(hits: list[Hit], rows: tuple[BorrowerRow, ...]) -> Lead | None:
    things = {one.lead for one in hits}
    if len(things) == 1:
        return things.pop()
    # Several things of one person are that person.
    is_one = len(rows) == 1 and all(one.borrower_id is not None for one in hits)
    return Lead("borrower", rows[0].public_id) if is_one else None


def _hits(session: Session, context: Context, text: str) -> Iterator[Hit]:
    # One query a way, each by an index of its own: joined by OR the database reads every row.
    for way in (*_personal(text, context), *_ours(text.upper()), *_lenders(session, text)):
        for borrower_id, public_id in session.execute(way.query.limit(MOST_HITS)):
            # A plan that was never handed in has no case yet.
            lead = Lead(way.page, public_id) if public_id else _owner(session, borrower_id)
            yield Hit(way.by, lead, borrower_id)


def _owner(session: Session, borrower_id: int) -> Lead:
    return Lead("borrower", session.get_one(Borrower, borrower_id).public_id)


def _personal(text: str, context: Context) -> Iterator[_Way]:
    vault = context.vault

    def hashed(purpose: str) -> str:
        return vault.fingerprint(text.upper() if purpose != "name" else text, purpose=purpose)

    kind = kind_of(text)
    papers = {text.upper()} if kind == "id" else set()
    papers |= set(papers_of(text.upper(), as_of=context.today))
    if papers:
        hashes = [vault.fingerprint(one, purpose="id") for one in sorted(papers)]
        yield _Way("id", "borrower", _people(Borrower.id_hmac.in_(hashes)))
    if kind == "mobile":
        yield _Way(kind, "borrower", _people(Borrower.mobile_hmac == hashed("mobile")))
    elif kind == "last_four":
        # Stored are keyed hashes, so of parts of a number only the last four are found.
        mobiles = Borrower.mobile_last4_hmac == hashed("mobile_last4")
        yield _Way(kind, "borrower", _people(mobiles))
        yield _Way(kind, "borrower", _people(Borrower.id_last4_hmac == hashed("id_last4")))
    elif kind == "name":
        yield _Way(kind, "borrower", _people(Borrower.name_hmac == hashed("name")))


def _ours(number: str) -> Iterator[_Way]:
    """In either case of letters, as people tell them on the phone."""
    if not OUR_NUMBER.fullmatch(number):
        return
    versions = and_(PlanVersion.plan_id == Plan.id, PlanVersion.submitted_at.is_not(None))
    plan = (
        select(Plan.borrower_id, PlanVersion.public_id)
        .outerjoin(PlanVersion, versions)
        .where(Plan.number == number)
        .order_by(PlanVersion.id.desc())
    )
    newest = select(plan.limit(1).subquery())
    signed = (
        select(Plan.borrower_id, PlanVersion.public_id)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(Agreement.number == number)
    )
    wrote = select(Thread.borrower_id, Thread.public_id).where(Thread.number == number)
    call = select(CallbackRequest.borrower_id, CallbackRequest.public_id)
    yield _Way("our_number", "case", newest)
    yield _Way("our_number", "case", signed)
    yield _Way("our_number", "thread", wrote)
    yield _Way("our_number", "callback", call.where(CallbackRequest.number == number))


def _lenders(session: Session, text: str) -> Iterator[_Way]:
    yield _Way("customer", "borrower", _people(Borrower.customer_no == text))
    own = select(Loan.borrower_id).where(Loan.customer_no == text)
    yield _Way("customer", "borrower", _people(Borrower.id.in_(own)))
    loans = select(Loan.borrower_id, Loan.public_id)
    whole = loans.where(Loan.ref == text)
    # Fewer characters would be of everybody.
    if len(text) < REF_END_CHARS or session.execute(whole).first():
        # A whole reference means that loan, also where others begin or end with it.
        yield _Way("reference", "loan", whole)
        return
    ends = and_(Loan.ref_end == text[-REF_END_CHARS:], Loan.ref.endswith(text, autoescape=True))
    yield _Way("reference", "loan", loans.where(_starts(text)).order_by(Loan.ref))
    yield _Way("reference", "loan", loans.where(ends).order_by(Loan.id))


def _starts(text: str) -> ColumnElement[bool]:
    # A range and no LIKE: of LIKE each database knows another index, and another case of letters.
    return Loan.ref.between(text, text + LAST_CHARACTER)


def _people(condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(Borrower.id, Borrower.public_id).where(condition).order_by(Borrower.id)


def _is_name(text: str) -> bool:
    return bool(text) and not any(one.isdigit() for one in text)

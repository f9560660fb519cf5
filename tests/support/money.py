"""Money for tests: a payment that came and was matched to a plan, and what undoes it."""

from datetime import date, datetime
from itertools import count

from sqlalchemy import select

from app.domain.calendar import midnight
from app.models import Agreement, Loan, Match, Payment, Plan, PlanVersion, StatementFile

CHANNEL = "招行"
_numbers = count(1)


def plan_of(session, agreement: str) -> Plan:
    """Return the plan of an agreement's number."""
    query = (
        select(Plan)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(Agreement.number == agreement)
    )
    return session.scalars(query).one()


def arrived(
    session,
    *,
    fen: int,
    on: date,
    at: datetime | None = None,
    arrived_on: date | None = None,
    ref: str = "",
    reverses: Payment | None = None,
    state: str = "unmatched",
    channel: str = CHANNEL,
    loan_ref: str = "",
) -> Payment:
    """Store money that came on a day, for nobody yet."""
    payment = Payment(
        channel=channel,
        channel_ref=ref or f"T{next(_numbers):012}",
        paid_on=on,
        arrived_on=arrived_on or on,
        posted_at=at or midnight(on),
        fen=fen,
        loan_ref=loan_ref,
        key_version=1,
        state=state,
        reverses_id=reverses.id if reverses else None,
    )
    session.add(payment)
    session.flush()
    return payment


def matched(
    session,
    payment: Payment,
    *,
    plan: Plan | None = None,
    loan: Loan | None = None,
    fen: int | None = None,
    number: int = 1,
    at: datetime | None = None,
) -> Match:
    """Lay money on a plan or a loan."""
    match = Match(
        payment_id=payment.id,
        number=number,
        plan_id=plan.id if plan else None,
        loan_id=loan.id if loan else None,
        fen=fen or payment.fen,
        rule="reference",
        reasons=[],
        actor="system",
        at=at or payment.posted_at,
    )
    payment.state = "matched"
    session.add(match)
    session.flush()
    return match


def paid(session, agreement: str, *, fen: int, on: date, **how) -> Payment:
    """Store money that came for a signed plan on a day."""
    payment = arrived(session, fen=fen, on=on, **how)
    matched(session, payment, plan=plan_of(session, agreement))
    session.commit()
    return payment


def undone(session, payment: Payment, *, at: datetime) -> None:
    """Take money off again that was laid on the wrong plan."""
    for match in session.scalars(select(Match).where(Match.payment_id == payment.id)):
        match.undone_at, match.undone_by = at, "staff:1"
    session.commit()


def taken_back(session, payment: Payment, agreement: str, *, on: date, **how) -> Payment:
    """Store the reversal of a payment by its channel."""
    return paid(session, agreement, fen=payment.fen, on=on, reverses=payment, **how)


def covered(session, until: date) -> None:
    """Store a file of repayments that covers money up to a day."""
    session.add(
        StatementFile(
            name="repayments.csv",
            sha256="0" * 64,
            state="stored",
            covers_until_on=until,
            rows=0,
            posted=0,
            duplicates=0,
            unmatched=0,
            rejected=0,
            total_fen=0,
            received_at=midnight(until),
            received_by="system",
        )
    )
    session.commit()

"""Whether a paper is genuine: for anyone who holds it, without telling names or amounts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.spans import within
from app.domain.stamps import DUE
from app.domain.states import REPLACED
from app.domain.texts import N_
from app.models import Agreement, FailedTry, Plan, PlanVersion
from app.models.base import PUBLIC_CHARS
from app.services.certificates.queries import certified_fen, is_withdrawn_file
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.loans.successors import successor_of
from app.services.vouchers.queries import is_withdrawn_voucher, voucher_fen

CODE_CHARS = PUBLIC_CHARS
TRIES_AN_HOUR = 10  # by one requester for one paper
TRIES_AN_HOUR_EVERYWHERE = 60
HOUR = timedelta(hours=1)
# A plan in cure reads as kept: strangers need not know of a missed instalment.
TOLD_STATES = frozenset({"active", "completed", "broken", "replaced"})


class TooManyChecks(RuleBroken):
    """Too many totals were tried for one paper."""

    code = "too_many"
    message = N_("试得有点多了，请一小时后再试，或者打电话给我们")


@dataclass(frozen=True)
class CheckedAgreement:
    """What anyone may know of an agreement: number, when signed, its state: one of TOLD_STATES.

    `stamp` is that of its file: due, stamped, or none where it needs none. `replaced_by` is the
    number of the agreement that was signed in its place, if any.
    """

    number: str
    signed_at: datetime
    state: str
    stamp: str | None = None
    stamped_at: datetime | None = None
    replaced_by: str = ""

    @property
    def is_genuine(self) -> bool:
        """Whether a paper of it may be called genuine: not before it is stamped, for none was
        handed out.
        """
        return self.stamp != DUE


def checked_agreement(session: Session, *, check_code: str) -> CheckedAgreement:
    """Return what the public page tells of the agreement with this code.

    Raises: NotFound.
    Source: product, sign.
    """
    query = (
        select(
            Agreement.number,
            Agreement.signed_at,
            Agreement.stamp,
            Agreement.stamped_at,
            Plan.state,
            Plan.id,
        )
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(Agreement.check_code == check_code)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound

    told = row.state if row.state in TOLD_STATES else "active"
    by = successor_of(session, plan_id=row.id) if told == REPLACED else ""
    return CheckedAgreement(row.number, row.signed_at, told, row.stamp, row.stamped_at, by)


def check_total(
    session: Session, context: Context, *, check_code: str, total_fen: int, requester: str
) -> bool:
    """Tell whether an amount is the total printed on the paper; tries are counted before they are
    judged.

    Units:  fen.
    Raises: NotFound, TooManyChecks.
    """
    total = session.scalar(
        select(PlanVersion.total_fen)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(Agreement.check_code == check_code)
    )
    if total is None:
        # Of a certificate the total is what was paid in all, of a voucher its sum.
        total = certified_fen(session, check_code=check_code)
    if total is None:
        total = voucher_fen(session, check_code=check_code)
    if total is None:
        raise NotFound

    subject = context.vault.fingerprint(check_code, purpose="agreement_check")
    asked_from = context.vault.fingerprint(requester, purpose="requester")
    # Committed before it is judged: many tries at once are all counted, whichever is answered
    # first.
    with transaction(session):
        session.add(FailedTry(subject_hmac=subject, requester_hmac=asked_from, at=context.now))

    # After the count and before the answer, so that the try that passes the limit learns nothing.
    _check_rate(session, context, subject, asked_from)
    return total == total_fen


def file_fault(session: Session, *, number: str, pdf_sha256: str, is_stamped: bool) -> str:
    """Return why a file with a seal that holds is not the agreement, certificate or voucher of its
    number, empty where it is: unknown_number, stamp_missing (it needs a time stamp and bears none),
    withdrawn.

    Source: I-10, ADR 0053.
    """
    same = Agreement.number == number, Agreement.pdf_sha256 == pdf_sha256
    found = session.execute(select(Agreement.stamp).where(*same)).one_or_none()
    if found is None:
        is_withdrawn = is_withdrawn_file(session, number=number, pdf_sha256=pdf_sha256)
        if is_withdrawn is None:
            is_withdrawn = is_withdrawn_voucher(session, number=number, pdf_sha256=pdf_sha256)
        return "unknown_number" if is_withdrawn is None else "withdrawn" if is_withdrawn else ""
    return "stamp_missing" if found.stamp is not None and not is_stamped else ""


def _check_rate(session: Session, context: Context, subject: str, asked_from: str) -> None:
    lately = FailedTry.subject_hmac == subject, FailedTry.at.between(*within(context.now, HOUR))
    everywhere = session.scalar(select(func.count()).select_from(FailedTry).where(*lately)) or 0
    mine = (*lately, FailedTry.requester_hmac == asked_from)
    from_here = session.scalar(select(func.count()).select_from(FailedTry).where(*mine)) or 0
    # The second limit stands against many places at once: a total has few digits (V6.3.1).
    if from_here > TRIES_AN_HOUR or everywhere > TRIES_AN_HOUR_EVERYWHERE:
        raise TooManyChecks

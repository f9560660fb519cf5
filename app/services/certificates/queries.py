"""What is read of certificates: by their borrower, by whoever holds a paper."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import Certificate, CertificateFile, Loan, Plan, PlanLoan
from app.services.core.context import Context
from app.services.keeping.accounts import standings_of


@dataclass(frozen=True)
class CertificateView:
    """A borrower's certificate; `text` is what was hashed, `has_file` whether its PDF is made,
    `loan` the public id of the loan that was longest overdue.

    Units: fen; credit is what came beyond the plan and is the borrower's again.
    """

    public_id: str
    kind: str
    check_code: str
    text: Mapping[str, Any]
    text_sha256: str
    issued_at: datetime
    withdrawn_at: datetime | None
    has_file: bool
    loan: str
    credit_fen: int
    plan_id: int

    @property
    def number(self) -> str:
        """Return the number printed on it."""
        return str(self.text["number"])

    @property
    def is_in_force(self) -> bool:
        """Whether it was not withdrawn."""
        return self.withdrawn_at is None


class CertificateNote(NamedTuple):
    """The certificate of a completed plan as other pages lead to it."""

    public_id: str
    kind: str
    number: str


@dataclass(frozen=True)
class CheckedCertificate:
    """What anyone may know of a certificate: its kind, its number, when it was issued, when
    withdrawn, if it was.
    """

    kind: str
    number: str
    issued_at: datetime
    withdrawn_at: datetime | None


def certificate_view(
    session: Session, context: Context, *, borrower_id: int, public_id: str
) -> CertificateView:
    """Return a borrower's certificate, withdrawn or not.

    Raises: NotFound, also for one of someone else.
    """
    query = (
        select(Certificate, CertificateFile.folder, Loan.ref, Loan.public_id)
        .join(Plan, Plan.id == Certificate.plan_id)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .outerjoin(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .where(Certificate.public_id == public_id, Plan.borrower_id == borrower_id)
    )
    rows = session.execute(query).all()
    if not rows:
        raise NotFound
    found, folder = rows[0][:2]
    loans = {ref: loan for _certificate, _folder, ref, loan in rows}
    return CertificateView(
        found.public_id,
        found.kind,
        found.check_code,
        found.text,
        found.text_sha256,
        found.issued_at,
        found.withdrawn_at,
        folder is not None,
        loans[found.text["loans"][0]["ref"]],
        _credit_fen(session, context, found),
        found.plan_id,
    )


def certificates_of(session: Session, *, plan_ids: Iterable[int]) -> dict[int, CertificateNote]:
    """Return the certificates in force of plans, by plan: one query, none where no plan is
    named.
    """
    ids = tuple(plan_ids)
    if not ids:
        return {}
    query = select(Certificate).where(
        Certificate.plan_id.in_(ids), Certificate.withdrawn_at.is_(None)
    )
    return {
        one.plan_id: CertificateNote(one.public_id, one.kind, one.text["number"])
        for one in session.scalars(query)
    }


def checked_certificate(session: Session, *, check_code: str) -> CheckedCertificate:
    """Return what the public page tells of the certificate with this code.

    Raises: NotFound.
    Source: product, sign; rules part 1, how a signed plan is kept: completed.
    """
    found = _with_code(session, check_code)
    if found is None:
        raise NotFound
    return CheckedCertificate(found.kind, found.text["number"], found.issued_at, found.withdrawn_at)


def certified_fen(session: Session, *, check_code: str) -> int | None:
    """Return what the certificate with this code prints as paid in all, None where there is none.

    Units:  fen.
    """
    found = _with_code(session, check_code)
    return None if found is None else int(found.text["paid"]["fen"])


def is_withdrawn_file(session: Session, *, number: str, pdf_sha256: str) -> bool | None:
    """Tell whether the certificate of a file was withdrawn; None where no certificate of the number
    has this very file.

    Source: I-10.
    """
    query = (
        select(Certificate)
        .join(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .where(CertificateFile.sha256 == pdf_sha256)
    )
    for one in session.scalars(query):
        if one.text["number"] == number:
            return one.withdrawn_at is not None
    return None


def _credit_fen(session: Session, context: Context, one: Certificate) -> int:
    """Units: fen; none where the plan runs again, for there it lies ahead."""
    if one.withdrawn_at is not None:
        return 0
    stands = standings_of(session, plan_ids=[one.plan_id], as_of=context.today)
    return stands[one.plan_id].credit_fen


def _with_code(session: Session, check_code: str) -> Certificate | None:
    query = select(Certificate).where(Certificate.check_code == check_code)
    return session.scalars(query).one_or_none()

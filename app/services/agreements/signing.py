"""A borrower signs a plan: a code bound to the text, then agreement, document and hold in one
transaction.
"""

import hashlib
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.errors import GatewayDown
from app.domain.masks import masked_mobile, masked_name
from app.domain.plan import FiguresChanged
from app.domain.stamps import DUE, STAMPED
from app.models import (
    Agreement,
    AgreementFile,
    Hold,
    Signature,
    SignInCode,
    new_public_id,
)
from app.ports.documents import GlyphMissing
from app.services.agreements.act import SigningAct
from app.services.agreements.basis import (
    Assent,
    CannotSign,
    ClausesMissing,
    SignedRows,
    SigningBasis,
    TooEarly,
    basis_of,
    signing_basis,
)
from app.services.agreements.due_dates import due_dates_of
from app.services.agreements.paper import DOCUMENT, paper_values
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import line_up, transaction
from app.services.outbox import queue as outbox_queue
from app.services.plans.steps import (
    LockedVersion,
    StateChanged,
    end_hold,
    lock_version,
    move_version,
    readable,
    tell_borrower,
)
from app.services.signed_files.keeping import StoredPdf, store_pdf
from app.services.signin import code_limits
from app.services.signin import codes as signin_codes
from app.services.signin.borrower_signin import CodeRequest, CodeSpent, CodeWrong
from app.services.signin.code_limits import SIGN, CodeAsker, Visit
from app.services.upholding.following import follow
from app.services.upholding.replacing import lock_replaced, replace_plan

log = logging.getLogger(__name__)

ROUTE = "plan.sign"
TEXT = "text"
FAULT_CHARS = 200
# Refusals that the transaction will find again and tell; before it they only mean that no document
# is worth making.
NOT_NOW = (CannotSign, FiguresChanged, ClausesMissing, TooEarly)


@dataclass(frozen=True)
class TypedCode:
    """The digits that were typed, for which asked code, in which browser."""

    asked: str
    digits: str
    visit: Visit


@dataclass(frozen=True)
class _Document:
    """A signed document, made before the transaction that names it."""

    pdf: bytes = field(repr=False)
    check_code: str
    stamped_at: datetime | None = None


@dataclass(frozen=True)
class _Kept:
    file: StoredPdf
    check_code: str
    stamped_at: datetime | None


@dataclass(frozen=True)
class _SigningAttempt:
    """One borrower's version, and who wants it signed in which surroundings."""

    session: Session
    context: Context
    borrower_id: int
    version_public_id: str

    def read(self) -> SigningBasis:
        return signing_basis(
            self.session,
            self.context,
            borrower_id=self.borrower_id,
            version_public_id=self.version_public_id,
        )

    def lock(self) -> tuple[LockedVersion, SigningBasis]:
        return _lock_basis(
            self.session,
            self.context,
            borrower_id=self.borrower_id,
            version_public_id=self.version_public_id,
        )


def ask_signing_code(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    version_public_id: str,
    assent: Assent,
    visit: Visit,
) -> CodeRequest:
    """Make a fresh code that signs the text that was read, and write its message to the borrower's
    number on record.

    The document is tried first: nobody gets a code for what cannot be printed, and no document is
    made for a code that nobody gets now.
    Raises: NotFound, a CannotSign, FiguresChanged, ClausesMissing, TooEarly, TooManyCodes,
            GlyphMissing, GatewayDown.
    Source: product, step 7; U-04; the limits are those of sign-in, counted apart.
    """
    attempt = _SigningAttempt(session, context, borrower_id, version_public_id)
    # Without a lock: what follows takes seconds of typesetting, and no row may be held for that
    # long.
    basis = attempt.read()
    basis.check_may_sign()
    basis.check_assent(assent)
    _check_limits(attempt, basis, visit)
    # The document is thrown away. It was made to learn whether it can be (ADR 0022).
    _make(attempt, _act(attempt, basis, assent), basis)

    with transaction(session):
        # Everything is read and checked once more under the lock, for seconds have gone by.
        _locked, basis = attempt.lock()
        basis.check_may_sign()
        basis.check_assent(assent)
        return _write_code(attempt, basis, visit)


def sign_plan(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    version_public_id: str,
    assent: Assent,
    given: TypedCode,
    request_key: str,
) -> str:
    """Sign an approved version: agreement, signed document, hold and message at once or not at all;
    return its number.

    The document is made, stamped and stored before the transaction, of the same text; a wrong code
    costs a try and makes none. Without a stamp in time the signature stands and the document waits;
    without a place for it nothing is signed, and the code can be used again.
    Idempotent on: request_key for one borrower; a second call returns the first number.
    Raises: NotFound, a CannotSign, FiguresChanged, ClausesMissing, TooEarly, CodeWrong, CodeSpent,
            GlyphMissing, GatewayDown, KeyReused, StateChanged.
    Source: product, step 7; N-02, N-04, N-11, I-10, I-11.
    """
    attempt = _SigningAttempt(session, context, borrower_id, version_public_id)
    body = hashlib.sha256(f"{version_public_id} {assent.shown_sha256}".encode()).hexdigest()
    request = Request(context.actor.who, ROUTE, request_key, body)
    # Before the document is made: a second tap costs no typesetting.
    done = reply_before(session, request=request)
    if done is not None:
        return str(done["agreement"])

    document = _document_for(attempt, assent, given)
    with transaction(session):
        locked, basis = attempt.lock()
        done = reply_before(session, request=request)
        if done is not None:
            return str(done["agreement"])

        basis.check_may_sign()
        basis.check_assent(assent)
        tried, code = _use_code(attempt, basis, given)
        if code is not None:
            # Something was against it a moment ago, so no document was made, and now nothing is:
            # another request came in between. The borrower tries again.
            if document is None:
                raise StateChanged
            number = _sign(attempt, locked, basis, _signatures(attempt, basis, code), document)
            keep_reply(session, context, request=request, agreement=number)
            return number

        # Committed and then raised: a wrong try has to count, so it must not be rolled back with
        # the refusal.
        # Only what cost a try: else a code without tries would let the trail grow for ever.
        if tried is not None:
            _record_wrong_code(attempt, basis)
        spent = signin_codes.is_spent(session, row=tried)

    raise CodeSpent if spent else CodeWrong


def _lock_basis(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str
) -> tuple[LockedVersion, SigningBasis]:
    """Lock loan, plan, version and case, then load what a signature stands on.

    Raises: NotFound.
    """
    locked = lock_version(
        session, context, version_public_id=version_public_id, borrower_id=borrower_id
    )
    lock_replaced(session, plan=locked.plan)
    rows = SignedRows(locked.version, locked.plan, locked.case, locked.loans)
    return locked, basis_of(session, context, rows=rows)


def _check_limits(attempt: _SigningAttempt, basis: SigningBasis, visit: Visit) -> CodeAsker:
    """Return who asks for a code, a known device with its id. Raises: TooManyCodes."""
    asker = code_limits.asker_of(
        attempt.session,
        attempt.context,
        purpose=SIGN,
        mobile_hmac=basis.borrower.mobile_hmac,
        visit=visit,
    )
    code_limits.check_limits(attempt.session, attempt.context, asker=asker)
    return asker


def _write_code(attempt: _SigningAttempt, basis: SigningBasis, visit: Visit) -> CodeRequest:
    session, vault = attempt.session, attempt.context.vault
    # The version's lock does not keep two codes for one number apart: two people may share it.
    line_up(session, basis.borrower.mobile_hmac)
    asker = _check_limits(attempt, basis, visit)
    digits = signin_codes.new_code()
    row = signin_codes.write_code(
        session,
        attempt.context,
        asker=asker,
        visit=visit,
        code=digits,
        text_sha256=basis.sha256,
    )
    sent = signin_codes.send_code(
        session,
        attempt.context,
        row=row,
        mobile=outbox_queue.mobile_of(vault, basis.borrower),
        code=digits,
        borrower=basis.borrower,
        agreement=basis.number,
    )
    return CodeRequest(row.public_id, (sent,))


def _document_for(attempt: _SigningAttempt, assent: Assent, given: TypedCode) -> _Kept | None:
    """Make and store the document where signing would go through; None leaves it to the transaction
    to say why not.
    """
    basis = attempt.read()
    try:
        basis.check_may_sign()
        basis.check_assent(assent)
    except NOT_NOW:
        return None

    # Guessing must not be able to keep the typesetter busy (ADR 0022).
    would_open = signin_codes.would_open(
        attempt.session,
        attempt.context,
        asked=given.asked,
        visit=given.visit,
        code=given.digits,
        text_sha256=basis.sha256,
    )

    if not would_open:
        return None
    made = _stamp(attempt, _make(attempt, _act(attempt, basis, assent, given.asked), basis))
    # Before the commit that names it: no agreement is ever without its paper (ADR 0073).
    file = store_pdf(attempt.context.gateways, made.pdf)
    return _Kept(file, made.check_code, made.stamped_at)


def _stamp(attempt: _SigningAttempt, document: _Document) -> _Document:
    """Have the document stamped with the time; as it is where the authority gives no stamp in time
    (ADR 0053).
    """
    # No connection is kept from others while a slow authority is waited for.
    attempt.session.rollback()
    try:
        stamped = attempt.context.gateways.signer.stamp(document.pdf, at=attempt.context.now)
    except GatewayDown as fault:
        log.warning("signed without a time stamp: %s", fault)
        return document

    return replace(document, pdf=stamped.pdf, stamped_at=stamped.at)


def _act(
    attempt: _SigningAttempt, basis: SigningBasis, assent: Assent, asked: str = ""
) -> SigningAct:
    """What the borrower did until now, as the paper tells it; without a code yet where the paper is
    only tried.
    """
    context, vault, borrower = attempt.context, attempt.context.vault, basis.borrower
    asked_at = signin_codes.asked_at(attempt.session, asked=asked) or context.now
    return SigningAct(
        name=masked_name(basis.text["borrower"]["name"]),
        mobile=masked_mobile(outbox_queue.mobile_of(vault, borrower)),
        shown_at=assent.shown_at or context.now,
        required_seconds=basis.policy.limits.reading_seconds,
        clauses={code: assent.clauses[code] for code in basis.clauses},
        code=asked,
        asked_at=asked_at,
        signed_at=context.now,
        from_where=context.actor.from_where,
    )


def _make(attempt: _SigningAttempt, act: SigningAct, basis: SigningBasis) -> _Document:
    """Set and sign the document; a character that no font has is put on record for staff, and
    nothing else happens.
    """
    # Random and made anew each time: it is worth nothing until an agreement is stored with it.
    check_code = new_public_id()
    values = paper_values(
        text=basis.text,
        text_sha256=basis.sha256,
        check_code=check_code,
        base_url=attempt.context.site.base_url,
        act=act,
    )
    try:
        plain = attempt.context.gateways.documents.make(DOCUMENT, values)
    except GlyphMissing as fault:
        _record_fault(attempt, fault)
        raise

    signed = attempt.context.gateways.signer.sign(
        plain, reason=basis.number, at=attempt.context.now
    )
    return _Document(signed, check_code)


def _record_fault(attempt: _SigningAttempt, fault: GlyphMissing) -> None:
    """Source: product, step 7: staff is alerted, the borrower told, nothing half-made."""
    # A transaction of its own, since the one that would sign never begins.
    with transaction(attempt.session):
        locked, _basis = attempt.lock()
        # Here and not in the trail, which keeps how many there are: they may be of a name
        # (ADR 0018).
        if locked.version.state == "approved":
            locked.case.document_fault = fault.characters[:FAULT_CHARS]
        audit.record(
            attempt.session,
            attempt.context,
            action="agreement.fault",
            object_kind="plan_version",
            object_id=attempt.version_public_id,
            after={"code": fault.code, "count": len(fault.characters)},
        )


def _use_code(
    attempt: _SigningAttempt, basis: SigningBasis, given: TypedCode
) -> tuple[SignInCode | None, SignInCode | None]:
    """Use up the code; return it as it was tried and as it was used, None each where it was not:
    late, used before, another text's or another browser's, or wrong.
    """
    row = signin_codes.count_code_try(
        attempt.session,
        attempt.context,
        purpose=SIGN,
        asked=given.asked,
        visit=given.visit,
        text_sha256=basis.sha256,
    )
    if row is None:
        return None, None

    is_right = signin_codes.use_code(attempt.session, attempt.context, row=row, code=given.digits)
    return row, row if is_right else None


def _record_wrong_code(attempt: _SigningAttempt, basis: SigningBasis) -> None:
    audit.record(
        attempt.session,
        attempt.context,
        action="plan.sign_failed",
        object_kind="plan_version",
        object_id=basis.version.public_id,
    )


def _signatures(attempt: _SigningAttempt, basis: SigningBasis, code: SignInCode) -> list[Signature]:
    """One row for each clause that was confirmed, one for the text, and the lender's."""
    shared = {
        "version_id": basis.version.id,
        "terms_sha256": basis.version.terms_sha256,
        "at": attempt.context.now,
    }
    # A row for each grave clause, as the evidence that it was confirmed by itself (N-11).
    mine = [
        Signature(
            party="borrower",
            clause=one,
            code_id=code.id,
            from_where=attempt.context.actor.from_where,
            **shared,
        )
        for one in (*basis.clauses, TEXT)
    ]

    return [*mine, Signature(party="lender", clause=TEXT, from_where="-", **shared)]


def _sign(
    attempt: _SigningAttempt,
    locked: LockedVersion,
    basis: SigningBasis,
    signatures: list[Signature],
    document: _Kept,
) -> str:
    """Store agreement, document and signatures; the plan is kept from now on. Source: N-04."""
    session, version, now = attempt.session, locked.version, attempt.context.now
    before = {"state": version.state}
    changes = move_version(session, locked=locked, to="signed")
    both = replace_plan(session, attempt.context, new=locked.plan)
    locked.case.document_fault = None
    locked.plan.state, locked.plan.active_version_id = "active", version.id
    agreement = Agreement(
        number=basis.number,
        version_id=version.id,
        terms_sha256=version.terms_sha256,
        text=dict(basis.text),
        text_sha256=basis.sha256,
        pdf_sha256=document.file.sha256,
        check_code=document.check_code,
        signed_at=now,
        stamp=STAMPED if document.stamped_at else DUE,
        stamped_at=document.stamped_at,
    )
    session.add_all([agreement, *signatures])
    session.flush()
    folder, size = document.file.folder, document.file.size
    session.add(AgreementFile(agreement_id=agreement.id, folder=folder, size=size))
    session.add_all(due_dates_of(agreement, version))
    # The hold of the negotiation ends and that of the kept plan begins at the same instant: there
    # is no moment without one (N-04).
    end_hold(session, locked=locked, until=now, by=attempt.context.actor.who)
    session.add_all(
        Hold(borrower_id=attempt.borrower_id, loan_id=one.id, cause="plan_kept", from_at=now)
        for one in locked.loans
    )
    tell_borrower(
        session,
        attempt.context,
        locked=locked,
        template="plan_signed" if document.stamped_at else "plan_signed_file_later",
        key=f"plan-signed:{version.public_id}",
        values={"agreement": basis.number},
    )
    session.flush()
    audit.record(
        session,
        attempt.context,
        action="plan.signed",
        object_kind="plan_version",
        object_id=version.public_id,
        before=before,
        after=changes | _signed(agreement, basis),
    )
    follow(session, attempt.context, plan_ids=both)
    return agreement.number


def _signed(agreement: Agreement, basis: SigningBasis) -> dict[str, object]:
    """What the audit trail keeps of an agreement."""
    return {
        "agreement": agreement.number,
        "terms_sha256": agreement.terms_sha256,
        "text_sha256": agreement.text_sha256,
        "pdf_sha256": agreement.pdf_sha256,
        **readable({"stamp": agreement.stamp, "stamped_at": agreement.stamped_at}),
        "clauses": list(basis.clauses),
    }

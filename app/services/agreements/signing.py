"""A borrower signs a plan: a code bound to the text, then agreement, document and hold in one
transaction.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models import (
    Agreement,
    AgreementFile,
    Hold,
    PlanVersion,
    Signature,
    SignInCode,
    new_public_id,
)
from app.ports.documents import GlyphMissing
from app.ports.gateways import Gateways
from app.ports.site import Site
from app.services.agreements.basis import (
    Assent,
    CannotSign,
    ClausesMissing,
    SigningGround,
    TooEarly,
    lock_signing_ground,
    signing_ground,
)
from app.services.agreements.paper import DOCUMENT, paper_values
from app.services.core import audit
from app.services.core.audit import Actor
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import transaction
from app.services.outbox import queue as outbox
from app.services.plans.steps import (
    FiguresChanged,
    LockedVersion,
    StateChanged,
    end_hold,
    move_version,
    tell_borrower,
)
from app.services.signin import codes as signin_codes
from app.services.signin.borrower_signin import Asked, CodeWrong
from app.services.signin.codes import SIGN, Visit

ROUTE = "plan.sign"
TEXT = "text"
FAULT_CHARS = 200
NOT_NOW = (CannotSign, FiguresChanged, ClausesMissing, TooEarly)


@dataclass(frozen=True)
class GivenCode:
    """The digits that were typed, for which asked code, in which browser."""

    asked: str
    digits: str
    visit: Visit


@dataclass(frozen=True)
class _Document:
    """A signed document, made before the transaction that keeps it."""

    pdf: bytes
    check_code: str


@dataclass(frozen=True)
class _Case:
    """One borrower's version, with all that signing it needs of its surroundings."""

    session: Session
    gateways: Gateways
    site: Site
    borrower_id: int
    version_public_id: str
    actor: Actor
    now: datetime

    def read(self) -> SigningGround:
        return signing_ground(
            self.session,
            borrower_id=self.borrower_id,
            version_public_id=self.version_public_id,
            vault=self.gateways.vault,
            site=self.site,
            now=self.now,
        )

    def lock(self) -> tuple[LockedVersion, SigningGround]:
        return lock_signing_ground(
            self.session,
            borrower_id=self.borrower_id,
            version_public_id=self.version_public_id,
            vault=self.gateways.vault,
            site=self.site,
            now=self.now,
        )


def ask_signing_code(
    session: Session,
    *,
    gateways: Gateways,
    site: Site,
    borrower_id: int,
    version_public_id: str,
    assent: Assent,
    visit: Visit,
    actor: Actor,
    now: datetime,
) -> Asked:
    """Make a fresh code that signs the text that was read, and write its message to the borrower's
    number on record.

    The document is tried first: nobody gets a code for what cannot be printed, and no document is
    made for a code that nobody gets now.
    Raises: NotFound, a CannotSign, FiguresChanged, ClausesMissing, TooEarly, TooManyCodes,
            GlyphMissing, GatewayDown.
    Source: product, step 7; U-04; the limits are those of sign-in, counted apart.
    """
    case = _Case(session, gateways, site, borrower_id, version_public_id, actor, now)
    ground = case.read()
    ground.check_may_sign()
    ground.check_assent(assent)
    _check_limits(case, ground, visit)
    _make(case, ground)
    with transaction(session):
        _locked, ground = case.lock()
        ground.check_may_sign()
        ground.check_assent(assent)
        return _write_code(case, ground, visit)


def sign_plan(
    session: Session,
    *,
    gateways: Gateways,
    site: Site,
    borrower_id: int,
    version_public_id: str,
    assent: Assent,
    given: GivenCode,
    request_key: str,
    actor: Actor,
    now: datetime,
) -> str:
    """Sign an approved version: agreement, signed document, hold and message at once or not at all;
    return its number.

    The document is made before the transaction, from the same text; a wrong code costs a try and
    makes none.
    Idempotent on: request_key for one borrower; a second call returns the first number.
    Raises: NotFound, a CannotSign, FiguresChanged, ClausesMissing, TooEarly, CodeWrong,
            GlyphMissing, GatewayDown, KeyReused, StateChanged.
    Source: product, step 7; N-02, N-04, N-11, I-10, I-11.
    """
    case = _Case(session, gateways, site, borrower_id, version_public_id, actor, now)
    body = hashlib.sha256(f"{version_public_id} {assent.shown_sha256}".encode()).hexdigest()
    request = Request(actor.who, ROUTE, request_key, body)
    done = reply_before(session, request=request)
    if done is not None:
        return str(done["agreement"])
    document = _document_for(case, assent, given)
    with transaction(session):
        locked, ground = case.lock()
        done = reply_before(session, request=request)
        if done is not None:
            return str(done["agreement"])
        ground.check_may_sign()
        ground.check_assent(assent)
        code = _use_code(case, ground, given)
        if code is not None:
            if document is None:
                raise StateChanged
            number = _sign(case, locked, ground, _signatures(case, ground, code), document)
            keep_reply(session, request=request, now=now, agreement=number)
            return number
        _record_wrong_code(case, ground)
    raise CodeWrong


def _check_limits(case: _Case, ground: SigningGround, visit: Visit) -> int | None:
    """Return the id of a device that is known. Raises: TooManyCodes."""
    mobile_hmac = ground.borrower.mobile_hmac
    devices = signin_codes.known_devices(case.session, mobile_hmac=mobile_hmac, visit=visit)
    device_id = devices[0].id if devices else None
    signin_codes.check_limits(
        case.session,
        purpose=SIGN,
        mobile_hmac=mobile_hmac,
        device_id=device_id,
        now=case.now,
        requester_hmac=case.gateways.vault.fingerprint(visit.requester, purpose="requester"),
    )
    return device_id


def _write_code(case: _Case, ground: SigningGround, visit: Visit) -> Asked:
    session, vault, now = case.session, case.gateways.vault, case.now
    mobile_hmac = ground.borrower.mobile_hmac
    requester_hmac = vault.fingerprint(visit.requester, purpose="requester")
    signin_codes.line_up(session, mobile_hmac=mobile_hmac)
    device_id = _check_limits(case, ground, visit)
    digits = signin_codes.new_code()
    row = signin_codes.write_code(
        session,
        purpose=SIGN,
        vault=vault,
        mobile_hmac=mobile_hmac,
        requester_hmac=requester_hmac,
        visit=visit,
        device_id=device_id,
        code=digits,
        text_sha256=ground.sha256,
        now=now,
    )
    sent = signin_codes.send_code(
        session,
        vault=vault,
        site=case.site,
        row=row,
        mobile=outbox.mobile_of(vault, ground.borrower),
        code=digits,
        borrower_id=case.borrower_id,
        now=now,
    )
    return Asked(row.public_id, (sent,))


def _document_for(case: _Case, assent: Assent, given: GivenCode) -> _Document | None:
    """Make the document where signing would go through; None leaves it to the transaction to say
    why not.
    """
    ground = case.read()
    try:
        ground.check_may_sign()
        ground.check_assent(assent)
    except NOT_NOW:
        return None
    would_open = signin_codes.would_open(
        case.session,
        vault=case.gateways.vault,
        asked=given.asked,
        visit=given.visit,
        code=given.digits,
        text_sha256=ground.sha256,
        now=case.now,
    )
    return _make(case, ground) if would_open else None


def _make(case: _Case, ground: SigningGround) -> _Document:
    """Set and sign the document; a character that no font has is put on record for staff, and
    nothing else happens.
    """
    check_code = new_public_id()
    values = paper_values(
        text=ground.text,
        text_sha256=ground.sha256,
        check_code=check_code,
        signed_at=case.now,
        base_url=case.site.base_url,
    )
    try:
        plain = case.gateways.documents.make(DOCUMENT, values)
    except GlyphMissing as fault:
        _record_fault(case, fault)
        raise
    signed = case.gateways.signer.sign(plain, reason=ground.number, at=case.now)
    return _Document(signed, check_code)


def _record_fault(case: _Case, fault: GlyphMissing) -> None:
    """Source: product, step 7: staff is alerted, the borrower told, nothing half-made."""
    with transaction(case.session):
        locked, _ground = case.lock()
        values = {"document_fault": fault.characters[:FAULT_CHARS]}
        one = update(PlanVersion).where(PlanVersion.id == locked.version.id)
        case.session.execute(one.values(**values))
        audit.record(
            case.session,
            actor=case.actor,
            action="agreement.fault",
            object_kind="plan_version",
            object_id=case.version_public_id,
            now=case.now,
            after={"code": fault.code, "count": len(fault.characters)},
        )


def _use_code(case: _Case, ground: SigningGround, given: GivenCode) -> SignInCode | None:
    """Use up the code; None when it is wrong, late, used, another text's or another browser's."""
    row = signin_codes.count_code_try(
        case.session,
        purpose=SIGN,
        asked=given.asked,
        visit=given.visit,
        text_sha256=ground.sha256,
        now=case.now,
    )
    if row is None:
        return None
    is_right = signin_codes.use_code(
        case.session, row=row, vault=case.gateways.vault, code=given.digits, now=case.now
    )
    return row if is_right else None


def _record_wrong_code(case: _Case, ground: SigningGround) -> None:
    audit.record(
        case.session,
        actor=case.actor,
        action="plan.sign_failed",
        object_kind="plan_version",
        object_id=ground.version.public_id,
        now=case.now,
    )


def _signatures(case: _Case, ground: SigningGround, code: SignInCode) -> list[Signature]:
    """One row for each clause that was confirmed, one for the text, and the lender's."""
    shared = {
        "version_id": ground.version.id,
        "terms_sha256": ground.version.terms_sha256,
        "at": case.now,
    }
    mine = [
        Signature(
            party="borrower",
            clause=one,
            code_id=code.id,
            from_where=case.actor.from_where,
            **shared,
        )
        for one in (*ground.clauses, TEXT)
    ]
    return [*mine, Signature(party="lender", clause=TEXT, from_where="-", **shared)]


def _sign(
    case: _Case,
    locked: LockedVersion,
    ground: SigningGround,
    signatures: list[Signature],
    document: _Document,
) -> str:
    """Store agreement, document and signatures; the plan is kept from now on. Source: N-04."""
    session, version, now = case.session, locked.version, case.now
    before = {"state": version.state}
    changes = move_version(session, locked=locked, to="signed", document_fault=None)
    locked.plan.state, locked.plan.active_version_id = "active", version.id
    agreement = Agreement(
        number=ground.number,
        version_id=version.id,
        terms_sha256=version.terms_sha256,
        text=dict(ground.text),
        text_sha256=ground.sha256,
        pdf_sha256=hashlib.sha256(document.pdf).hexdigest(),
        check_code=document.check_code,
        signed_at=now,
    )
    session.add_all([agreement, *signatures])
    session.flush()
    session.add(AgreementFile(agreement_id=agreement.id, pdf=document.pdf))
    end_hold(session, locked=locked, until=now, by=case.actor.who)
    session.add_all(
        Hold(borrower_id=case.borrower_id, loan_id=one.id, cause="plan_kept", from_at=now)
        for one in locked.loans
    )
    tell_borrower(
        session,
        locked=locked,
        template="plan_signed",
        vault=case.gateways.vault,
        site=case.site,
        key=f"plan-signed:{version.public_id}",
        values={"agreement": ground.number},
    )
    session.flush()
    audit.record(
        session,
        actor=case.actor,
        action="plan.signed",
        object_kind="plan_version",
        object_id=version.public_id,
        now=now,
        before=before,
        after=changes | _signed(agreement, ground),
    )
    return agreement.number


def _signed(agreement: Agreement, ground: SigningGround) -> dict[str, object]:
    """What the audit trail keeps of an agreement."""
    return {
        "agreement": agreement.number,
        "terms_sha256": agreement.terms_sha256,
        "text_sha256": agreement.text_sha256,
        "pdf_sha256": agreement.pdf_sha256,
        "clauses": list(ground.clauses),
    }

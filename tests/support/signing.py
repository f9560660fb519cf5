"""An approved plan read, confirmed and signed, the way a borrower does it."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select

from app.domain.errors import GatewayDown
from app.models import OutboxItem, SignInCode
from app.ports.documents import GlyphMissing, StampedPdf
from app.services.agreements.basis import Assent
from app.services.agreements.queries import agreement_view, sign_view
from app.services.agreements.signing import TypedCode, ask_signing_code, sign_plan
from app.services.core.context import Actor
from app.services.signin.code_limits import Visit
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import actor_of, decide, make_staff, submitted

HERE = Visit(browser="browser-1", device="device-1", requester="127.0.0.1")
READ = timedelta(seconds=10)


class PlainDocuments:
    """Documents in no time, for races: what is made holds its number; a name with the character
    fails as a font would.
    """

    def __init__(self, unprintable: str = "") -> None:
        self.unprintable, self.made = unprintable, 0

    def make(self, name, values):
        self.made += 1
        if self.unprintable and self.unprintable in str(values["parties"]):
            raise GlyphMissing(self.unprintable)
        return f"{name} {values['number']} {values['text_sha256']} {values['check_url']}".encode()


class PlainSigner:
    """A seal that can be read; `down`: no authority answers that would stamp it."""

    def __init__(self) -> None:
        self.down, self.stamped = False, 0

    def sign(self, pdf, *, reason, at):
        return pdf + f" sealed {reason} {at.isoformat()}".encode()

    def stamp(self, pdf, *, at):
        if self.down:
            raise GatewayDown("time stamp: no answer")
        self.stamped += 1
        return StampedPdf(pdf + f" stamped {at.isoformat()}".encode(), at)


def without_authority(gateways):
    """The same gateways where nobody stamps."""
    signer = PlainSigner()
    signer.down = True
    return replace(gateways, signer=signer)


def plain(gateways, unprintable=""):
    """The installation's gateways with documents that take no time."""
    return replace(gateways, documents=PlainDocuments(unprintable), signer=PlainSigner())


@dataclass(frozen=True)
class Signing:
    """A version that was read by its borrower, and the code that was asked for, if any."""

    version: str
    borrower_id: int
    actor: Actor
    assent: Assent
    asked: str = ""
    digits: str = ""


def approved(session, gateways, site, *, borrower, loan, now=NOW, **answers) -> str:
    """A version that staff approved."""
    version = submitted(
        session, gateways.vault, site, borrower=borrower, loan=loan, now=now, **answers
    )
    decide(session, gateways.vault, site, version, make_staff(session), now=now)
    return version


def read_by(session, gateways, site, version, borrower, *, now=NOW) -> Signing:
    """Shown ten seconds ago, every grave clause confirmed."""
    view = sign_view(
        session,
        acting(now=now, vault=gateways.vault, site=site),
        borrower_id=borrower.id,
        version_public_id=version,
    )
    clauses = {one["code"]: now - timedelta(seconds=1) for one in view.clauses}
    session.rollback()
    return Signing(
        version, borrower.id, actor_of(borrower), Assent(view.sha256, now - READ, clauses)
    )


def ask(session, gateways, site, signing: Signing, *, visit=HERE, now=NOW) -> Signing:
    """The code asked for, with its digits as they were sent."""
    found = ask_signing_code(
        session,
        acting(now=now, actor=signing.actor, site=site, gateways=gateways),
        borrower_id=signing.borrower_id,
        version_public_id=signing.version,
        assent=signing.assent,
        visit=visit,
    )
    digits = sent_code(session, gateways.vault, found.outbox_ids[0])
    return replace(signing, asked=found.public_id, digits=digits)


def sign(
    session,
    gateways,
    site,
    signing: Signing,
    *,
    key=None,
    digits=None,
    visit=HERE,
    now=NOW,
    **changed,
) -> str:
    values = {
        "borrower_id": signing.borrower_id,
        "assent": signing.assent,
        "version_public_id": signing.version,
    }
    return sign_plan(
        session,
        acting(now=now, actor=signing.actor, site=site, gateways=gateways),
        request_key=key or signing.asked,
        given=TypedCode(signing.asked, signing.digits if digits is None else digits, visit),
        **(values | changed),
    )


def signed(session, gateways, site, *, borrower, loan, now=NOW, **answers) -> str:
    """A signed plan on a loan; return the agreement's number."""
    version = approved(session, gateways, site, borrower=borrower, loan=loan, now=now, **answers)
    found = ask(
        session,
        gateways,
        site,
        read_by(session, gateways, site, version, borrower, now=now),
        now=now,
    )
    return sign(session, gateways, site, found, now=now)


def sent_code(session, vault, outbox_id: int) -> str:
    item = session.get_one(OutboxItem, outbox_id)
    text = vault.unseal(
        item.payload_enc, table="outbox", row=item.idempotency_key, column="payload"
    )
    session.rollback()
    return re.search(r"验证码 (\d{6})", text)[1]


def code_row(session, signing: Signing) -> SignInCode:
    return session.scalars(select(SignInCode).where(SignInCode.public_id == signing.asked)).one()


def kept_of(session, borrower, number, days=0):
    at = NOW + timedelta(days=days)
    return agreement_view(session, acting(now=at), borrower_id=borrower.id, number=number).kept

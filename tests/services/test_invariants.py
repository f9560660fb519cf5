"""Every promise holds on what the product wrote, and each planted fault is named."""

import hashlib

import pytest
from sqlalchemy import select, text, update

from app.models import (
    Agreement,
    AgreementFile,
    AuditHead,
    Plan,
    PlanLoan,
    PlanVersion,
    Signature,
    SignInCode,
    StaffRole,
)
from app.services.invariants import CHECKS, check_invariants
from tests.factories import make_agreement
from tests.support.clock import NOW
from tests.support.proposals import decide, make_staff, submitted

PDF = b"%PDF-1.7 signed"


@pytest.fixture
def signed(session, vault, site):
    """A plan proposed, approved by a supervisor and signed."""
    public_id = submitted(session, vault, site)
    decide(session, vault, site, public_id, make_staff(session, roles=("supervisor",)))
    version = session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()
    agreement = make_agreement(session, version, pdf_sha256=hashlib.sha256(PDF).hexdigest())
    session.add(AgreementFile(agreement_id=agreement.id, pdf=PDF))
    code = SignInCode(
        purpose="sign", mobile_hmac="m", requester_hmac="r", browser_hash="b", code_hash="", asked_at=NOW,
        expires_at=NOW, text_sha256=agreement.text_sha256,
    )  # fmt: skip
    session.add(code)
    session.flush()
    session.add(
        Signature(version_id=version.id, party="borrower", clause="text", terms_sha256=agreement.terms_sha256, at=NOW,
                  from_where="127.0.0.1", code_id=code.id)
    )  # fmt: skip
    session.commit()
    return version


def broken(session):
    session.commit()
    session.expire_all()
    return {one.invariant for one in check_invariants(session)[1]}


def test_what_the_product_wrote_keeps_every_promise(session, signed):
    checked, violations = check_invariants(session)
    assert (checked, violations) == (tuple(CHECKS), ())


def test_an_empty_house_keeps_every_promise(session):
    assert check_invariants(session)[1] == ()


FAULTS = {
    "an agreement gone": ("I2", lambda s, v: [s.execute(AgreementFile.__table__.delete()),
                                              s.execute(Agreement.__table__.delete())]),
    "an agreement over other terms": ("I2", lambda s, v: s.execute(update(Agreement).values(terms_sha256="f" * 64))),
    "signed but not active": ("I2", lambda s, v: s.execute(update(Plan).values(state="approved"))),
    "an open plan let go": ("I3", lambda s, v: s.execute(update(PlanLoan).values(is_open=False))),
    "a state that does not follow": ("I3", lambda s, v: s.execute(update(Plan).values(state="refused"))),
    "a code for another text": ("I5", lambda s, v: s.execute(update(SignInCode).values(text_sha256="e" * 64))),
    "a signature on other terms": ("I5", lambda s, v: s.execute(update(Signature).values(terms_sha256="e" * 64))),
    "no signature": ("I5", lambda s, v: s.execute(Signature.__table__.delete())),
    "another file": ("I5", lambda s, v: s.execute(update(AgreementFile).values(pdf=b"other"))),
    "no file": ("I5", lambda s, v: s.execute(AgreementFile.__table__.delete())),
    "a role that came later": ("I7", lambda s, v: s.execute(update(StaffRole).values(until_at=NOW, from_at=NOW))),
    "a shorter chain": ("I9", lambda s, v: s.execute(update(AuditHead).values(seq=AuditHead.seq + 1))),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_named(session, signed, fault):
    invariant, plant = FAULTS[fault]
    plant(session, signed)
    assert invariant in broken(session)


def _without_guards(session, statement):
    """Change what triggers keep from being changed, as someone with the database's own password could."""
    if session.get_bind().dialect.name == "sqlite":
        names = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
        for name in names:
            session.execute(text(f"DROP TRIGGER {name}"))
    else:
        session.execute(text("SET session_replication_role = replica"))
    session.execute(text(statement))
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SET session_replication_role = origin"))


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("UPDATE plan_parts SET fen = fen + 1 WHERE number = 1 AND component = 'principal'", "I4"),
        ("UPDATE plan_versions SET total_fen = total_fen + 1", "I4"),
        ("UPDATE plan_versions SET terms_sha256 = 'abc'", "I4"),
        ("UPDATE audit SET actor = 'staff:other' WHERE seq = 1", "I9"),
        ("DELETE FROM audit WHERE seq = 1", "I9"),
        ("UPDATE audit SET seq = seq + 10 WHERE seq = 2", "I9"),
    ],
)
def test_what_is_changed_behind_the_guards_is_named(session, signed, statement, invariant):
    _without_guards(session, statement)
    assert invariant in broken(session)


def test_a_step_that_no_table_allows_is_named(session, signed):
    from app.services import audit
    from app.services.transaction import transaction

    with transaction(session):
        audit.record(
            session, actor=audit.Actor("staff:x"), action="plan.approved", object_kind="plan_version",
            object_id=signed.public_id, now=NOW, before={"state": "withdrawn"}, after={"state": "approved"},
        )  # fmt: skip
    assert "I3" in broken(session)

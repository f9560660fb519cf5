"""Every promise holds on what the product wrote, and each planted fault is named."""

import pytest
from sqlalchemy import delete, select, text, update

from app.config import Settings
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
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support import signing
from tests.support.clock import NOW


@pytest.fixture
def signed(session, site, tmp_path):
    """A plan proposed, approved by a person and signed, all by the use cases themselves."""
    gateways = signing.plain(make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance")})))
    borrower = make_borrower(session, gateways.vault)
    signing.signed(session, gateways, site, borrower=borrower, loan=make_loan(session, borrower))
    return session.scalars(select(PlanVersion)).one()


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
    "a signature on other terms": ("I5", lambda s, v: s.execute(update(Signature).values(terms_sha256="e" * 64))),
    "no signature": ("I5", lambda s, v: s.execute(Signature.__table__.delete())),
    "no seal": ("I5", lambda s, v: s.execute(delete(Signature).where(Signature.party == "lender"))),
    "a code for another text": ("I5", lambda s, v: s.execute(update(SignInCode).values(text_sha256="e" * 64))),
    "another text": ("I5", lambda s, v: s.execute(update(Agreement).values(text={"total_fen": 1}))),
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

"""Every promise holds on what the product wrote, and each planted fault is named."""

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update

from app.config import Settings
from app.domain.terms_writing import terms_sha256
from app.models import (
    Agreement,
    AgreementFile,
    AuditEntry,
    AuditHead,
    Borrower,
    Case,
    DueDate,
    IdentityAnswer,
    IdentityCheck,
    MobileChange,
    Plan,
    PlanLoan,
    PlanVersion,
    PolicyVersion,
    Signature,
    SignInCode,
    Staff,
    StaffRole,
)
from app.services.agreements.text import text_sha256
from app.services.core.context import Actor
from app.services.upkeep.invariants import CHECKS, check_invariants
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support import signing
from tests.support.acting import acting
from tests.support.agreements import VAULT
from tests.support.callers import Phone, confirmed
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.proposals import make_staff
from tests.support.several import proposed_over, three_loans
from tests.support.unguarded import unguarded


@pytest.fixture
def signed(session, site, tmp_path):
    """A plan proposed, approved by a person and signed, all by the use cases themselves."""
    gateways = signing.plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )
    borrower = make_borrower(session, gateways.vault)
    signing.signed(session, gateways, site, borrower=borrower, loan=make_loan(session, borrower))
    return session.scalars(select(PlanVersion)).one()


def broken(session, gateways):
    session.commit()
    session.expire_all()
    found = check_invariants(session, gateways=gateways)[1]
    return {one.invariant for one in found}


def test_what_the_product_wrote_keeps_every_promise(session, signed, gateways):
    checked, violations = check_invariants(session, gateways=gateways)
    assert (checked, violations) == ((*CHECKS, "I15", "I16", "I23", "I24", "I27", "I30"), ())


def test_an_empty_house_keeps_every_promise(session, gateways):
    assert check_invariants(session, gateways=gateways)[1] == ()


def active_values(session):
    return session.scalars(select(PolicyVersion.values).where(PolicyVersion.is_active)).one()


def another_number(session):
    values = {**active_values(session), "ceiling_ppm": 360_000}
    with unguarded(session):
        session.execute(update(PolicyVersion).where(PolicyVersion.is_active).values(values=values))


FAULTS = {
    "an agreement gone": (
        "I2",
        lambda s, v: [
            s.execute(AgreementFile.__table__.delete()),
            s.execute(DueDate.__table__.delete()),
            s.execute(Agreement.__table__.delete()),
        ],
    ),
    "an agreement over other terms": (
        "I2",
        lambda s, v: s.execute(update(Agreement).values(terms_sha256="f" * 64)),
    ),
    "signed but not active": ("I2", lambda s, v: s.execute(update(Plan).values(state="approved"))),
    "an open plan let go": ("I3", lambda s, v: s.execute(update(PlanLoan).values(is_open=False))),
    "a state that does not follow": (
        "I3",
        lambda s, v: s.execute(update(Plan).values(state="refused")),
    ),
    "a signature on other terms": (
        "I5",
        lambda s, v: s.execute(update(Signature).values(terms_sha256="e" * 64)),
    ),
    "no signature": ("I5", lambda s, v: s.execute(Signature.__table__.delete())),
    "no seal": ("I5", lambda s, v: s.execute(delete(Signature).where(Signature.party == "lender"))),
    "a code for another text": (
        "I5",
        lambda s, v: s.execute(update(SignInCode).values(text_sha256="e" * 64)),
    ),
    "another text": ("I5", lambda s, v: s.execute(update(Agreement).values(text={"total_fen": 1}))),
    "another file": ("I5", lambda s, v: s.execute(update(AgreementFile).values(pdf=b"other"))),
    "no file": ("I5", lambda s, v: s.execute(AgreementFile.__table__.delete())),
    "a role that came later": (
        "I7",
        lambda s, v: s.execute(update(StaffRole).values(until_at=NOW, from_at=NOW)),
    ),
    "no case": ("I13", lambda s, v: s.execute(delete(Case))),
    "a case that waits for someone else": (
        "I13",
        lambda s, v: s.execute(update(Case).values(waits_for="us")),
    ),
    "a case owned after the answer": (
        "I13",
        lambda s, v: s.execute(
            update(Case).values(owner_staff_id=select(Staff.id).scalar_subquery(), owned_at=NOW)
        ),
    ),
    "a clock that runs after the answer": (
        "I13",
        lambda s, v: s.execute(update(Case).values(answer_by_on=NOW.date())),
    ),
    "another number in the policy": (
        "I14",
        lambda s, v: another_number(s),
    ),
    "a shorter chain": (
        "I9",
        lambda s, v: s.execute(update(AuditHead).values(seq=AuditHead.seq + 1)),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_named(session, signed, fault, gateways):
    invariant, plant = FAULTS[fault]
    plant(session, signed)
    assert invariant in broken(session, gateways)


OF_TWO = "WHERE number IN (1, 2) AND component = 'principal'"


def _without_guards(session, statements):
    with unguarded(session):
        for one in statements.split(";"):
            assert session.execute(text(one)).rowcount, one


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("UPDATE plan_parts SET fen = fen + 1 WHERE number = 1 AND component = 'principal'", "I4"),
        ("UPDATE plan_versions SET total_fen = total_fen + 1", "I4"),
        ("UPDATE plan_versions SET terms_sha256 = 'abc'", "I4"),
        (f"UPDATE plan_parts SET fen = fen + 3 - 2 * number {OF_TWO}", "I4"),
        (f"UPDATE plan_parts SET due_on = '2026-12-09' {OF_TWO}", "I4"),
        ("UPDATE plan_parts SET waived_fen = waived_fen + 1 WHERE waived_fen > 0", "I4"),
        ("UPDATE plan_parts SET condition = NULL", "I4"),
        ("UPDATE plan_versions SET kind = 'settlement'", "I4"),
        ("UPDATE plan_versions SET start_on = '2026-11-01'", "I4"),
        ("UPDATE plan_versions SET sealed_at = NULL", "I4"),
        ("UPDATE plan_versions SET moved_months = 1", "I2"),
        ("UPDATE plans SET number = 'AH-77777'", "I2"),
        ("DELETE FROM signatures WHERE clause = 'missed'", "I5"),
        ("UPDATE plan_versions SET author_person = 'someone'", "I7"),
        ("UPDATE decisions SET person_id = 'someone'", "I7"),
        ("DELETE FROM decisions", "I9"),
        ("UPDATE decisions SET answer = 'refuse'", "I9"),
        ("UPDATE verdicts SET held = true", "I9"),
        ("UPDATE verdicts SET held = false WHERE rule = 'file_fresh'", "I9"),
        ("DELETE FROM verdicts", "I9"),
        ("UPDATE agreements SET number = 'AH-77777-1'", "I9"),
        ("UPDATE plan_versions SET valid_until_at = NULL", "I9"),
        ("UPDATE plan_versions SET policy_version = '2025-01-01.1'", "I9"),
        ("UPDATE plans SET state = 'completed'; UPDATE plan_loans SET is_open = false", "I9"),
        ("UPDATE audit SET actor = 'staff:other' WHERE seq = 1", "I9"),
        ("DELETE FROM audit WHERE seq = 1", "I9"),
        ("UPDATE audit SET seq = seq + 10 WHERE seq = 2", "I9"),
        ("UPDATE agreements SET check_code = 'aaaa-bbbb'", "I14"),
        ("UPDATE decisions SET words = '别的话'", "I14"),
        ("UPDATE decisions SET reason_code = 'other'", "I14"),
        ("UPDATE holds SET until_at = NULL, ended_by = NULL", "I14"),
        ("UPDATE holds SET from_at = '2026-01-01 00:00:00+00:00'", "I14"),
        ("DELETE FROM holds", "I14"),
        ("UPDATE audit SET rows = NULL WHERE seq = 2", "I9"),
        ("UPDATE due_dates SET due_on = '2026-12-09' WHERE number = 1", "I18"),
        ("DELETE FROM due_dates WHERE number = 2", "I18"),
    ],
)
def test_what_is_changed_behind_the_guards_is_named(
    session, signed, statement, invariant, gateways
):
    _without_guards(session, statement)
    assert invariant in broken(session, gateways)


def _forged(session, _version):
    """Terms changed by one fen, with every hash of them."""
    version, agreement = (
        session.scalars(select(PlanVersion)).one(),
        session.scalars(select(Agreement)).one(),
    )
    terms = json.loads(json.dumps(version.terms))
    for at, fen in ((0, 1), (1, -1)):
        terms["loans"][0]["instalments"][at]["principal_fen"] += fen
    with unguarded(session):
        session.execute(text(f"UPDATE plan_parts SET fen = fen + 3 - 2 * number {OF_TWO}"))
        version.terms, version.terms_sha256 = terms, terms_sha256(terms)
        session.execute(update(Signature).values(terms_sha256=version.terms_sha256))
        agreement.terms_sha256 = version.terms_sha256


def _other_file(session, _version):
    pdf = b"another"
    session.execute(update(AgreementFile).values(pdf=pdf))
    session.execute(update(Agreement).values(pdf_sha256=hashlib.sha256(pdf).hexdigest()))


def _other_text(session, _version):
    agreement = session.scalars(select(Agreement)).one()
    session.execute(
        update(SignInCode).values(text_sha256=text_sha256(agreement.text | {"total_fen": 1}))
    )
    agreement.text = agreement.text | {"total_fen": 1}
    agreement.text_sha256 = text_sha256(agreement.text)


def _other_day(session, _version):
    session.execute(update(Agreement).values(signed_at=NOW - timedelta(days=1)))
    session.execute(update(Signature).values(at=NOW - timedelta(days=1)))


def _other_borrower(session, _version):
    other = make_borrower(session, VAULT, mobile="19003740001")
    session.execute(update(Plan).values(borrower_id=other.id))


def _cut_tail(session, _version, keep=1):
    kept = session.scalars(select(AuditEntry).where(AuditEntry.seq == keep)).one()
    seq, last = kept.seq, kept.row_hash
    _without_guards(session, f"DELETE FROM audit WHERE seq > {keep}")
    session.execute(update(AuditHead).values(seq=seq, row_hash=last))


def _all_gone(session, _version):
    """The plan itself deleted, with everything that hangs on it."""
    tables = (
        "entries",
        "journals",
        "agreement_files",
        "due_dates",
        "agreements",
        "signatures",
        "decisions",
        "verdicts",
        "plan_parts",
        "plan_loans",
        "cases",
    )
    _without_guards(
        session, "; ".join(f"DELETE FROM {one}" for one in (*tables, "plan_versions", "plans"))
    )


@pytest.mark.parametrize(
    "forge", [_forged, _other_file, _other_text, _other_day, _other_borrower, _cut_tail, _all_gone]
)
def test_what_was_changed_with_all_its_hashes_is_not_what_the_trail_tells(
    session, signed, forge, gateways
):
    forge(session, signed)
    assert "I9" in broken(session, gateways)


def test_a_step_that_no_table_allows_is_named(session, signed, gateways):
    from app.services.core import audit
    from app.services.core.transaction import transaction

    with transaction(session):
        audit.record(
            session,
            acting(actor=Actor("staff:x")),
            action="plan.approved",
            object_kind="plan_version",
            object_id=signed.public_id,
            before={"state": "withdrawn"},
            after={"state": "approved"},
        )
    assert "I3" in broken(session, gateways)


@pytest.fixture
def changed(session, site, gateways):
    """A mobile entered in a checked call and confirmed, all by the use cases themselves."""
    borrower = make_borrower(session, gateways.vault)
    make_loan(session, borrower)
    confirmed(
        Phone(session, gateways.vault, site, borrower, make_staff(session)), make_staff(session)
    )
    return session.scalars(select(MobileChange)).one()


def test_a_changed_mobile_keeps_every_promise(session, gateways, changed):
    assert check_invariants(session, gateways=gateways)[1] == ()


@pytest.mark.parametrize(
    "plant",
    [
        delete(IdentityAnswer),
        update(IdentityCheck).values(state="failed"),
        update(IdentityCheck).values(by="staff:other"),
        update(MobileChange).values(confirmed_person=None),
        update(MobileChange).values(state="entered"),
        update(MobileChange).values(changed=[]),
        update(MobileChange).values(new_hmac="0" * 64),
        update(MobileChange).values(state="in_file"),
        update(Borrower).values(mobile_hmac="0" * 64),
    ],
    ids=str,
)
def test_a_fault_planted_in_a_changed_mobile_is_named(session, gateways, changed, plant):
    session.execute(plant)
    assert broken(session, gateways) == {"I17"}


def test_a_plan_over_several_loans_that_is_off_is_told_once(session, site, gateways):
    borrower, loans = three_loans(session, gateways.vault)
    proposed_over(session, gateways.vault, site, borrower, loans)
    session.execute(update(PlanLoan).values(is_open=False))
    session.commit()
    found = check_invariants(session, gateways=gateways)[1]
    assert [one.invariant for one in found] == ["I3"]

"""One certificate in force a plan: issued with the last money, withdrawn when it is taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domain.calendar import midnight
from app.models import AuditEntry, Certificate
from app.services.certificates.text import text_sha256
from tests.support.certificates import certified, paid_off, signed_of, withdrawn
from tests.support.clock import NOW
from tests.support.money import taken_back

DAY = (NOW + timedelta(days=3)).date()
LATER = midnight(DAY + timedelta(days=9))


@pytest.fixture
def agreement(session, vault, site):
    number = signed_of(session, vault, site)
    paid_off(session, number, on=DAY)
    return number


def entries(session):
    found = AuditEntry.action.like("certificate.%")
    query = select(AuditEntry).where(found).order_by(AuditEntry.seq)
    return [(one.action, one.object_id) for one in session.scalars(query)]


def test_issued_twice_it_is_one(session, vault, site, agreement):
    first = certified(session, vault, site, agreement, on=DAY)
    again = certified(session, vault, site, agreement, on=DAY, now=LATER)
    assert again.id == first.id
    assert again.text_sha256 == text_sha256(again.text)
    assert entries(session) == [("certificate.issued", first.public_id)]


def test_withdrawn_and_issued_again_it_has_a_number_and_a_code_of_its_own(
    session, vault, site, agreement
):
    first = certified(session, vault, site, agreement, on=DAY)
    for _ in range(2):
        withdrawn(session, agreement, now=LATER)
    assert first.withdrawn_at == LATER
    second = certified(session, vault, site, agreement, on=DAY, now=LATER)
    assert second.check_code != first.check_code
    assert [one.text["number"][-2:] for one in (first, second)] == ["-1", "-2"]
    assert entries(session) == [
        ("certificate.issued", first.public_id),
        ("certificate.withdrawn", first.public_id),
        ("certificate.issued", second.public_id),
    ]


def test_what_is_on_record_names_nobody(session, vault, site, agreement):
    certified(session, vault, site, agreement, on=DAY)
    query = select(AuditEntry).where(AuditEntry.action == "certificate.issued")
    entry = session.scalars(query).one()
    assert set(entry.after) == {"number", "plan", "kind", "text_sha256"}
    assert f"certificates:{session.scalar(select(Certificate.id))}" in entry.rows


def test_nothing_to_withdraw_is_nothing_done(session, agreement):
    withdrawn(session, agreement, now=LATER)
    assert entries(session) == []


def test_money_taken_back_and_paid_anew_is_certified_anew(session, vault, site):
    number = signed_of(session, vault, site)
    payment = paid_off(session, number, on=DAY)
    first = certified(session, vault, site, number, on=DAY)
    taken_back(session, payment, number, on=DAY + timedelta(days=1))
    withdrawn(session, number, now=LATER)
    paid_off(session, number, on=DAY + timedelta(days=2))
    second = certified(session, vault, site, number, on=DAY + timedelta(days=2), now=LATER)
    assert second.text["completed_on"] > first.text["completed_on"]
    assert second.text["paid"]["fen"] >= first.text["paid"]["fen"]


def test_the_tables_hold_to_it(session, vault, site, agreement):
    first = certified(session, vault, site, agreement, on=DAY)
    values = {"kind": first.kind, "plan_id": first.plan_id, "text": {}, "text_sha256": "0" * 64}
    session.add(Certificate(**values, check_code="x" * 20, issued_at=NOW))
    with pytest.raises(IntegrityError):
        session.commit()
    session.rollback()
    first.text_sha256 = "1" * 64
    with pytest.raises(DBAPIError, match="stays as it was told"):
        session.commit()
    session.rollback()

"""What is read of certificates, by whom, and by how few questions."""

from datetime import timedelta

import pytest

from app.domain.calendar import midnight
from app.domain.errors import NotFound
from app.models import Plan
from app.services.agreements.checking import check_total
from app.services.certificates.queries import (
    certificate_view,
    certificates_of,
    certified_fen,
    checked_certificate,
)
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.certificates import certified, paid_off, signed_of, withdrawn
from tests.support.clock import NOW
from tests.support.counting import statements
from tests.support.money import paid

DAY = (NOW + timedelta(days=3)).date()
LATER = midnight(DAY + timedelta(days=9))
CONTEXT = acting(now=LATER)


@pytest.fixture
def agreement(session, vault, site):
    number = signed_of(session, vault, site)
    paid_off(session, number, on=DAY)
    return number


@pytest.fixture
def one(session, vault, site, agreement):
    return certified(session, vault, site, agreement, on=DAY)


def test_its_borrower_reads_it_also_once_withdrawn(session, vault, agreement, one):
    owner = session.get_one(Plan, one.plan_id).borrower_id
    found = certificate_view(session, CONTEXT, borrower_id=owner, public_id=one.public_id)
    assert (found.number, found.text, found.has_file, found.is_in_force) == (
        one.text["number"],
        one.text,
        False,
        True,
    )
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    for borrower, public_id in ((other.id, one.public_id), (owner, "x" * 20)):
        with pytest.raises(NotFound):
            certificate_view(session, CONTEXT, borrower_id=borrower, public_id=public_id)
    session.rollback()
    withdrawn(session, agreement, now=LATER)
    found = certificate_view(session, CONTEXT, borrower_id=owner, public_id=one.public_id)
    assert (found.withdrawn_at, found.is_in_force) == (LATER, False)


def test_what_came_beyond_the_plan_is_told_as_theirs(session, agreement, one):
    owner = session.get_one(Plan, one.plan_id).borrower_id
    for fen in (0, 7_700):
        if fen:
            paid(session, agreement, fen=fen, on=DAY + timedelta(days=1))
        found = certificate_view(session, CONTEXT, borrower_id=owner, public_id=one.public_id)
        assert found.credit_fen == fen


def test_those_in_force_are_found_by_plan(session, agreement, one):
    key = one.plan_id
    found = certificates_of(session, plan_ids=[key, key + 1])
    assert found == {key: (one.public_id, one.kind, one.text["number"])}
    session.rollback()
    withdrawn(session, agreement, now=LATER)
    assert certificates_of(session, plan_ids=[key]) == {}


def test_where_no_plan_is_named_nothing_is_asked(session):
    with statements(session.get_bind()) as seen:
        assert certificates_of(session, plan_ids=[]) == {}
    assert seen == []


def test_strangers_learn_kind_number_and_days(session, agreement, one):
    code = one.check_code
    found = checked_certificate(session, check_code=code)
    assert (found.kind, found.number, found.issued_at, found.withdrawn_at) == (
        "settlement",
        one.text["number"],
        one.issued_at,
        None,
    )
    session.rollback()
    withdrawn(session, agreement, now=LATER)
    assert checked_certificate(session, check_code=code).withdrawn_at == LATER
    with pytest.raises(NotFound):
        checked_certificate(session, check_code="x" * 20)


def test_the_printed_total_is_held_against_it(session, vault, one):
    fen, code = one.text["paid"]["fen"], one.check_code
    assert certified_fen(session, check_code=code) == fen
    assert certified_fen(session, check_code="x" * 20) is None
    session.rollback()
    for typed, is_so in ((fen, True), (fen + 1, False)):
        told = check_total(
            session,
            acting(now=LATER, vault=vault),
            check_code=code,
            total_fen=typed,
            requester="192.0.2.7",
        )
        assert told == is_so

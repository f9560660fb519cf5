"""What happened to a case so far: its own entries and the last contacts, newest first, in codes."""

from datetime import timedelta

from sqlalchemy import select

from app.models import PlanVersion
from app.services.cases.deciding import decide_version
from app.services.cases.history_queries import LAST_CONTACTS, case_history
from tests.factories import make_contact, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import approved_at_once, make_staff, rehearsed, submitted


def told(session, borrower, version):
    row = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    return case_history(session, version_id=row.id, borrower_id=borrower.id, now=NOW)


def test_who_did_what_comes_newest_first(session, vault, site, borrower, loan):
    version = submitted(session, vault, site, borrower=borrower, loan=loan)
    mei, later = make_staff(session), NOW + timedelta(hours=1)
    reply = rehearsed(session, vault, site, version, mei, now=later)
    context = acting(now=later, staff=mei, vault=vault, site=site)
    decide_version(session, context, version_public_id=version, reply=reply)
    assert [(one.what, one.who, one.name) for one in told(session, borrower, version)] == [
        ("plan.approved", "staff", "李静"),
        ("case.taken", "staff", "李静"),  # who answers takes it in the same step
        ("plan.submitted", "borrower", ""),
    ]


def test_the_policy_is_named_as_who_approved(session, vault, site, borrower, loan):
    version = approved_at_once(session, vault, site, borrower=borrower, loan=loan)
    assert [(one.what, one.who) for one in told(session, borrower, version)] == [
        ("plan.approved", "policy"),
        ("plan.submitted", "borrower"),
    ]


def test_another_case_of_the_same_borrower_has_its_own(session, vault, site, borrower, loan):
    version = submitted(session, vault, site, borrower=borrower, loan=loan)
    other = make_loan(session, borrower)
    submitted(session, vault, site, borrower=borrower, loan=other)
    assert [one.what for one in told(session, borrower, version)] == ["plan.submitted"]


def test_the_last_five_contacts_stand_among_the_entries(session, vault, site, borrower, loan):
    version = submitted(session, vault, site, borrower=borrower, loan=loan)
    for hours in range(-3, LAST_CONTACTS):
        make_contact(session, borrower, at=NOW + timedelta(hours=hours, minutes=30))
    found = told(session, borrower, version)
    assert len(found) == LAST_CONTACTS + 1
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    assert (found[0].what, found[0].who, found[0].more) == ("reminder", "sms", "sent")
    assert found[-1].what == "plan.submitted"

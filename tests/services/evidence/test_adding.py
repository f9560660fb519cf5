"""A paper is kept sealed, once, while the plan is looked at; refused, nothing of it is left."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.domain.errors import GatewayDown, NotFound
from app.domain.evidence import CONSENT, FILE_BYTES, MOST_FILES, TAKES_PAPERS
from app.models import AuditEntry, Consent, Evidence, EvidenceRequest
from app.ports.pictures import PictureRefused
from app.services.core.policy import active_policy
from app.services.evidence.adding import (
    KindNeeded,
    PaperConsentNeeded,
    TooLarge,
    TooManyFiles,
    TooManyUploads,
)
from app.services.evidence.reading import judge_paper, view_page
from app.services.evidence.removing import remove_paper
from app.services.plans.steps import StateChanged
from tests.factories import make_borrower
from tests.support.cases import case_of, put
from tests.support.clock import NOW
from tests.support.evidence import PAGE, FullDisk, ask, evidence_context, give, stored
from tests.support.proposals import actor_of, decide, make_staff

STATES = ("approved", "countered", "refused", "signed", "withdrawn", "expired", "superseded")


@pytest.fixture
def add(session, vault, folder, borrower, version):
    def add(**values):
        return give(session, vault, folder, values.pop("who", borrower), version, **values)

    return add


def count(session) -> int:
    session.rollback()
    return session.scalar(select(func.count(Evidence.id)))


def test_a_paper_lies_sealed_and_is_on_record(session, add, folder):
    paper = add()
    row = session.scalars(select(Evidence)).one()
    assert (row.public_id, row.pages, row.bytes) == (paper, 2, 2 * len(PAGE) + 1)
    assert len(stored(folder)) == 2
    assert all(PAGE not in one for one in stored(folder))
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert entry.action == "evidence.added"
    # what it shows is nobody's business but of who reads it
    assert "employer" not in str(entry.after)


def test_sent_again_it_is_kept_once(session, add, folder):
    assert add() == add()
    assert count(session) == 1
    assert len(stored(folder)) == 2
    # another file of the same form is another paper
    assert add(content=PAGE + b"other") != add()
    assert count(session) == 2


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"kind": "medical_bill"}, KindNeeded),
        ({"topic": "none"}, KindNeeded),
        ({"kind": ""}, KindNeeded),
        ({"kind": "pay_receipts"}, PaperConsentNeeded),
        ({"content": b""}, PictureRefused),
        ({"content": b"broken"}, PictureRefused),
        ({"content": b"x" * (FILE_BYTES + 1)}, TooLarge),
        ({"storage": FullDisk}, GatewayDown),
    ],
)
def test_what_is_refused_leaves_nothing(session, add, folder, values, fault):
    with pytest.raises(fault):
        add(**values)
    assert count(session) == 0
    assert stored(folder) == []
    assert session.scalar(select(func.count(Consent.id)).where(Consent.document == CONSENT)) == 0


def test_a_file_of_the_very_limit_is_taken(session, add):
    add(content=b"x" * FILE_BYTES)
    assert count(session) == 1


def test_a_private_paper_has_a_consent_of_its_own(session, add):
    add(kind="pay_receipts", has_consented=True)
    add(kind="employer_letter", has_consented=True, content=b"letter")
    consent = session.scalars(select(Consent).where(Consent.document == CONSENT)).one()
    of = dict(session.execute(select(Evidence.kind, Evidence.consent_id)).all())
    assert of == {"pay_receipts": consent.id, "employer_letter": None}


def test_another_borrowers_plan_is_as_absent_as_none(session, vault, folder, add):
    stranger = make_borrower(session, vault)
    with pytest.raises(NotFound):
        add(who=stranger)
    assert stored(folder) == []


@pytest.mark.parametrize("state", STATES)
def test_once_decided_no_paper_is_taken(session, add, version, folder, state):
    assert state not in TAKES_PAPERS
    put(session, version, state)
    with pytest.raises(StateChanged):
        add()
    assert stored(folder) == []


def test_decided_while_it_was_read_it_is_not_kept(
    session, vault, site, version, borrower, folder, monkeypatch
):
    boss = make_staff(session, roles=("supervisor",))

    def decided_meanwhile(self, content):
        decide(session, vault, site, version, boss, answer="refuse")
        return (content,)

    monkeypatch.setattr("tests.support.evidence.AsItComes.pictures", decided_meanwhile)
    with pytest.raises(StateChanged):
        give(session, vault, folder, borrower, version)
    assert count(session) == 0
    assert stored(folder) == []


def test_ten_are_enough(session, add):
    for number in range(MOST_FILES):
        add(content=PAGE + bytes([number]))
    with pytest.raises(TooManyFiles):
        add(content=b"one more")


def test_a_day_takes_so_many_whatever_was_deleted(session, add):
    most = active_policy(session)[1].limits.uploads_per_day
    for number in range(most):
        add(content=PAGE + bytes([number]))
        session.execute(
            Evidence.__table__.update().values(deleted_at=NOW, deleted_why="taken_back")
        )
        session.commit()
    with pytest.raises(TooManyUploads):
        add(content=b"one more")
    add(content=b"one more", now=NOW + timedelta(days=1, seconds=1))


def test_what_was_asked_for_lets_the_plan_go_on(session, vault, site, add, version, mei):
    ask(session, vault, site, version, mei)
    assert case_of(session, version).waits_for == "documents"
    add(topic="health", kind="care_letter", content=b"something else")
    assert case_of(session, version).waits_for == "documents"
    before = case_of(session, version).answer_by_on
    add(now=NOW + timedelta(days=7))
    case = case_of(session, version)
    assert case.waits_for == "us"
    # the clock stood still meanwhile
    assert case.answer_by_on > before
    asked = session.scalars(select(EvidenceRequest)).one()
    assert asked.ended_why == "given"


def test_a_file_that_is_kept_is_not_taken_twice_however_it_comes(session, add, folder):
    first = add()
    assert add() == first
    assert count(session) == 1
    assert len(stored(folder)) == 2
    # as something else to show it is another paper
    assert add(kind="social_insurance") != first


def test_what_was_deleted_can_be_given_again(session, vault, folder, borrower, add):
    first = add()
    context = evidence_context(vault, folder, actor=actor_of(borrower))
    remove_paper(session, context, borrower_id=borrower.id, paper=first)
    second = add()
    assert second != first
    assert add() == second
    assert count(session) == 2


def test_what_could_not_be_made_out_may_come_again(session, vault, site, folder, add, version, mei):
    first = add()
    context = evidence_context(vault, folder, site=site, staff=mei)
    view_page(session, context, version_public_id=version, paper=first, page=1)
    judge_paper(session, context, version_public_id=version, paper=first, verdict="unclear")
    ask(session, vault, site, version, mei)
    # sent once more just as it was: it is what was asked for
    assert add() != first
    assert case_of(session, version).waits_for == "us"


def test_a_commit_that_was_not_answered_leaves_the_pages_to_the_sweep(
    session, vault, folder, borrower, version, monkeypatch
):
    """It may have gone through: a row whose pages were deleted would be a paper that is lost."""

    def unanswered(*_args, **_values):
        raise OperationalError("COMMIT", {}, ConnectionError("planted"))

    with monkeypatch.context() as patch:
        patch.setattr("app.services.evidence.adding._keep", unanswered)
        with pytest.raises(OperationalError):
            give(session, vault, folder, borrower, version)
    assert len(stored(folder)) == 2

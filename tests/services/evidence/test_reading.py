"""Staff read a paper on record, its borrower reads it too, nobody else does."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from app.domain.errors import NotFound
from app.models import AuditEntry, Evidence, EvidenceView
from app.services.evidence.reading import (
    NotReadYet,
    VerdictNeeded,
    judge_paper,
    own_page,
    view_page,
)
from tests.factories import make_borrower
from tests.support.evidence import PAGE, evidence_context, give
from tests.support.proposals import make_staff, submitted


@pytest.fixture
def paper(session, vault, folder, borrower, version) -> str:
    return give(session, vault, folder, borrower, version)


@pytest.fixture
def read(session, vault, folder, version, paper, mei):
    def read(page=1, *, on=version, of=paper, who=mei):
        context = evidence_context(vault, folder, staff=who)
        return view_page(session, context, version_public_id=on, paper=of, page=page)

    return read


@pytest.fixture
def judge(session, vault, folder, version, paper, mei):
    def judge(verdict="true", *, who=mei):
        context = evidence_context(vault, folder, staff=who)
        judge_paper(session, context, version_public_id=version, paper=paper, verdict=verdict)

    return judge


def test_every_page_read_is_on_record(session, read, mei):
    assert (read(1), read(2)) == (PAGE, PAGE + b"2")
    views = session.execute(select(EvidenceView.staff_id, EvidenceView.page)).all()
    assert views == [(mei.staff_id, 1), (mei.staff_id, 2)]
    actions = session.scalars(select(AuditEntry.action)).all()
    assert actions.count("evidence.viewed") == 2
    with pytest.raises(DatabaseError, match="stays on record"):
        session.execute(update(EvidenceView).values(page=9))
    session.rollback()


@pytest.mark.parametrize("page", [0, 3, -1])
def test_a_page_there_is_not_is_not_found(read, page):
    with pytest.raises(NotFound):
        read(page)


def test_a_paper_is_read_from_its_own_case_only(session, vault, site, read, paper):
    other = submitted(session, vault, site)
    with pytest.raises(NotFound):
        read(on=other)
    with pytest.raises(NotFound):
        read(of="none")
    assert session.scalars(select(EvidenceView)).all() == []


def test_its_borrower_reads_it_and_no_other(session, vault, folder, borrower, paper):
    context = evidence_context(vault, folder)
    mine = {"borrower_id": borrower.id, "paper": paper, "page": 1}
    assert own_page(session, context, **mine) == PAGE
    stranger = make_borrower(session, vault)
    with pytest.raises(NotFound):
        own_page(session, context, **(mine | {"borrower_id": stranger.id}))


def test_a_page_put_in_anothers_place_does_not_open(session, vault, folder, read, paper):
    (folder / paper / "1").write_bytes((folder / paper / "2").read_bytes())
    with pytest.raises(ValueError, match="moved or altered"):
        read(1)
    session.rollback()
    assert session.scalars(select(EvidenceView)).all() == []


def test_only_who_has_read_it_says_what_is_in_it(session, read, judge, mei):
    with pytest.raises(NotReadYet):
        judge()
    read()
    with pytest.raises(VerdictNeeded):
        judge("lies")
    with pytest.raises(NotReadYet):
        judge(who=make_staff(session))
    judge()
    judge()
    found = session.scalars(select(Evidence)).one()
    assert (found.verdict, found.judged_by) == ("true", mei.staff_id)
    actions = session.scalars(select(AuditEntry.action)).all()
    assert actions.count("evidence.judged") == 1

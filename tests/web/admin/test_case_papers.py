"""Papers at the desk: opened as files on record, judged, one more asked for in words, once."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.models import AuditEntry, Evidence, EvidenceView, OutboxItem, PlanVersion
from app.services.evidence.adding import add_evidence
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.evidence import PAGE, WORDS, AsItComes, upload
from tests.support.people import make_staff, sign_in_staff
from tests.support.proposals import actor_of, submitted


@pytest.fixture
def version(session, gateways, site, borrower) -> str:
    loan = make_loan(session, borrower)
    return submitted(session, gateways.vault, site, borrower=borrower, loan=loan)


@pytest.fixture
def give(session, gateways, borrower, version):
    def give(**values):
        context = acting(actor=actor_of(borrower), gateways=replace(gateways, pictures=AsItComes()))
        return add_evidence(
            session,
            context,
            borrower_id=borrower.id,
            version_public_id=version,
            upload=upload(**values),
        )

    return give


def address(version: str) -> str:
    return f"/admin/plan/{version}"


def ask(desk, version, topic="income", words=WORDS, page=None):
    page = page or desk.get(address(version))
    return desk.post_form(page, _action=f"{address(version)}/document", topic=topic, request=words)


def state(session) -> str:
    session.rollback()
    return session.scalars(select(PlanVersion.state)).one()


def test_a_page_is_a_file_of_its_own_and_on_record(session, desk, version, give):
    paper = give()
    page = desk.get(address(version))
    assert "单位开的收入证明" in page.page.text()
    assert "看过 0 次" in page.page.text()
    got = desk.post_form(page, _action=f"/papers/{paper}/1", _button="打开第 2 页")
    assert got.data == PAGE + b"2"
    assert got.headers["Content-Disposition"] == "attachment; filename=page-2.jpg"
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    session.rollback()
    assert session.scalars(select(EvidenceView.page)).all() == [2]
    assert "看过 1 次" in desk.get(address(version)).page.text()


def test_what_a_private_paper_is_shows_only_once_it_is_opened(desk, version, give):
    give(kind="pay_receipts", has_consented=True)
    give(topic="health", kind="care_letter", content=b"care")
    text = desk.get(address(version)).page.text()
    assert text.count("本人单独同意才给的材料") >= 2
    for word in ("流水", "看病", "病历"):
        assert word not in text.partition("请本人补一样材料")[0]


def test_who_has_read_it_says_what_is_in_it_and_the_answer_stays(session, desk, version, give):
    paper = give()
    page = desk.get(address(version))
    assert "看过，属实" not in page.page.text()
    desk.post_form(page, _action=f"/papers/{paper}/1")
    page = desk.get(address(version))
    page = desk.post_form(
        page,
        _action=address(version),
        _button="看过，属实",
        words="还没写完的话",
    )
    assert page.page.by_id("words").text() == "还没写完的话"
    session.rollback()
    assert session.scalars(select(Evidence.verdict)).one() == "true"


def test_one_thing_more_is_asked_for_and_the_case_waits(session, desk, version, give):
    page = ask(desk, version)
    text = page.page.text()
    assert state(session) == "needs_document"
    assert "已请本人补材料" in text
    assert WORDS in text
    assert "等材料" in text
    assert not [one for one in page.page.iter("input") if one.get("name") == "answer"]
    keys = session.scalars(select(OutboxItem.idempotency_key)).all()
    assert any(one.startswith("document-asked:") for one in keys)
    assert "要补的材料到了" not in text
    give()
    page = desk.get(address(version))
    assert "要补的材料到了" in page.page.text()
    assert state(session) == "submitted"


def test_the_desk_goes_on_without_it(session, desk, version):
    page = ask(desk, version)
    page = desk.post_form(page, _action="/document/stop")
    assert state(session) == "submitted"
    offered = {one.get("value") for one in page.page.iter("option")}
    assert "income" not in offered
    assert "debts" in offered


@pytest.mark.parametrize(
    ("topic", "words", "told"),
    [
        ("", WORDS, "请选要补哪一样"),
        ("income", "", "请写给借款人"),
        ("nothing", WORDS, "请选要补哪一样"),
    ],
)
def test_what_is_missing_is_told_at_its_field_and_what_was_typed_stays(
    session, desk, version, topic, words, told
):
    page = ask(desk, version, topic, words)
    assert told in page.page.text()
    assert page.page.by_id("request").text() == words
    assert state(session) == "submitted"


def test_a_paper_of_another_case_is_as_absent_as_none(session, gateways, site, desk, version, give):
    paper = give()
    other = submitted(session, gateways.vault, site)
    token = next(
        one.get("value")
        for one in desk.get(address(version)).page.iter("input")
        if one.get("name") == "csrf_token"
    )
    for what in (f"{paper}/1", f"{paper}/verdict", "x/1", f"{paper}/9"):
        where = version if what.endswith("/9") else other
        got = desk.post(
            f"{address(where)}/papers/{what}", data={"csrf_token": token, "verdict": "true"}
        )
        assert got.status_code == 404
    session.rollback()
    assert session.scalars(select(EvidenceView.id)).all() == []


def test_compliance_sees_that_there_are_papers_in_the_history_and_opens_none(
    app, session, version, give
):
    paper = give()
    staff = make_staff(session, "compliance", username="he")
    reader = sign_in_staff(app.test_client(), session, staff)
    page = reader.get(address(version))
    assert "本人给了材料" in page.page.text()
    assert paper not in page.get_data(as_text=True)
    actions = session.scalars(select(AuditEntry.action)).all()
    assert "evidence.viewed" not in actions

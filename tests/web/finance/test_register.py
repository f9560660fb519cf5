"""Finance reads the register: filter, totals, pages, and what it may not do."""

import pytest
from sqlalchemy import select, update

from app.domain.money import figure, yuan
from app.domain.plan_terms import PARTS
from app.models import AgreementFile, AuditEntry, PlanVersion
from app.services.finance import register_queries
from app.services.register import sums as register_sums
from tests.support.exporting import WITH_FIRST, copies, signed
from tests.support.people import make_staff, sign_in_staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def agreement(session, gateways, site):
    return signed(session, gateways.vault, site)


@pytest.fixture
def desk(client, session):
    return sign_in_staff(client, session, make_staff(session, "finance"))


def test_the_register_shows_agreements_and_their_totals(desk, session, agreement):
    copies(session, agreement, 2)
    page = desk.get("/finance/")
    text = page.page.text()
    assert agreement.number in text
    assert "*敏" in text
    assert "罗涵敏" not in text
    total = session.get_one(PlanVersion, agreement.version_id).total_fen
    assert f"{yuan(3 * total)} 协议总额" in text or yuan(3 * total) in text
    assert "全部已签署，3 份" in text
    assert "执行中" in text


def test_the_filter_is_told_and_kept(desk, agreement):
    page = desk.post_form(
        desk.get("/finance/"), **{"from": "2026-11-24", "to": "2026-11-30", "state": "active"}
    )
    text = page.page.text()
    assert "2026年11月24日到2026年11月30日签署，执行中，0 份" in text
    assert "这个范围里没有协议" in text
    assert 'value="2026-11-24"' in page.get_data(as_text=True)
    back = desk.post_form(page, **{"from": "2026-11-23", "to": ""})
    assert agreement.number in back.page.text()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=yesterday", "请写成 2026-11-20 这样的日期"),
        ("from=2026-11-24&to=2026-11-23", "结束日期要在开始日期之后"),
        ("state=x", "请从列表里选一个状态"),
        ("kind=x", "请从列表里选一个种类"),
        ("product=x", "台账里没有这个产品"),
        ("due=2026-13", "请写成 2026-12 这样的年月"),
        ("due=12", "请写成 2026-12 这样的年月"),
        ("due=0000-01", "请写成 2026-12 这样的年月"),
        ("due=9999-12", "请写成 2026-12 这样的年月"),
        ("due=2026-1", "请写成 2026-12 这样的年月"),
        ("number=" + "9" * 41, "号码最多 40 个字"),
        ("number=A%EF%BF%BD", "号码里有读不出的字"),
    ],
)
def test_a_wrong_filter_is_told_and_shows_nothing(desk, agreement, query, words):
    text = desk.get(f"/finance/?{query}").page.text()
    assert words in text
    assert agreement.number not in text


@pytest.mark.parametrize("month", ["2026-12", "2026年12月", "202612", "２０２６/12", " 2026.12 "])
def test_a_month_is_read_as_people_write_it(desk, agreement, month):
    page = desk.post_form(desk.get("/finance/"), due=month)
    assert "2026年12月有一期到期，1 份" in page.page.text()
    assert 'value="2026-12"' in page.get_data(as_text=True)


def test_every_filter_is_told_kept_and_handed_to_the_export(desk, session, agreement):
    loan_product = "装修分期"
    page = desk.post_form(
        desk.get("/finance/"),
        due="2026-12",
        kind="reamortise",
        product=loan_product,
        number=f" {agreement.number.lower()} ",
    )
    told = f"分期重组，产品是装修分期，2026年12月有一期到期，号码是 {agreement.number.lower()} 或以它开头"
    assert f"全部已签署，{told}，1 份" in page.page.text()
    export = desk.follow(page, "导出筛选结果")
    assert export.request.args.to_dict() == {
        "due": "2026-12",
        "kind": "reamortise",
        "product": loan_product,
        "number": agreement.number.lower(),
    }
    assert f"{told}，1 份" in export.page.text()
    jobs = desk.post_form(export, form="csv", purpose="对账")
    assert f"全部已签署，{told}" in jobs.page.text()
    none = desk.post_form(page, due="2026-10")
    assert "0 份" in none.page.text()
    assert yuan(0) in none.page.text()


def test_pages_keep_the_filter(desk, session, agreement, monkeypatch):
    monkeypatch.setattr(register_queries, "PAGE_ROWS", 2)
    copies(session, agreement, 3)
    first = desk.get("/finance/?from=2026-11-01")
    second = desk.follow(first, "后面的协议")
    assert second.request.args.get("from") == "2026-11-01"
    assert not any("后面的协议" in a.text() for a in second.page.iter("a"))
    assert desk.follow(second, "回到第一页").page.text() == first.page.text()
    assert desk.get("/finance/?after=AH-0-1").status_code == 404


def test_finance_lands_on_the_register_and_compliance_reads_it(client, session, agreement):
    sign_in_staff(client, session, make_staff(session, "compliance", username="han"))
    page = client.get("/finance/")
    assert agreement.number in page.page.text()
    assert not any("导出筛选结果" in a.text() for a in page.page.iter("a"))
    sign_in_staff(client, session, make_staff(session, "finance", username="zheng"))
    assert client.get("/admin/sign-in").headers["Location"] == "/finance/"


@pytest.mark.parametrize("address", ["/finance/", "/finance/exports/new", "/finance/exports"])
def test_nothing_in_the_address_steers_how_pages_are_built(desk, agreement, address):
    page = desk.get(
        address, query_string={"_external": "1", "_scheme": "x", "_anchor": "y", "endpoint": "z"}
    )
    assert page.status_code == 200
    assert "x://" not in page.get_data(as_text=True)


def test_a_wrong_filter_leads_from_the_export_back_to_the_register(desk, agreement):
    page = desk.get("/finance/exports/new?from=yesterday&_scheme=x", follow_redirects=True)
    assert page.request.path == "/finance/"
    assert "请写成 2026-11-20 这样的日期" in page.page.text()


def test_a_row_leads_to_its_agreement_and_the_signed_pdf_is_taken_on_record(
    desk, session, gateways, site
):
    signed_one = signed(session, gateways.vault, site, pdf=b"%PDF-1", answers=WITH_FIRST)
    page = desk.follow(desk.get("/finance/"), signed_one.number)
    text = page.page.text()
    version = session.get_one(PlanVersion, signed_one.version_id)
    loan = version.terms["loans"][0]
    for one in (loan["first_payment"], *loan["instalments"]):
        assert figure(sum(one[f"{name}_fen"] for name in PARTS)) in text
    # Twice what it asks, and twice that all of it is open.
    assert text.count(figure(version.total_fen)) == 4
    assert "罗涵敏" not in text
    answer = desk.post_form(page)
    assert (answer.status_code, answer.data) == (200, b"%PDF-1")
    assert f"{signed_one.number}.pdf" in answer.headers["Content-Disposition"]
    session.rollback()  # a view of its own, from now
    (entry,) = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "agreement.pdf_taken")
    ).all()
    assert (entry.object_id, entry.after) == (signed_one.number, {"sha256": signed_one.pdf_sha256})


def test_a_pdf_that_is_not_the_signed_one_stays_where_it_is(desk, session, gateways, site):
    signed_one = signed(session, gateways.vault, site, pdf=b"%PDF-1")
    session.execute(update(AgreementFile).values(pdf=b"%PDF-x"))
    session.commit()
    answer = desk.post_form(desk.get(f"/finance/agreements/{signed_one.number}"))
    assert answer.status_code == 409
    assert "和签署时的不一样" in answer.page.text()
    assert desk.get("/finance/agreements/AH-0-1").status_code == 404


def test_a_number_that_many_begin_with_asks_for_more_of_it(desk, session, agreement, monkeypatch):
    monkeypatch.setattr(register_sums, "MOST_BEGIN", 2)
    copies(session, agreement, 2)
    page = desk.get("/finance/?number=AH-")
    assert "以它开头的号码太多，请多写几位，或者写完整的号码" in page.page.text()
    assert 'value="AH-"' in page.get_data(as_text=True)
    assert agreement.number in desk.get(f"/finance/?number={agreement.number}").page.text()

"""The desk: exact search by POST, masked results, both figures, and nightly files by role."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.domain.money import figure, yuan
from app.models import AuditEntry, CallbackRequest, NightlyFault, Plan, Thread
from app.services.loans import queries as loan_queries
from app.services.signin.sessions import STEP_UP
from tests.factories import make_borrower, make_contact, make_file, make_hold, make_loan, make_plan
from tests.support.acting import acting
from tests.support.callbacks import ask_callback
from tests.support.people import make_staff, sign_in_staff
from tests.support.proposals import submitted
from tests.support.signing import plain, signed
from tests.support.threads import write

MOBILE, ID_NUMBER, NAME = "19003740000", "990101198901140965", "罗涵敏"
READERS = ("agent", "supervisor", "compliance")
FILE_READERS = ("admin", "supervisor", "compliance", "finance")
ROLES = ("agent", "supervisor", "finance", "compliance", "admin")


@pytest.fixture
def rows(database):
    with database.sessions() as session:
        yield session


@pytest.fixture
def borrower(rows, gateways):
    return make_borrower(rows, gateways.vault, name=NAME, mobile=MOBILE, id_number=ID_NUMBER)


@pytest.fixture
def desk(client, rows):
    """A client signed in with the roles asked for."""

    def sign_in(*roles):
        return sign_in_staff(client, rows, make_staff(rows, *roles, username="-".join(roles)))

    return sign_in


def search(client, text):
    return client.post_form(client.get("/admin/find"), _action="/admin/find", text=text)


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("key", ["mobile", "id", "name", "last_four", "ref", "customer"])
def test_a_search_that_means_one_thing_leads_to_it_and_no_address_tells_of_a_person(
    desk, rows, borrower, key, role
):
    loan = make_loan(rows, borrower)
    client = desk(role)
    text = {
        "mobile": MOBILE,
        "id": ID_NUMBER,
        "name": NAME,
        "last_four": MOBILE[-4:],
        "ref": loan.ref[-6:],
        "customer": borrower.customer_no,
    }[key]
    page = client.get("/admin/find")
    found = client.post_form(page, _action="/admin/find", _follow=False, text=text)
    assert found.status_code == 303
    where = f"loans/{loan.public_id}" if key == "ref" else f"borrowers/{borrower.public_id}"
    assert found.headers["Location"] == f"/admin/{where}"
    assert client.get(found.headers["Location"]).status_code == 200


def test_several_are_a_list_to_choose_from(desk, rows, borrower, gateways):
    other = make_borrower(rows, gateways.vault, mobile=MOBILE, id_number="990101197811035737")
    found = search(desk("agent"), MOBILE)
    assert found.request.full_path == "/admin/find?"
    assert "找到 2 位" in found.page.text()
    there = [a.get("href") for a in found.page.iter("a")]
    assert {f"/admin/borrowers/{one.public_id}" for one in (borrower, other)} <= set(there)
    assert MOBILE not in found.get_data(as_text=True)


def test_each_number_we_gave_leads_to_its_page(desk, rows, borrower, gateways):
    version = make_plan(rows, make_loan(rows, borrower))
    thread = write(rows, gateways.vault, borrower, about="charges")
    call = ask_callback(rows, gateways.vault)
    client = desk("agent")
    numbers = {
        rows.get_one(Plan, version.plan_id).number: f"plan/{version.public_id}",
        rows.scalars(select(Thread.number)).one(): f"messages/{thread}",
        rows.scalars(select(CallbackRequest.number)).one(): f"callbacks/{call}",
    }
    assert [one[:3] for one in numbers] == ["AH-", "TS-", "HD-"]
    for number, where in numbers.items():
        assert search(client, number.lower()).request.path == f"/admin/{where}"


@pytest.mark.parametrize("role", READERS)
def test_a_plan_leads_to_its_case_answered_or_not(desk, rows, borrower, role):
    version = make_plan(rows, make_loan(rows, borrower), state="refused")
    client = desk(role)
    page = client.get(f"/admin/borrowers/{borrower.public_id}")
    number = rows.get_one(Plan, version.plan_id).number
    assert client.follow(page, number).request.path == f"/admin/plan/{version.public_id}"


def test_pages_below_an_entry_of_the_navigation_keep_it_marked(desk, rows, borrower):
    client = desk("agent")
    page = client.get(f"/admin/borrowers/{borrower.public_id}").page
    marked = [one.text() for one in page.iter("a") if one.get("aria-current")]
    assert marked == ["查找"]


def test_nobody_found_says_so(desk, borrower):
    page = search(desk("agent"), "19000000000")
    assert "没有找到" in page.page.text()
    assert 'value="19000000000"' in page.get_data(as_text=True)  # to be mended, not typed again


@pytest.mark.parametrize(("text", "words"), [("", "请写要找的"), ("9" * 41, "最多 40 个字")])
def test_what_cannot_be_searched_is_told_at_the_field(desk, text, words):
    assert words in search(desk("agent"), text).page.text()


def test_no_desk_page_shows_a_whole_mobile_id_or_name(desk, rows, borrower):
    loan = make_loan(rows, borrower)
    make_contact(rows, borrower)
    make_hold(rows, borrower)
    client = desk("supervisor")
    for page in (
        search(client, MOBILE),
        client.get(f"/admin/borrowers/{borrower.public_id}"),
        client.get(f"/admin/loans/{loan.public_id}"),
    ):
        body = page.get_data(as_text=True)
        assert page.status_code == 200
        assert not [secret for secret in (MOBILE, ID_NUMBER, NAME) if secret in body]
        assert not re.search(r"(?<!\d)1\d{10}(?!\d)|\d{17}[\dX]", body)
        assert "190****0000" in body


def test_a_loan_shows_the_files_figures_beside_ours_and_the_borrowers_lines(desk, rows, borrower):
    loan = make_loan(rows, borrower, differences={"penalty": -137})
    make_plan(rows, loan)
    said = desk("compliance").get(f"/admin/loans/{loan.public_id}").page.text()
    for part in ("差异", figure(-137), "文件减我们", "3 期罚息相加", "结清金额", "历次文件"):
        assert part in said


def by_plan(page):
    """What the loan's page says that its borrower sees, and the label of the contract's sum."""
    labels = [one.text() for one in page.iter("summary")]
    assert not [one for one in labels if one.startswith("今天应还")]
    assert [one for one in labels if one.startswith("照合同已到期")]
    assert "合同的数，逐行算法" in page.text()
    card = next(one for one in page.iter("section") if one.get("aria-labelledby") == "by-plan")
    return card.text()


def test_a_loan_with_an_open_plan_asks_for_nothing_as_its_borrower_reads(
    desk, rows, borrower, gateways, site
):
    loan = make_loan(rows, borrower)
    client = desk("agent")
    before = client.get(f"/admin/loans/{loan.public_id}").page.text()
    assert "借款人看到的数，逐行算法" in before
    assert "先放着" not in before
    version = submitted(rows, gateways.vault, site, borrower=borrower, loan=loan)
    page = client.get(f"/admin/loans/{loan.public_id}")
    view = _view(rows, borrower, loan)
    said = by_plan(page.page)
    assert view.opened
    assert view.resting_fen > 0
    for words in (
        f"今天应还{yuan(0)}",
        f"照合同已到期 {yuan(view.resting_fen)}",
        "签了字，第一笔",
        yuan(view.coming.amount_fen),
        "不按合同要求还款",
    ):
        assert words.replace(" ", "") in said.replace(" ", "").replace("\n", "")
    number = rows.scalars(select(Plan.number)).one()
    assert client.follow(page, number).request.path == f"/admin/plan/{version}"


def test_a_loan_with_a_signed_plan_is_told_by_the_plan(desk, rows, borrower, gateways, site):
    loan = make_loan(rows, borrower)
    number = signed(rows, plain(gateways), site, borrower=borrower, loan=loan)
    said = by_plan(desk("agent").get(f"/admin/loans/{loan.public_id}").page)
    view = _view(rows, borrower, loan)
    for words in (number, yuan(view.kept.due_fen), "下一笔", yuan(view.coming.amount_fen)):
        assert words in said
    assert view.owed.today_fen != view.kept.due_fen
    assert yuan(view.owed.today_fen) not in said


def _view(rows, borrower, loan):
    found = loan_queries.loan_page(
        rows, acting(), borrower_id=borrower.id, public_id=loan.public_id
    ).loan
    rows.rollback()
    return found


@pytest.mark.parametrize(
    ("cause", "words"), [("plan_kept", "按方案还款期间"), ("plan_submitted", "方案有结果为止")]
)
def test_a_hold_tells_how_long_it_lasts(desk, rows, borrower, cause, words):
    make_loan(rows, borrower)
    make_hold(rows, borrower, cause=cause)
    assert words in desk("agent").get(f"/admin/borrowers/{borrower.public_id}").page.text()


def test_a_missing_loan_counts_in_nothing(desk, rows, borrower):
    loan = make_loan(rows, borrower, missing_since_on=date(2026, 11, 22))
    client = desk("agent")
    assert (
        "正在核对，不计入合计" in client.get(f"/admin/borrowers/{borrower.public_id}").page.text()
    )
    assert (
        "2026年11月22日的文件起，没有这笔借款"
        in client.get(f"/admin/loans/{loan.public_id}").page.text()
    )


def test_every_search_and_view_leaves_an_audit_entry_of_who(desk, rows, borrower):
    loan = make_loan(rows, borrower)
    client = desk("agent")
    search(client, MOBILE)  # leads to the borrower
    client.get(f"/admin/loans/{loan.public_id}")
    entries = rows.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert [one.action for one in entries][-3:] == [
        "borrower.searched",
        "borrower.viewed",
        "loan.viewed",
    ]
    assert len({one.actor for one in entries[-3:]}) == 1
    assert entries[-1].actor.startswith("staff:")


@pytest.mark.parametrize("role", ROLES)
def test_borrower_data_is_for_those_who_need_it_and_files_for_those_who_run_them(
    desk, rows, borrower, role
):
    loan = make_loan(rows, borrower)
    file = make_file(rows)
    client = desk(role)
    data = 200 if role in READERS else 403
    files = 200 if role in FILE_READERS else 403
    assert client.get("/admin/find").status_code == data
    assert client.get(f"/admin/borrowers/{borrower.public_id}").status_code == data
    assert client.get(f"/admin/loans/{loan.public_id}").status_code == data
    assert client.get("/admin/nightly-files").status_code == files
    assert client.get(f"/admin/nightly-files/{file.public_id}").status_code == files


def test_what_does_not_exist_is_not_found(desk):
    client = desk("supervisor")
    for address in ("borrowers", "loans", "nightly-files"):
        assert client.get(f"/admin/{address}/{'z' * 20}").status_code == 404


def test_a_file_shows_counts_totals_rejected_lines_and_differences(desk, rows, borrower):
    loan = make_loan(rows, borrower, differences={"penalty": 5000})
    file = make_file(rows)
    file.totals, file.rejected, file.discrepancies = (
        {"principal": 1_200_000, "penalty": 4321},
        60,
        1,
    )
    rows.add_all(
        NightlyFault(
            file_id=file.id,
            line=3 + n,
            ref=f"JJ{n}",
            field="证件号码",
            code="id_checksum",
            message="请核对证件号码",
        )
        for n in range(60)
    )
    rows.commit()
    client = desk("supervisor")
    page = client.follow(client.get("/admin/nightly-files"), "打开")
    said = page.page.text()
    for part in (
        "¥12,000.00",
        "¥43.21",
        "id_checksum",
        "请核对证件号码",
        loan.ref,
        "50.00",
        "已入库",
    ):
        assert part in said
    assert "JJ59" not in said
    assert "JJ59" in client.follow(page, "后面的行").page.text()


def test_the_administrator_sees_differences_but_no_way_into_a_loan(desk, rows, borrower):
    loan = make_loan(rows, borrower, differences={"penalty": 5000})
    page = desk("admin").get(f"/admin/nightly-files/{make_file(rows).public_id}").page
    assert loan.ref in page.text()
    assert not [a for a in page.iter("a") if "/admin/loans/" in (a.get("href") or "")]


def test_files_are_pages_newest_first(desk, rows):
    for day in range(51):
        make_file(rows, as_of_on=date(2026, 9, 1) + timedelta(days=day))
    client = desk("finance")
    first = client.get("/admin/nightly-files")
    assert "2026年10月21日" in first.page.text()
    assert "2026年9月1日" not in first.page.text()
    assert "2026年9月1日" in client.follow(first, "更早的文件").page.text()


REMARK = "请打王小明 19008350002"


@pytest.fixture
def remarked(rows, borrower, gateways):
    loan = make_loan(rows, borrower)
    loan.remark_enc = gateways.vault.seal(
        REMARK, table="loans", row=loan.public_id, column="remark"
    )
    rows.commit()
    return f"/admin/loans/{loan.public_id}"


def looks_at_remarks(rows):
    rows.rollback()  # what was stored meanwhile
    query = select(func.count()).where(AuditEntry.action == "loan.remark_seen")
    return rows.scalar(query)


def test_a_remark_is_masked_and_opened_on_record(desk, rows, remarked):
    client = desk("agent")
    page = client.get(remarked)
    assert "17 个字，遮住了" in page.page.text()
    assert "王小明" not in page.page.text()
    assert looks_at_remarks(rows) == 0
    shown = client.post_form(page, _action="/remark")
    assert REMARK in shown.page.text()
    assert shown.headers["Cache-Control"] == "no-store"
    assert looks_at_remarks(rows) == 1
    assert "王小明" not in client.get(remarked).page.text()


def test_a_code_is_asked_again_before_the_remark(desk, rows, remarked, clock):
    client = desk("agent")
    page = client.get(remarked)
    clock.advance(seconds=STEP_UP.total_seconds() + 1)
    shown = client.post_form(page, _action="/remark")
    assert "再填一次动态码" in shown.page.text()
    assert "王小明" not in shown.page.text()
    assert looks_at_remarks(rows) == 0


def test_compliance_knows_of_a_remark_and_does_not_open_it(desk, remarked):
    page = desk("compliance").get(remarked).page
    assert "17 个字，遮住了" in page.text()
    assert "看备注" not in page.text()

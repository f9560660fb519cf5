"""From an approved plan to a signed agreement, page by page, and all that stops it kindly."""

import json
import re
import subprocess
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.domain.money import yuan
from app.domain.plan_terms import moved_of, read_terms
from app.models import Agreement, AuditEntry, Loan, LoanSnapshot, Plan, PlanVersion
from app.services.proposals.basis import Answers
from tests.factories import make_borrower, make_loan
from tests.support import proposals
from tests.support.acting import acting
from tests.support.callers import Phone as Caller
from tests.support.callers import confirmed
from tests.support.clock import NOW
from tests.support.people import TOKEN, make_staff, sign_in_as, sign_in_staff
from tests.support.signing import approved, signed

WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")
TICKS = {f"clause_{code}": True for code in ("limitation", "missed", "credit", "order")}


def test_each_clause_is_explained_with_the_plans_own_figures_before_a_person_is_offered(
    phone, version, session
):
    page = phone.get(f"/plan/{version}/sign").page
    terms = terms_of(session, version)
    first = terms.instalments[0]
    opened = [one for one in page.iter("details") if "ah-explain" in (one.get("class") or "")]
    titles = [one.first("summary").text() for one in opened]
    assert len(titles) == len(set(titles)) >= 12
    by_title = dict(zip(titles, opened, strict=True))
    for one in opened:
        words = one.text()
        assert words.index("按您的数字") < words.index("请人给我解释")
        assert one.get("open") is None
    missed = by_title["给我讲讲：有一期没还上会怎样"].text()
    assert f"要还的 {yuan(first.amount_fen)}" in missed
    assert yuan(terms.total_fen) in by_title["给我讲讲：这是什么样的方案"].text()


def test_a_tick_keeps_the_instant_it_was_given_at_and_the_paper_tells_it(
    phone, version, clock, sms, tmp_path
):
    page = phone.get(f"/plan/{version}/sign")
    clock.advance(seconds=10)
    page = phone.post_form(page, **(TICKS | {"clause_order": None}))
    clock.advance(seconds=30)
    page = phone.post_form(page, **TICKS)
    page = phone.post_form(page, _action="/sign/code", code=sms.code("19003740000"))
    number = page.request.path.split("/")[2]
    (tmp_path / "paper.pdf").write_bytes(phone.get(f"/agreement/{number}.pdf").data)
    subprocess.run(["pdfdetach", "-saveall", "paper.pdf"], cwd=tmp_path, check=True)
    act = json.loads((tmp_path / "signing.json").read_text())
    since = [datetime.fromisoformat(one["confirmed_at"]) - NOW for one in act["clauses"]]
    assert [one.total_seconds() for one in since] == [10, 10, 10, 40]
    assert (act["read_seconds"], act["agreement"]) == (40, number)


@pytest.fixture
def version(session, gateways, site, borrower, loan) -> str:
    return approved(session, gateways, site, borrower=borrower, loan=loan)


def to_code(phone, version, clock, **ticks):
    page = phone.get(f"/plan/{version}/sign")
    clock.advance(seconds=10)
    return phone.post_form(page, **(TICKS | ticks))


def to_signed(phone, version, clock, sms):
    page = to_code(phone, version, clock)
    return phone.post_form(page, _action="/sign/code", code=sms.code("19003740000"))


def terms_of(session, version):
    session.rollback()
    found = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    return read_terms(found.terms, moved=moved_of(found))


def agreements(session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Agreement))


def test_from_home_to_an_agreement(phone, version, clock, sms, session):
    page = phone.get("/home")
    page = phone.follow(page, "看协议，签字")
    terms = terms_of(session, version)
    text = page.page.text()
    for amount in (
        terms.highest_fen,
        terms.total_fen,
        terms.plan_interest_fen,
        terms.owed.principal_fen,
    ):
        assert yuan(amount) in text
    assert "除上述以外，不再收取其他息费" in text
    assert "请至少看 10 秒" in text
    clock.advance(seconds=10)
    page = phone.post_form(page, **TICKS)
    assert page.request.path == f"/plan/{version}/sign/code"
    assert "诉讼时效中断" in page.page.text()
    page = phone.post_form(page, _action="/sign/code", code=sms.code("19003740000"))
    assert re.fullmatch(r"/agreement/AH-\d{5}-1/signed", page.request.path)
    assert "签好了" in page.page.text()
    assert "2026年12月10日" in page.page.text()
    assert phone.get(page.request.path).status_code == 200  # a bookmark works
    assert agreements(session) == 1


def test_every_clause_and_instalment_can_be_read_before_signing(phone, version, session):
    text = phone.get(f"/plan/{version}/sign").page.text()
    for one in terms_of(session, version).instalments:
        assert f"第 {one.number} 期" in text
        assert yuan(one.amount_fen) in text
    for words in ("和原借款合同的关系", "提前还款", "先还费用", "恢复计收", "12378"):
        assert words in text


def test_too_early_is_told_kindly_and_the_ticks_stay(phone, version, clock, sms, session):
    page = phone.get(f"/plan/{version}/sign")
    clock.advance(seconds=4)
    page = phone.post_form(page, **TICKS)
    assert page.request.path == f"/plan/{version}/sign"
    assert "不着急，请再看一会儿" in page.page.text()
    assert "请至少看 6 秒" in page.page.text()
    assert not sms.all()
    clock.advance(seconds=6)
    page = phone.post_form(page)
    assert page.request.path == f"/plan/{version}/sign/code"


@pytest.mark.parametrize("missing", ["limitation", "missed", "credit", "order"])
def test_a_clause_without_its_tick_is_named(phone, version, clock, missing):
    page = to_code(phone, version, clock, **{f"clause_{missing}": None})
    assert page.request.path == f"/plan/{version}/sign"
    assert "还没有确认" in page.page.text()
    assert len([one for one in page.page.iter("input") if one.get("checked") is not None]) == 3


def test_a_wrong_code_is_told_and_another_goes_through(phone, version, clock, sms, session):
    page = to_code(phone, version, clock)
    wrong = "000000" if sms.code("19003740000") != "000000" else "111111"
    page = phone.post_form(page, _action="/sign/code", code=wrong)
    assert "没有对上" in page.page.text()
    assert agreements(session) == 0
    page = phone.post_form(page, _action="/sign/code", code="12")
    assert "6 位数字" in page.page.text()
    page = phone.post_form(page, _action="/sign/code", code=sms.code("19003740000"))
    assert page.request.path.endswith("/signed")


def test_another_code_after_a_minute(phone, version, clock, sms):
    page = to_code(phone, version, clock)
    first = sms.code("19003740000")
    page = phone.post_form(page, _action="/sign/again")
    assert page.status_code == 429
    assert "刚刚发过验证码" in page.page.text()
    clock.advance(seconds=60)
    page = phone.post_form(page, _action="/sign/again")
    assert page.status_code == 200
    assert sms.code("19003740000") != first or len(sms.all()) == 2
    page = phone.post_form(page, _action="/sign/code", code=sms.code("19003740000"))
    assert page.request.path.endswith("/signed")


def test_after_five_wrong_tries_a_new_code_is_needed_and_can_be_had(phone, version, clock, sms):
    page = to_code(phone, version, clock)
    wrong = "000000" if sms.code("19003740000") != "000000" else "111111"
    for _ in range(4):
        page = phone.post_form(page, _action="/sign/code", code=wrong)
        assert "没有对上" in page.page.text()
    clock.advance(seconds=20)
    page = phone.post_form(page, _action="/sign/code", code=wrong)
    for shown in (page, phone.get(f"/plan/{version}/sign/code")):
        assert "试满了 5 次" in shown.page.text()
        assert next(shown.page.iter("h1")).text() == "需要一条新的验证码"
        assert "再过 40 秒可以再发一条" in shown.page.text()
        assert not [one for one in shown.page.iter("input") if one.get("name") == "code"]
    early = phone.post_form(page, _action="/sign/again")
    assert early.status_code == 429
    assert "收到的那条" not in early.page.text()
    clock.advance(seconds=40)
    page = phone.post_form(early, _action="/sign/again", _button="重新获取验证码")
    page = phone.post_form(page, _action="/sign/code", code=sms.code("19003740000"))
    assert page.request.path.endswith("/signed")


def test_codes_for_signing_asked_too_often_say_from_when_and_whom_to_turn_to(
    phone, version, clock, site
):
    page = to_code(phone, version, clock)
    for _ in range(4):
        clock.advance(minutes=2)
        page = phone.post_form(page, _action="/sign/again")
    clock.advance(minutes=5)
    for shown in (page := phone.get(f"/plan/{version}/sign/code"), page):
        assert "从今天 11:01 起可以再要验证码" in shown.page.text()
        assert site.hotline in shown.page.text()


def test_a_double_tap_and_the_back_button_make_one_agreement(phone, version, clock, sms, session):
    page = to_code(phone, version, clock)
    code = sms.code("19003740000")
    first, second = (
        phone.post_form(page, _action="/sign/code", code=code),
        phone.post_form(page, _action="/sign/code", code=code),
    )
    assert first.request.path == second.request.path
    for address in (f"/plan/{version}/sign", f"/plan/{version}/sign/code"):
        assert phone.get(
            address, follow_redirects=True
        ).request.path == first.request.path.removesuffix("/signed")
    assert agreements(session) == 1


def test_out_of_step_leads_back_to_reading(phone, version):
    page = phone.get(f"/plan/{version}/sign/code", follow_redirects=True)
    assert page.request.path == f"/plan/{version}/sign"


def test_an_expired_session_keeps_the_ticks(phone, version, clock, session, borrower):
    page = phone.get(f"/plan/{version}/sign")
    clock.advance(minutes=16)
    page = phone.post_form(page, clause_limitation=True, clause_order=True)
    assert page.request.path == "/sign-in"
    carry_on(phone, session, borrower, clock)
    page = phone.get(f"/plan/{version}/sign")
    ticked = {one.get("name") for one in page.page.iter("input") if one.get("checked") is not None}
    assert ticked == {"clause_limitation", "clause_order"}


def carry_on(phone, session, borrower, clock):
    """Sign in again in the same browser: what was typed comes along with the old session."""
    from app.services.signin.sessions import start_session

    with phone.session_transaction() as cookie:
        old = cookie[TOKEN]
    session.rollback()
    token = start_session(session, acting(now=clock.now()), borrower_id=borrower.id, old_token=old)
    session.commit()
    with phone.session_transaction() as cookie:
        cookie.clear()
        cookie[TOKEN] = token


# what cannot be signed


def test_an_offer_that_lapsed_says_so_and_leads_on_before_any_job_has_run(
    phone, version, clock, session, borrower, loan
):
    clock.advance(days=8)
    carry_fresh(phone, session, borrower, clock)
    page = phone.get(f"/plan/{version}/sign")
    assert "这份方案过期了" in page.page.text()
    on = f"/loan/{loan.public_id}/plan"
    assert on in {a.get("href") for a in page.page.iter("a")}
    assert phone.get(on, follow_redirects=True).request.path.startswith(on)
    status = phone.get(f"/plan/{version}")
    assert "这个方案过了有效期" in status.page.text()
    assert on in {a.get("href") for a in status.page.iter("a")}


def carry_fresh(phone, session, borrower, clock):
    sign_in_as(phone, session, borrower, now=clock.now())


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("expired", "这份方案过期了"),
        ("withdrawn", "这份方案已经撤回"),
        ("recalled", "这份方案收回了"),
    ],
)
def test_a_version_that_ended_leads_to_a_new_proposal(phone, version, session, loan, state, words):
    session.execute(update(PlanVersion).values(state=state, ended_at=NOW))
    session.execute(update(Plan).values(state=state))
    session.commit()
    page = phone.get(f"/plan/{version}/sign")
    assert words in page.page.text()
    assert f"/loan/{loan.public_id}/plan" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"missing_since_on": date(2026, 11, 23)}, "正在核对"),
        ({"as_of_on": date(2026, 11, 19)}, "还没有更新"),
        ({"paid": 9}, "先别签"),
    ],
)
def test_a_loan_that_is_not_as_it_was_is_explained(phone, version, session, values, words):
    session.execute(update(Loan).values(**values))
    if "as_of_on" in values:
        session.execute(update(LoanSnapshot).values(**values))
    session.commit()
    page = phone.get(f"/plan/{version}/sign")
    assert words in page.page.text()
    assert "看方案和进展" in page.page.text()


def test_withdrawn_between_the_code_and_the_signature(phone, version, clock, sms, session):
    page = to_code(phone, version, clock)
    session.execute(update(PlanVersion).values(state="withdrawn", ended_at=NOW))
    session.commit()
    page = phone.post_form(page, _action="/sign/code", code=sms.code("19003740000"))
    assert "这份方案已经撤回" in page.page.text()
    assert agreements(session) == 0


def test_a_name_no_font_has_is_told_kindly(client, session, gateways, site, clock):
    # a character of the private use area: no font may have it
    person = make_borrower(session, gateways.vault, name="罗\ue000敏", mobile="19003740009")
    version = approved(session, gateways, site, borrower=person, loan=make_loan(session, person))
    phone = sign_in_as(client, session, person)
    page = to_code(phone, version, clock)
    assert "打不出来" in page.page.text()
    assert agreements(session) == 0
    assert session.scalar(select(func.count()).where(AuditEntry.action == "agreement.fault")) == 1
    assert "上次没签成" in phone.get(f"/plan/{version}/sign").page.text()


# afterwards


def test_pages_that_lead_to_a_signature_say_what_holds_it(
    client, session, gateways, site, borrower, version, clock
):
    agents = [proposals.make_staff(session) for _ in range(2)]
    confirmed(Caller(session, gateways.vault, site, borrower, agents[0]), agents[1])
    clock.advance(minutes=2)
    phone = sign_in_as(client, session, borrower, now=clock.now())
    pages = ("/home", f"/plan/{version}", f"/plan/{version}/done", f"/plan/{version}/sign")
    for address in pages:
        text = phone.get(address).page.text()
        assert text.count("2026年11月24日 10:01 前先不能签字") == 1, address
    clock.advance(days=1)
    phone = sign_in_as(client, session, borrower, now=clock.now())
    assert not [one for one in pages if "先不能签字" in phone.get(one).page.text()]


@pytest.fixture
def number(session, gateways, site, borrower, loan) -> str:
    return signed(session, gateways, site, borrower=borrower, loan=loan)


def test_the_agreement_shows_every_instalment_hash_and_how_to_pay(phone, number, session, site):
    page = phone.get(f"/agreement/{number}")
    text = page.page.text()
    agreement = session.scalars(select(Agreement)).one()
    for one in agreement.text["instalments"]:
        assert yuan(one["amount_fen"]) in text
    for words in (
        agreement.text_sha256,
        agreement.pdf_sha256,
        agreement.check_code,
        site.payee_account,
        agreement.text["plan_number"],
    ):
        assert words in text
    assert page.get_data(as_text=True).count("<dt>") > 20
    # papers before a list that may be long
    assert text.index("下载协议 PDF") < text.index("第 2 期")


def test_the_pdf_bears_the_lenders_seal(phone, number, gateways):
    found = gateways.signer.read_seal(phone.get(f"/agreement/{number}.pdf").data)
    assert (found.is_genuine, found.number, found.signed_at) == (True, number, NOW)


@pytest.mark.parametrize("kind", ["first payment", "settlement"])
def test_pages_of_other_plans(client, session, gateways, site, clock, sms, borrower, kind):
    if kind == "settlement":
        loan = make_loan(session, borrower, principal_fen=15_000, periods=12, paid=9)
        answers = Answers(pay_on=date(2026, 12, 10), choice="best_fit")
    else:
        loan, answers = make_loan(session, borrower), WITH_FIRST
    version = approved(session, gateways, site, borrower=borrower, loan=loan, answers=answers)
    phone = sign_in_as(client, session, borrower)
    for step in ("", "/done", "/withdraw"):
        text = phone.get(f"/plan/{version}{step}").page.first("main").text()
        told = [words for words in ("一次还清", "每月", "1 期") if words in text]
        assert (told == ["一次还清"]) == (kind == "settlement")
    page = to_signed(phone, version, clock, sms)
    assert page.request.path.endswith("/signed")
    first_on = "2026年11月26日" if kind == "first payment" else "2026年12月10日"
    assert first_on in page.page.text()
    for address in (page.request.path.removesuffix("/signed"), "/home", f"/loan/{loan.public_id}"):
        assert first_on in phone.get(address).page.text()


def test_the_pdf_is_private_and_named(phone, number, session):
    answer = phone.get(f"/agreement/{number}.pdf")
    assert answer.data.startswith(b"%PDF-")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert f"filename={number}.pdf" in disposition.replace('"', "")
    assert "filename*=UTF-8''%E8%BF%98" in disposition


def test_the_calendar_has_an_event_for_each_payment(phone, number, session):
    answer = phone.get(f"/agreement/{number}.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    text = answer.get_data(as_text=True)
    agreement = session.scalars(select(Agreement)).one()
    assert text.count("BEGIN:VEVENT") == agreement.text["periods"]
    assert "¥" not in text
    assert "今天" not in text  # its alarm rings a day before
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_home_and_loan_turn_into_the_plan(phone, number, session, loan, site):
    terms = terms_of(session, session.scalars(select(PlanVersion.public_id)).one())
    for address in ("/home", f"/loan/{loan.public_id}"):
        text = phone.get(address).page.text()
        assert yuan(terms.instalments[0].amount_fen) in text
        assert "2026年12月10日" in text
        assert site.payee_account in text
        assert "我已付款" in text
        assert "已过还款日" not in text
        assert "罚息和费用照常" not in text


def test_the_desk_sees_contract_and_plan(client, number, session, loan):
    desk = sign_in_staff(client, session, make_staff(session, "agent"))
    text = desk.get(f"/admin/loans/{loan.public_id}").page.text()
    assert f"签了协议 {number}" in text
    assert "合同的数，逐行算法" in text


def test_someone_elses_agreement_is_not_there(client, number, session, gateways):
    other = make_borrower(
        session, gateways.vault, mobile="19003740001", id_number="990101198901141789"
    )
    stranger = sign_in_as(client, session, other)
    for address in (
        f"/agreement/{number}",
        f"/agreement/{number}/signed",
        f"/agreement/{number}.pdf",
        f"/agreement/{number}.ics",
    ):
        assert stranger.get(address).status_code == 404


def test_paid_leads_to_a_message_that_names_the_payment(phone, number, session):
    page = phone.follow(phone.get("/home"), "我已付款")
    agreement = session.scalars(select(Agreement)).one()
    words = next(page.page.iter("textarea")).text()
    assert agreement.text["plan_number"] in words
    assert yuan(agreement.text["instalments"][0]["amount_fen"]) in words
    assert "转账后 1 个工作日内显示。同事核对入账之前，这里的数不会变" in page.page.text()


def test_a_clause_can_be_asked_about(phone, version):
    page = phone.follow(phone.get(f"/plan/{version}/sign"), "请人给我解释：诉讼时效")
    assert page.request.path == "/messages/new"


@pytest.mark.parametrize("days", [0, 17, 60, 2000])
def test_home_counts_what_fell_due_by_the_plan(client, session, number, clock, borrower, days):
    clock.advance(days=days)
    phone = sign_in_as(client, session, borrower, now=clock.now())
    agreement = session.scalars(select(Agreement)).one()
    today = (NOW + timedelta(days=days)).date().isoformat()
    due = sum(one["amount_fen"] for one in agreement.text["instalments"] if one["due_on"] <= today)
    sums = [
        one.text() for one in phone.get("/home").page.iter("span") if one.get("class") == "ah-sum"
    ]
    assert sums[-1] == yuan(due)
    for address in (f"/agreement/{number}", f"/agreement/{number}/signed"):
        assert phone.get(address).status_code == 200


def test_what_was_confirmed_stays_ticked_and_a_new_text_starts_anew(phone, version, clock):
    to_code(phone, version, clock)
    assert phone.get(f"/plan/{version}/sign").text.count(" checked") == 4
    with phone.session_transaction() as cookie:
        cookie["signing"] = cookie["signing"] | {"sha256": "0" * 64}
    assert phone.get(f"/plan/{version}/sign").text.count(" checked") == 0
    assert phone.get(f"/plan/{version}/sign/code").status_code == 303


def test_a_refused_form_names_the_page_the_browser_comes_back_to(phone, version):
    page = phone.get(f"/plan/{version}/sign")
    assert "data-page" not in page.text
    assert f'data-page="/plan/{version}/sign"' in phone.post_form(page).text

"""The desk fills in a proposal with the borrower on the phone."""

import re

import pytest
from sqlalchemy import select

from app.domain.plan import FirstPaymentTooLarge
from app.models import OutboxItem, PlanDraft, PlanVersion
from app.services.cases.steps import PreviewChanged
from app.services.hardship.records import open_hardship
from tests.factories import make_borrower, make_loan
from tests.support.people import make_staff, sign_in_as, sign_in_staff
from tests.support.proposals import submitted


@pytest.fixture
def loan(session, borrower):
    return make_loan(session, borrower, differences={"interest": 5})


def compute(desk, loan, **values):
    page = desk.follow(desk.get(f"/admin/loans/{loan.public_id}"), "帮本人填方案")
    return desk.post_form(page, _button="算一算", **({"monthly": "600", "pay_day": "10"} | values))


def entered(desk, page, **values):
    """From the options to the preview, and on."""
    page = desk.post_form(page, _button="先看本人会看到的", **({"choice": "best_fit"} | values))
    assert "发出前再看一遍" in page.page.text()
    return desk.post_form(page, _button="帮本人填好")


def test_computed_entered_confirmed_and_not_decided_by_the_maker(
    desk, app, session, borrower, loan
):
    page = compute(desk, loan)
    assert "每月" in page.page.text()
    assert "最合适" in page.page.text()
    page = entered(desk, page)
    assert page.request.path == f"/admin/loans/{loan.public_id}"
    assert "已帮本人填好" in page.page.text()
    assert "帮本人填过一份" in desk.get(f"/admin/loans/{loan.public_id}/plan").page.text()
    phone = sign_in_as(app.test_client(), session, borrower)
    check = phone.get(f"/loan/{loan.public_id}/plan", follow_redirects=True)
    assert check.request.path.endswith("/plan/check")
    assert "客服帮您填好了" in check.page.text()
    done = phone.post_form(check, _action="/plan/check", _button="提交还款方案")
    version = re.search(r"/plan/(\w{20})", done.request.path).group(1)
    assert "帮本人填过一份" not in desk.get(f"/admin/loans/{loan.public_id}/plan").page.text()
    text = desk.get(f"/admin/plan/{version}").page.text()
    assert "在电话里帮本人填写" in text
    assert "要由另一位同事答复" in text
    assert "预览" not in text
    session.rollback()
    assert session.scalars(select(PlanVersion.author_kind)).one() == "staff"


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"monthly": ""}, "请填写金额，例如 1300；或者写一共几期"),
        ({"monthly": "一千"}, "请用数字写金额"),
        ({"pay_day": ""}, "请选一个日子"),
        ({"income_own": "5000"}, "要么都填，要么都不填"),
        ({"spending_housing": "800"}, "要么都填，要么都不填"),
        ({"people": "2"}, "要么都填，要么都不填"),
        ({"income_partner": "五千多"}, "请用数字写金额"),
        ({"monthly": "1500", "income_own": "5000", "spending_food": "3000"}, "这个数不看收入"),
        (
            {"monthly": "1500", "income_own": "3000", "spending_food": "4000"},
            "请先一起想想更少的数",
        ),
        ({"upfront": "9999999"}, FirstPaymentTooLarge.message),
        ({"monthly": "20"}, "每月最少要"),
        ({"periods": "两年"}, "请写整数"),
        ({"periods": "900"}, "期"),
    ],
)
def test_what_is_lacking_is_told_and_kept(desk, session, loan, values, advice):
    page = compute(desk, loan, **values)
    assert advice in page.page.text()
    for name, typed in values.items():
        kept = page.page.by_id(name)
        assert typed in (kept.get("value") or kept.text())
    assert session.scalars(select(PlanDraft)).all() == []


def test_an_amount_that_was_not_sent_at_all_is_asked_for(desk, loan):
    page = compute(desk, loan, monthly=None)
    assert page.status_code == 200
    assert "或者写一共几期" in page.page.text()


def test_a_loan_with_an_open_plan_says_so(desk, session, gateways, site, borrower, loan):
    submitted(session, gateways.vault, site, borrower=borrower, loan=loan)
    page = desk.get(f"/admin/loans/{loan.public_id}/plan")
    assert "已经有一个方案在进行" in page.page.text()
    page = desk.post_form(page, _button="算一算", monthly="600", pay_day="10")
    assert "最合适" in page.page.text()
    assert "帮本人填好" not in page.page.text()


def test_compliance_does_not_fill_in_plans(client, session, loan):
    desk = sign_in_staff(client, session, make_staff(session, "compliance"))
    assert "帮本人填方案" not in desk.get(f"/admin/loans/{loan.public_id}").page.text()
    assert desk.get(f"/admin/loans/{loan.public_id}/plan").status_code == 403


def test_a_month_is_told_group_by_group_and_an_empty_row_is_nothing(desk, session, gateways, loan):
    said = {"income_own": "4200", "income_partner": "1000", "spending_food": "1500.50"}
    page = compute(desk, loan, people="3", debts="500", **said)
    assert "每月余下 ¥3,199.50" in page.page.text()
    entered(desk, page)
    row = session.scalars(select(PlanDraft)).one()
    told = open_hardship(
        row.hardship_enc, vault=gateways.vault, table="plan_drafts", row=row.request_key
    )
    assert (told.budget.people, told.surplus_fen) == (3, 319_950)
    assert told.budget.incomes == {"own": 420_000, "partner": 100_000, "benefits": 0, "other": 0}
    assert told.budget.spending["food"] == 150_050
    assert "420000" not in str(row.answers)


def test_what_the_other_loans_ask_for_is_shown_and_counts(desk, session, borrower, loan):
    other = make_loan(session, borrower)
    page = compute(desk, loan, income_own="5000", spending_food="1000")
    text = page.page.text()
    assert f"尾号 {other.ref[-4:]}" in text
    assert "已经算进开支" in text
    assert "每月余下 ¥4,000.00" not in text


def asked(desk, loan, **values):
    """The fields that loans, ease and kind ask for, as without script."""
    page = desk.get(f"/admin/loans/{loan.public_id}/plan")
    return desk.post_form(page, _button="按这些回答看要问什么", **values)


def drafts(session):
    session.rollback()
    return session.scalars(select(PlanDraft)).all()


@pytest.mark.parametrize(
    ("ease", "kind", "said", "told"),
    [
        ("unknown", "reamortise", {"periods": "14"}, "14 期"),
        ("in_months", "step_up", {"low": "200", "monthly": "800"}, "头 3 个月每月 ¥200.00"),
        ("already", "catch_up", {"monthly": "1800"}, "每期补"),
        ("sum_at_hand", "settlement", {"pay_on": "2026-12-10"}, "一次还清"),
        (
            "sum_at_hand",
            "settlement",
            {"pay_on": "2026-12-10", "own": "own", "sum": "7000"},
            "一次还清 ¥7,000.00",
        ),
    ],
)
def test_every_kind_from_when_it_will_be_easier_to_the_borrowers_check(
    desk, app, session, borrower, loan, ease, kind, said, told
):
    page = asked(desk, loan, ease=ease, kind=kind)
    page = desk.post_form(page, _button="算一算", **said)
    assert told in page.page.by_id("offer").text()
    for name, typed in said.items():
        if name != "own":
            kept = page.page.by_id(name)
            assert typed in (kept.get("value") or kept.text()) or name == "pay_on"
    entered(desk, page)
    (row,) = drafts(session)
    assert row.answers["kind"] == kind
    phone = sign_in_as(app.test_client(), session, borrower)
    check = phone.get(f"/loan/{loan.public_id}/plan", follow_redirects=True)
    assert check.request.path.endswith("/plan/check")


@pytest.mark.parametrize(
    ("way", "told"), [("later", "先不还"), ("monthly", "每月只还")], ids=["later", "monthly"]
)
def test_put_off_both_ways(desk, session, borrower, way, told):
    loan = make_loan(session, borrower, paid=11)
    page = desk.get(f"/admin/loans/{loan.public_id}/plan")
    assert "延期还款" in page.page.text()
    page = desk.post_form(page, _button="算一算", months="2", way=way)
    assert "往后推 2 个月" in page.page.by_id("offer").text()
    page = desk.post_form(page, _button="先看本人会看到的")
    assert told in page.page.by_id("shown-page").text()
    desk.post_form(page, _button="帮本人填好")
    (row,) = drafts(session)
    assert (row.answers["months"], row.answers["way"]) == (2, way)


def test_several_loans_ticked_as_on_the_borrowers_page(desk, session, borrower, loan):
    plain, other = make_loan(session, borrower), make_loan(session, borrower)
    current = make_loan(session, borrower, paid=11)
    page = desk.get(f"/admin/loans/{plain.public_id}/plan")
    ticks = {one.get("value"): one.get("checked") is not None for one in ticks_of(page)}
    assert ticks == {plain.public_id: True, other.public_id: True, loan.public_id: False}
    text = page.page.text()
    assert "2 笔，今天一起结清" in text
    assert "整份就由人来看" in text
    assert f"尾号 {current.ref[-4:]}" in text
    assert "还没到还款日" in text
    ids = [plain.public_id, other.public_id, loan.public_id]
    page = desk.post_form(page, _button="按这些回答看要问什么", loans=ids)
    assert "3 笔，今天一起结清" in page.page.text()
    assert "这种方案一次只能算一笔借款" in page.page.text()
    page = desk.post_form(page, _button="算一算", monthly="3000")
    page = desk.post_form(page, _button="先看本人会看到的")
    assert "每笔借款各还多少" in page.page.text()
    desk.post_form(page, _button="帮本人填好")
    (row,) = drafts(session)
    assert set(row.answers["loans"]) == set(ids)


def ticks_of(page):
    return [one for one in page.page.iter("input") if one.get("name") == "loans"]


def test_no_tick_is_told_and_what_was_said_stays(desk, session, borrower, loan):
    make_loan(session, borrower)
    make_loan(session, borrower)
    page = compute(desk, loan)
    page = desk.post_form(page, _button="算一算", loans=None, ease="unknown")
    assert "请至少选一笔" in page.page.text()
    assert page.page.by_id("ease-2").get("checked") is not None
    assert drafts(session) == []


def test_a_strangers_loan_is_no_tick(desk, session, gateways, borrower, loan):
    mine, _other = make_loan(session, borrower), make_loan(session, borrower)
    stranger = make_loan(session, make_borrower(session, gateways.vault))
    page = desk.get(f"/admin/loans/{loan.public_id}/plan")
    page = desk.post_form(
        page,
        _button="按这些回答看要问什么",
        loans=[mine.public_id, stranger.public_id],
    )
    assert "选的借款里有一笔现在放不进来" in page.page.text()


@pytest.mark.parametrize(
    ("ease", "kind", "said", "advice"),
    [
        ("in_months", "step_up", {"low": "", "monthly": "800"}, "请填写金额"),
        ("in_months", "step_up", {"low": "5", "monthly": "800"}, "每月至少"),
        ("in_months", "step_up", {"low": "900", "monthly": "800"}, "要比头几个月的多"),
        ("sum_at_hand", "settlement", {"pay_on": ""}, "请选一个日子"),
        ("sum_at_hand", "settlement", {"pay_on": "2026-12-10", "own": "own"}, "请填写金额"),
        (
            "sum_at_hand",
            "settlement",
            {"pay_on": "2026-12-10", "own": "own", "sum": "99999999"},
            "要比",
        ),
        ("already", "catch_up", {"monthly": "", "periods": ""}, "或者写一共几期"),
    ],
)
def test_wrong_input_of_a_kind_is_told_at_its_field_and_kept(
    desk, session, loan, ease, kind, said, advice
):
    page = asked(desk, loan, ease=ease, kind=kind)
    page = desk.post_form(page, _button="算一算", **said)
    assert advice in page.page.by_id("offer").text()
    assert "要改一下" in page.page.text()
    for name, typed in said.items():
        if name not in ("own", "pay_on"):
            assert page.page.by_id(name).get("value") == typed
    assert drafts(session) == []


def test_another_kind_shows_its_fields_first(desk, session, loan):
    """Whoever picks another kind and goes on at once is asked for what it needs, not told off."""
    page = desk.get(f"/admin/loans/{loan.public_id}/plan")
    page = desk.post_form(page, _button="算一算", kind="step_up", monthly="800")
    assert page.page.by_id("low") is not None
    assert "要改一下" not in page.page.text()


def test_two_taps_enter_once(desk, session, loan):
    page = desk.post_form(compute(desk, loan), _button="先看本人会看到的", choice="best_fit")
    for _tap in range(2):
        assert "已帮本人填好" in desk.post_form(page, _button="帮本人填好").page.text()
    session.rollback()
    assert len(session.scalars(select(OutboxItem)).all()) == 1


def test_other_figures_by_now_are_shown_again(desk, session, loan):
    page = desk.post_form(compute(desk, loan), _button="先看本人会看到的", choice="best_fit")
    page = desk.post_form(page, _button="帮本人填好", shown_sha256="0" * 64)
    assert PreviewChanged.message in page.page.text()
    assert drafts(session) == []
    desk.post_form(page, _button="帮本人填好")
    assert len(drafts(session)) == 1


def test_back_from_the_preview_all_that_was_said_is_there(desk, loan):
    page = compute(desk, loan, upfront="100")
    page = desk.post_form(page, _button="先看本人会看到的", choice="lowest")
    page = desk.post_form(page, _button="回去改")
    assert page.page.by_id("upfront").get("value") == "100"
    assert page.page.by_id("choice-lowest").get("checked") is not None


def test_an_absent_loan_is_not_found(desk):
    assert desk.get(f"/admin/loans/{'x' * 20}/plan").status_code == 404

"""The reason and income pages, the quiet way off, and what the options say of what was told."""

import re

import pytest
from sqlalchemy import select

from app.models import Consent, PlanDraft, PlanVersion, SessionRow
from app.services.core.transaction import transaction
from app.services.hardship.records import (
    CONSENT,
    HARDSHIP_CODES,
    SENSITIVE,
    Hardship,
    told_with,
)
from app.services.proposals.basis import Answers, basis_for
from app.services.proposals.draft_queries import draft_of
from app.services.proposals.drafts import keep_answers
from app.web.borrower.plan_forms import REASON_HINTS
from app.web.words import HARDSHIP_REASONS
from tests.support.acting import acting
from tests.support.asking import pick
from tests.support.month import tell_month, to_month, to_options
from tests.support.people import sign_in_as

WORDS = "做了手术，在家养着。"


def journey(loan, step="") -> str:
    return f"/loan/{loan.public_id}/plan" + (f"/{step}" if step else "")


def told(session, gateways, loan) -> Hardship | None:
    session.rollback()
    vault = gateways.vault
    draft = draft_of(session, acting(vault=vault), borrower_id=loan.borrower_id, loan_id=loan.id)
    return draft.hardship if draft else None


def tell(phone, loan, **values):
    return phone.post_form(phone.get(journey(loan, "reason")), _action="/reason", **values)


def test_every_reason_is_offered_with_who_sees_it(phone, loan):
    page = phone.get(journey(loan, "reason"))
    text = page.page.text()
    for reason in HARDSHIP_CODES:
        assert HARDSHIP_REASONS[reason] in text
    assert all(hint in text for hint in REASON_HINTS.values())
    assert "只有处理您方案的客服和主管能看到" in text
    assert page.page.title == "您的方案 - 安还"
    assert not [one for one in page.page.iter("input") if one.get("checked") is not None]


def test_an_ordinary_reason_is_kept_and_shown_again(phone, loan, session, gateways):
    page = tell(phone, loan, reason="income_fell", words=" 厂里停工了 ")
    assert page.request.path == journey(loan, "ways")
    assert told(session, gateways, loan) == Hardship("income_fell", "厂里停工了")
    page = phone.get(journey(loan, "reason"))
    chosen = [one.get("value") for one in page.page.iter("input") if one.get("checked") is not None]
    assert chosen == ["income_fell"]
    assert "厂里停工了" in page.page.text()


def test_no_choice_is_asked_again_and_skipping_is_one_tap(phone, loan, session, gateways):
    page = tell(phone, loan, words="随便写写")
    assert page.request.path == journey(loan, "reason")
    assert "不方便说，就选“不想说”" in page.page.text()
    assert "随便写写" in page.page.text()
    page = phone.post_form(page, _action="/reason", _button="skip")
    assert page.request.path == journey(loan, "ways")
    assert told(session, gateways, loan) == Hardship()


@pytest.mark.parametrize("reason", sorted(SENSITIVE))
def test_a_private_reason_waits_for_its_own_tick(phone, loan, session, gateways, borrower, reason):
    page = tell(phone, loan, reason=reason, words=WORDS)
    assert page.request.path == journey(loan, "reason")
    assert page.page.text().count("要您单独同意才会记下") == 2
    assert WORDS in page.page.text()
    assert told(session, gateways, loan) is None
    page = phone.post_form(page, _action="/reason", consent=True)
    assert page.request.path == journey(loan, "ways")
    assert told(session, gateways, loan) == Hardship(reason, WORDS)
    consent = session.scalars(select(Consent).where(Consent.document == CONSENT)).one()
    assert (consent.borrower_id, consent.withdrawn_at) == (borrower.id, None)
    tell(phone, loan, reason="unsaid", words="", consent=None)
    session.rollback()
    assert (
        session.scalars(select(Consent).where(Consent.document == CONSENT)).one().withdrawn_at
        is not None
    )
    assert told(session, gateways, loan) == Hardship()


def test_what_the_consent_says_can_be_read(phone, loan):
    page = phone.get("/legal/sensitive_reason")
    for words in ("谁能看到", "想收回怎么办", "没有影响"):
        assert words in page.page.text()


def test_too_many_words_are_told_and_kept(phone, loan):
    page = tell(phone, loan, reason="other", words="长" * 201)
    assert "请减到 200 个字以内" in page.page.text()
    assert "长" * 201 in page.page.text()


def test_a_private_reason_is_not_named_on_the_check_page(phone, loan):
    tell(phone, loan, reason="family", words=WORDS, consent=True)
    page = phone.get(journey(loan), follow_redirects=True)
    page = phone.post_form(pick(phone, page), answer="1300")
    text = phone.post_form(page, _button="choose", choice="best_fit").page.text()
    assert "已经记下，这里不显示" in text
    assert HARDSHIP_REASONS["family"] not in text
    assert WORDS not in text


def test_leaving_quickly_ends_the_session_and_goes_outside(phone, loan, session, settings):
    answer = phone.post_form(phone.get(journey(loan, "reason")), _action="/leave")
    assert answer.status_code == 200
    assert answer.headers["Refresh"] == f"0; url={settings.site.exit_url}"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert "安还" not in answer.get_data(as_text=True)
    assert session.scalars(select(SessionRow.ended_at)).one() is not None
    assert phone.get(journey(loan, "reason"), follow_redirects=True).request.path == "/sign-in"


def test_leaving_needs_no_session_but_its_token(client, settings):
    assert client.post("/leave").status_code == 400
    token = re.search(
        r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").get_data(as_text=True)
    ).group(1)
    assert (
        client.post("/leave", data={"csrf_token": token})
        .headers["Refresh"]
        .endswith(settings.site.exit_url)
    )


def test_the_way_off_stands_on_that_page_only(phone, loan):
    assert "快速离开" in phone.get(journey(loan, "reason")).page.text()
    page = to_month(phone, loan)
    assert "快速离开" not in page.page.text()
    assert "快速离开" not in phone.get("/home").page.text()


def test_a_change_that_makes_income_newly_asked_leads_there_and_then_back(phone, loan):
    page = to_month(phone, loan, monthly="1300")
    page = phone.post_form(page, _button="choose", choice="lowest")
    page = phone.post_form(phone.get(journey(loan, "monthly") + "?back=check"), answer="500")
    assert page.request.path == journey(loan, "household")
    page = tell_month(phone, page, "5200", "3000")
    assert page.request.path == journey(loan, "check")
    assert "¥2,200.00" in page.page.text()
    page = phone.post_form(phone.get(journey(loan, "income") + "?back=check"), own="6000")
    assert page.request.path == journey(loan, "check")
    assert "¥3,000.00" in page.page.text()
    page = phone.post_form(
        phone.get(journey(loan, "reason") + "?back=check"), _action="/reason", reason="disaster"
    )
    assert page.request.path == journey(loan, "check")
    assert HARDSHIP_REASONS["disaster"] in page.page.text()


def test_the_smallest_amount_leads_straight_to_what_it_gives(phone, loan):
    page = to_month(phone, loan, monthly="50")
    # Nothing fits whatever the income: it is not asked.
    assert page.request.path == journey(loan, "options")
    smallest = re.search(r"每月最少要\s*¥([\d,]+\.\d\d)", page.page.text()).group(1)
    page = phone.post_form(page, _button="smallest")
    assert page.request.path == journey(loan, "options")
    assert f"按每月 ¥{smallest} 算的" in page.page.text()
    # one plan and nothing to choose from
    assert "最合适" not in page.page.text()
    assert "这个方案" in page.page.text()
    assert "收入和开支没有说，所以由人来看" in page.page.text()


def test_live_recomputing_leads_to_what_is_newly_asked(phone, loan):
    page = to_month(phone, loan, monthly="1300")
    token = next(
        one.get("value") for one in page.page.iter("input") if one.get("name") == "csrf_token"
    )
    moved = {
        "csrf_token": token,
        "act": "recompute",
        "monthly": "400",
        "upfront": "0",
    }
    asked = {"HX-Request": "true"}
    answer = phone.post(journey(loan, "options"), data=moved, headers=asked)
    assert answer.status_code == 302
    found = phone.get(answer.location, headers=asked)
    assert (found.status_code, found.headers["HX-Redirect"]) == (204, journey(loan, "household"))


def test_what_staff_filled_in_is_confirmed_on_the_check_page(
    phone, loan, session, gateways, borrower
):
    given = Answers(upfront_fen=0, monthly_fen=40_000, pay_day=10, choice="best_fit")
    with transaction(session):
        basis = basis_for(session, acting(), borrower_id=borrower.id, loan_public_id=loan.public_id)
        keep_answers(session, acting(), basis=basis, given=given, entered_by="person-7")
    page = phone.get("/home")
    assert "客服帮您填好了" in page.page.text()
    page = phone.follow(page, "去核对")
    assert page.request.path == journey(loan, "check")
    assert "客服帮您填好了" in page.page.text()
    assert phone.post_form(page).request.path.endswith("/done")


def test_the_borrower_may_take_a_private_reason_back_after_submitting(
    phone, loan, session, gateways
):
    tell(phone, loan, reason="illness", words=WORDS, consent=True)
    page = phone.get(journey(loan), follow_redirects=True)
    page = phone.post_form(pick(phone, page), answer="1300")
    page = phone.post_form(phone.post_form(page, _button="choose", choice="best_fit"))
    version = page.request.path.split("/")[2]
    page = phone.get(f"/plan/{version}")
    assert "收回私密原因" in page.page.text()
    page = phone.post_form(page, _action="/reason/take-back")
    assert "已经收回" in page.page.text()
    session.rollback()
    row = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    assert not told_with(acting(vault=gateways.vault), version=row).is_closed
    assert "收回私密原因" not in phone.get(f"/plan/{version}").page.text()


def test_an_address_typed_by_hand_changes_nothing(phone, loan, session):
    phone.get(journey(loan, "monthly") + "?smallest=1", follow_redirects=True)
    assert session.scalars(select(PlanDraft)).all() == []


def test_what_was_told_goes_on_with_another_phone(phone, app, loan, session, borrower):
    page = to_options(phone, loan, "5200", "3000")
    assert page.request.path == journey(loan, "options")
    other = sign_in_as(app.test_client(), session, borrower)
    page = other.get(journey(loan), follow_redirects=True)
    assert page.request.path == journey(loan, "options")
    assert "每月余下 ¥2,200.00" in page.page.text()

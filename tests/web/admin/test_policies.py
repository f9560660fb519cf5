"""Versions of the policy at the desk: drafted by one, activated by another, from a day on."""

import pytest
from sqlalchemy import select

from app.domain.policy_numbers import NAMES
from app.models import AuditEntry, PolicyVersion, Staff
from app.web.admin.policy_words import BY_NAME, MATTERS, WORDS
from tests.support.people import make_staff, sign_in_staff

OTHER = {"at_once_periods": "30", "at_once_total_fen": "60,000"}


@pytest.fixture
def wu(client, session):
    staff = make_staff(session, "admin", username="wu", display_name="吴一")
    return sign_in_staff(client, session, staff)


@pytest.fixture
def chen(app, session):
    staff = make_staff(session, "admin", username="chen", display_name="陈二")
    return sign_in_staff(app.test_client(), session, staff)


def begin(desk):
    return desk.post_form(desk.get("/admin/policies"), _button="起草下一版")


def save(desk, page, button="存草稿", **typed):
    return desk.post_form(page, _action=page.request.path, _button=button, **typed)


def test_every_number_stands_once_on_the_page_with_words():
    named = [name for numbers in WORDS.values() for name in numbers]
    assert sorted(named) == sorted(NAMES)
    assert set(WORDS) == set(MATTERS)
    assert len({one.label for one in BY_NAME.values()}) == len(NAMES)


def test_drafted_by_one_activated_by_another(wu, chen, session):
    page = save(wu, begin(wu), **OTHER)
    text = page.page.text()
    assert "改了 2 处" in text
    assert "没有互相矛盾的" in text
    page = save(wu, page, button="交给另一位管理员启用")
    assert "等另一位管理员启用" in page.page.text()
    assert "看过了，启用" not in page.page.text()

    page = chen.get("/admin/policies")
    assert "等您看过启用" in page.page.text()
    page = chen.follow(page, "打开草稿")
    page = chen.post_form(page, _action="/activate", _button="看过了，启用")
    text = page.page.text()
    assert "启用了" in text
    assert "方案总额最多 50,000 元 → 60,000 元" in text
    session.rollback()
    row = session.scalars(select(PolicyVersion).where(PolicyVersion.is_active)).one()
    assert (row.values["at_once_periods"], row.values["at_once_total_fen"]) == (30, 6_000_000)
    actions = session.scalars(
        select(AuditEntry.action).where(AuditEntry.object_kind == "policy").order_by(AuditEntry.seq)
    ).all()
    assert actions == ["policy.drafted", "policy.edited", "policy.handed", "policy.activated"]


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("grace_days", "三天", "请写整数，例如 7"),
        ("grace_days", "", "请写整数，例如 7"),
        ("grace_days", "-1", "请写整数，例如 7"),
        ("grace_days", "9999999", "请写整数，例如 7"),
        ("surplus_share_ppm", "一半", "请写百分数，最多四位小数，例如 48.5"),
        ("surplus_share_ppm", "48.12345", "请写百分数，最多四位小数，例如 48.5"),
        ("at_once_total_fen", "-5", "金额不能是负数，请去掉前面的减号"),
        ("at_once_total_fen", "", "请填写金额，例如 1300"),
        ("from_on", "明天", "请写成 2026-11-20 这样的日期"),
    ],
)
def test_what_cannot_be_read_is_told_and_everything_typed_stays(wu, name, typed, words):
    page = save(wu, begin(wu), **({"cure_days": "12"} | {name: typed}))
    assert words in page.page.text()
    fields = {one.get("name"): one.get("value") for one in page.page.iter("input")}
    assert (fields[name], fields["cure_days"]) == (typed, "12")
    assert "改了 0 处" in page.page.text()


def test_numbers_are_read_as_people_write_them(wu, session):
    typed = {"surplus_share_ppm": "48.5%", "at_once_total_fen": "6万", "grace_days": "５"}
    text = save(wu, begin(wu), **typed).page.text()
    for told in ("50 → 48.5 %", "50,000 → 60,000 元", "3 → 5 天"):
        assert told in text


def test_what_contradicts_is_named_with_both_figures_and_not_handed_over(wu):
    page = save(wu, begin(wu), min_periods="40")
    assert "「期数最少」40，比「自助期数最多」的 36 期 多" in page.page.text()
    page = save(wu, page, button="交给另一位管理员启用")
    text = page.page.text()
    assert "还有 2 处互相矛盾" in text
    assert "草稿，没有启用" in text


def test_what_is_unusual_is_asked_about_and_may_be_handed_over(wu):
    page = save(wu, begin(wu), agent_periods="20")
    assert "故意的？" in page.page.text()
    page = save(wu, page, button="交给另一位管理员启用")
    assert "等另一位启用" in page.page.text()


def test_a_day_before_today_and_no_change_are_refused(wu):
    page = save(wu, begin(wu), button="交给另一位管理员启用")
    assert "还没有改动" in page.page.text()
    page = save(wu, page, button="交给另一位管理员启用", cure_days="12", from_on="2026-11-22")
    assert "最早从 2026-11-23 起用" in page.page.text()
    page = save(wu, page, button="交给另一位管理员启用", cure_days="12", from_on="9999-12-31")
    assert "最晚从 2027-05-22 起用" in page.page.text()
    page = save(wu, page, button="交给另一位管理员启用", cure_days="12", from_on="")
    assert "请写从哪天起用" in page.page.text()


def test_two_windows_do_not_undo_each_other(wu):
    first = begin(wu)
    second = wu.get(first.request.path)
    save(wu, first, cure_days="12")
    page = save(wu, second, cure_days="14")
    assert "刚才在别处改过" in page.page.text()
    assert 'value="14"' in page.text


@pytest.mark.parametrize("edition", ["", "x", "9" * 5000, "²", "-1"])
def test_an_edition_that_is_none_saves_nothing(wu, edition):
    page = save(wu, begin(wu), cure_days="12", edition=edition)
    assert "刚才在别处改过" in page.page.text()


def test_a_colleague_reads_it_and_may_drop_it(wu, chen):
    path = save(wu, begin(wu), cure_days="12").request.path
    page = chen.get(path)
    assert "还在改" in page.page.text()
    assert all(
        one.get("readonly") is not None
        for one in page.page.iter("input")
        if one.get("name") in NAMES
    )
    page = save(chen, page, button=None)
    assert "草稿由起草的人改" in page.page.text()
    page = chen.post_form(page, _action="/act", _button="作废这份草稿")
    assert "草稿作废了" in page.page.text()
    assert chen.get(path).status_code == 404


def test_the_maker_cannot_activate_by_hand_and_takes_it_back(wu):
    page = save(wu, begin(wu), cure_days="12", button="交给另一位管理员启用")
    path = page.request.path
    token = next(
        one.get("value") for one in page.page.iter("input") if one.get("name") == "csrf_token"
    )
    told = wu.post(
        f"{path}/activate",
        data={"csrf_token": token, "edition": "2"},
        follow_redirects=True,
        headers={"Referer": f"http://localhost{path}"},
    )
    assert "写的人不能自己启用" in told.page.text()
    page = wu.post_form(wu.get(path), _action="/act", _button="收回来再改")
    assert "可以接着改" in page.page.text()
    assert "存草稿，重新算" in page.page.text()


def test_what_waits_for_a_second_person_is_counted_in_the_navigation(wu, chen):
    save(wu, begin(wu), cure_days="12", button="交给另一位管理员启用")
    assert "政策1 件" in chen.get("/admin/policies").page.text()


def test_a_later_day_is_in_force_on_its_day_without_any_job(wu, chen, clock, session):
    page = save(wu, begin(wu), cure_days="12", from_on="2026-11-24", button="交给另一位")
    chen.post_form(chen.get(page.request.path), _action="/activate", _button="看过了，启用")
    text = chen.get("/admin/policies").page.text()
    assert "正在用的是 2026-11-01.2" in text
    assert "等起用日" in text
    clock.advance(hours=14)
    staff = session.scalars(select(Staff).where(Staff.username == "chen")).one()
    sign_in_staff(chen, session, staff, now=clock.now())
    assert "正在用的是 2026-11-23.1" in chen.get("/admin/policies").page.text()


def test_reasons_and_lists_are_edited_like_numbers(wu, chen, session):
    typed = {
        "reason-amount_too_low": "每月的数太少，还清要很久",
        "reason-new": "材料还没有看到",
        "answer-new": "refuse",
        "list-any-1": "debts",
    }
    page = save(wu, begin(wu), **typed)
    text = page.page.text()
    assert "改了 3 处" in text
    assert "现在的收入 → 您的难处、别处还要还的" in text
    assert "没有 → 材料还没有看到" in text
    # a thick edge where it is otherwise, and what it was above it
    assert "按这个金额，还清需要的时间超过了可以商量的最长期限" in text
    page = save(wu, page, button="交给另一位管理员启用")
    page = chen.follow(chen.get("/admin/policies"), "打开草稿")
    assert "每月的数太少，还清要很久" in page.page.text()
    page = chen.post_form(page, _action="/activate", _button="看过了，启用")
    text = page.page.text()
    assert "材料：没有说原因，或者别的原因" in text
    session.rollback()
    row = session.scalars(select(PolicyVersion).where(PolicyVersion.is_active)).one()
    codes = [one["code"] for one in row.values["texts"]["reasons"]]
    assert codes[-1] == "own_1"
    assert row.values["texts"]["checklists"]["any"] == ["situation", "debts"]


def test_a_reason_no_longer_offered_stays_and_one_of_this_draft_goes_when_wiped(wu):
    page = save(wu, begin(wu), **{"reason-new": "材料还没有看到", "answer-new": "refuse"})
    page = save(wu, page, **{"reason-own_1": " ", "offered-wrong_person": None})
    text = page.page.text()
    assert "材料还没有看到" not in text
    assert "可以选 → 不再用" in text
    assert page.page.by_id("reason-wrong_person").get("value")


def test_texts_that_would_not_do_are_told_and_not_handed_over(wu):
    typed = {"reason-amount_too_low": "", "list-illness-0": "", "list-illness-1": "income"}
    page = save(wu, begin(wu), **typed)
    text = page.page.text()
    assert "理由还没有写" in text
    assert "「自己或家人病了、伤了」要列 2 到 4 样，不能重复" in text
    page = save(wu, page, button="交给另一位管理员启用")
    assert "还有 2 处互相矛盾" in page.page.text()


def test_words_no_borrower_may_read_are_told_and_what_was_typed_stays(wu):
    typed = {"reason-amount_too_low": "会坐牢", "reason-other_refusal": "别的原因"}
    page = save(wu, begin(wu), **typed)
    assert "请换个说法：坐牢" in page.page.text()
    assert page.page.by_id("reason-other_refusal").get("value") == "别的原因"
    assert "改了 0 处" in page.page.text()


@pytest.mark.parametrize("name", ["list-any-0", "answer-new"])
def test_what_no_list_offers_is_no_choice(wu, name):
    page = save(wu, begin(wu), **{name: "nonsense", "reason-new": "新的", "list-any-1": "debts"})
    assert "nonsense" not in page.text

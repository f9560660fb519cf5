"""Versions of the policy at the desk: drafted by one, activated by another, from a day on."""

import pytest
from sqlalchemy import select

from app.domain.policy_numbers import NAMES
from app.models import AuditEntry, PolicyVersion
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

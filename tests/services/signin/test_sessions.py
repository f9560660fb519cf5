"""Sessions: tokens unknown to the tables, idle and absolute ends, roles at once, typed answers
kept.
"""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app.domain.errors import NotFound
from app.models import SessionRow, StaffRole
from app.services.signin import sessions
from app.services.signin.sessions import CurrentUser, LapsedSession, Page
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.people import make_staff

PAGE = Page("borrower.plan_monthly", {"loan_id": "x"}, {}, (("answer", "1,300 元"),))


def start(session, now=NOW, **who):
    token = sessions.start_session(session, acting(now=now), **who)
    session.commit()
    return token


def read(session, vault, token, now=NOW):
    return sessions.read_session(session, acting(now=now, vault=vault), token=token)


def test_a_token_opens_its_session_and_only_its_hash_is_stored(session, vault, borrower):
    token = start(session, borrower_id=borrower.id)
    user = read(session, vault, token)
    assert (user.kind, user.borrower_id, user.who) == (
        "borrower",
        borrower.id,
        f"borrower:{borrower.public_id}",
    )
    assert user.display_name == "*敏"
    assert len(token) >= 43
    assert session.scalars(select(SessionRow.token_hash)).all() == [sessions.token_hash(token)]
    assert read(session, vault, "another") is None


@pytest.mark.parametrize(("kind", "minutes"), [("borrower", 15), ("staff", 30)])
def test_an_idle_session_lapses(session, vault, borrower, kind, minutes):
    who = (
        {"borrower_id": borrower.id}
        if kind == "borrower"
        else {"staff_id": make_staff(session, "agent").id}
    )
    token = start(session, **who)
    almost, then = NOW + timedelta(minutes=minutes, seconds=-1), NOW + timedelta(minutes=minutes)
    user = read(session, vault, token, almost)
    assert user.seconds_left(almost) == 1
    lapsed = read(session, vault, token, then)
    assert isinstance(lapsed, LapsedSession)
    sessions.touch_session(session, acting(now=then), session_id=user.session_id)
    assert isinstance(read(session, vault, token, then), LapsedSession)


def test_a_session_in_use_lasts_eight_hours_and_no_longer(session, vault, borrower):
    token = start(session, borrower_id=borrower.id)
    at, end = NOW, NOW + timedelta(hours=8)
    while (at := at + timedelta(minutes=10)) < end:
        user = read(session, vault, token, at)
        assert isinstance(user, CurrentUser)
        sessions.touch_session(session, acting(now=at), session_id=user.session_id)
    assert isinstance(read(session, vault, token, end), LapsedSession)


def test_a_session_that_was_ended_is_nothing(session, vault, borrower):
    token = start(session, borrower_id=borrower.id)
    id_ = read(session, vault, token).session_id
    assert sessions.end_session(session, acting(), session_id=id_)
    assert not sessions.end_session(session, acting(), session_id=id_)
    session.commit()
    assert read(session, vault, token) is None


def test_a_new_sign_in_ends_the_browsers_old_session(session, vault, borrower):
    old = start(session, borrower_id=borrower.id)
    new = start(session, borrower_id=borrower.id, old_token=old)
    assert new != old
    assert read(session, vault, old) is None
    assert read(session, vault, new) is not None


def test_roles_and_disabling_count_at_once(session, vault):
    staff = make_staff(session, "agent", "supervisor")
    token = start(session, staff_id=staff.id)
    assert read(session, vault, token).roles == {"agent", "supervisor"}
    role = session.scalars(select(StaffRole).where(StaffRole.role == "supervisor")).one()
    role.until_at = NOW
    session.commit()
    assert read(session, vault, token).roles == {"agent"}
    staff.disabled_at = NOW
    session.commit()
    assert read(session, vault, token) is None


def test_a_role_that_begins_later_does_not_count_yet(session, vault):
    staff = make_staff(session)
    token = start(session, staff_id=staff.id)
    session.add(StaffRole(staff_id=staff.id, role="agent", from_at=NOW + timedelta(minutes=1)))
    session.commit()
    assert read(session, vault, token).roles == frozenset()
    assert read(session, vault, token, NOW + timedelta(minutes=1)).has_role("agent", "admin")


def test_who_is_signed_in_costs_one_query(session, vault):
    token = start(session, staff_id=make_staff(session, "agent", "supervisor", "admin").id)
    seen = []
    listen = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(session.get_bind(), "before_cursor_execute", listen)
    read(session, vault, token)
    event.remove(session.get_bind(), "before_cursor_execute", listen)
    assert len([one for one in seen if one.lstrip().upper().startswith("SELECT")]) == 1


def test_a_step_up_renews_the_token_and_lasts_a_quarter_of_an_hour(session, vault):
    old = start(session, staff_id=make_staff(session, "agent").id)
    user = read(session, vault, old)
    at = NOW + timedelta(minutes=16)
    assert user.is_fresh(NOW + timedelta(minutes=15))
    assert not user.is_fresh(at)
    new = sessions.renew_token(session, acting(now=at), session_id=user.session_id)
    session.commit()
    assert read(session, vault, old, at) is None
    assert read(session, vault, new, at).is_fresh(at)
    with pytest.raises(NotFound):
        sessions.renew_token(session, acting(now=at), session_id=user.session_id + 1000)


def test_typed_answers_move_to_the_same_persons_next_session_encrypted(session, vault, borrower):
    old = start(session, borrower_id=borrower.id)
    id_ = read(session, vault, old).session_id
    sessions.store_page(session, acting(vault=vault), session_id=id_, page=PAGE)
    assert "1,300" not in str(session.scalars(select(SessionRow.kept)).all())
    later = NOW + timedelta(hours=1)
    new = start(session, later, borrower_id=borrower.id, old_token=old)
    user = read(session, vault, new, later)
    assert user.has_stored_page
    assert sessions.stored_page(session, acting(vault=vault), session_id=user.session_id) == PAGE
    sessions.drop_page(session, session_id=user.session_id)
    assert sessions.stored_page(session, acting(vault=vault), session_id=user.session_id) is None


def test_typed_answers_never_reach_another_person(session, vault, borrower):
    old = start(session, borrower_id=borrower.id)
    sessions.store_page(
        session, acting(vault=vault), session_id=read(session, vault, old).session_id, page=PAGE
    )
    other = make_borrower(session, vault, mobile="19003740001")
    new = start(session, borrower_id=other.id, old_token=old)
    assert not read(session, vault, new).has_stored_page
    assert set(map(str, session.scalars(select(SessionRow.kept)))) == {"{}"}


def test_typed_answers_do_not_outlive_a_sign_out(session, vault, borrower):
    old = start(session, borrower_id=borrower.id)
    id_ = read(session, vault, old).session_id
    sessions.store_page(session, acting(vault=vault), session_id=id_, page=PAGE)
    sessions.end_session(session, acting(), session_id=id_)
    session.commit()
    sessions.store_page(session, acting(vault=vault), session_id=id_, page=PAGE)
    assert not read(
        session, vault, start(session, borrower_id=borrower.id, old_token=old)
    ).has_stored_page

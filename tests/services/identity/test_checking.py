"""A caller is checked: two right pass, a wrong item is not asked again, three wrong stop it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.caller import CALL_LASTS, COUNTED, AnswerShape
from app.domain.errors import NotFound
from app.models import AuditEntry, IdentityAnswer, IdentityCheck, OutboxItem
from app.services.identity import checking
from app.services.identity.checking import CheckOver, ChecksStopped
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.callers import RIGHT, WRONG, Phone, waiting
from tests.support.clock import NOW


def actions(session):
    return session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.object_kind == "identity_check")
        .order_by(AuditEntry.seq)
    ).all()


@pytest.mark.parametrize(
    ("tail", "birth", "instalment"),
    [
        ("right", "right", None),
        ("right", "wrong", "right"),
        ("wrong", "right", "right"),
        ("skip", "right", "right"),
        ("right", "skip", "right"),
    ],
)
def test_two_of_three_right_pass(phone, tail, birth, instalment):
    phone.call()
    for item, how in (("id_last4", tail), ("birth_on", birth), ("instalment", instalment)):
        if how is not None:
            getattr(phone, how)(item)
    view = phone.view
    assert (view.state, view.has_passed, view.asked, view.still_needed) == ("passed", True, None, 0)


def test_each_step_is_on_record_and_nothing_that_was_said(session, phone):
    phone.call()
    phone.wrong("id_last4")
    phone.right("birth_on")
    phone.right("instalment")
    assert actions(session) == [
        "caller.check_started",
        "caller.answered",
        "caller.answered",
        "caller.passed",
    ]
    kept = str(session.execute(select(AuditEntry.after, AuditEntry.reason)).all())
    kept += str(session.execute(select(IdentityAnswer.__table__)).all())
    for said in (*RIGHT.values(), WRONG["id_last4"]):
        assert said not in kept


def test_a_wrong_item_is_not_asked_again(phone):
    phone.call()
    phone.wrong("id_last4")
    with pytest.raises(CheckOver):
        phone.right("id_last4")
    assert (phone.view.asked, phone.view.wrong) == ("birth_on", 1)


def test_a_right_item_counts_once(phone):
    phone.call()
    phone.right("id_last4")
    with pytest.raises(CheckOver):
        phone.right("id_last4")
    assert (phone.view.state, phone.view.right) == ("open", 1)


def test_two_wrong_end_the_call_without_a_pass(session, phone):
    phone.call()
    phone.wrong("id_last4")
    phone.wrong("birth_on")
    assert (phone.view.state, phone.view.asked) == ("failed", None)
    with pytest.raises(CheckOver):
        phone.right("instalment")
    assert session.scalars(select(OutboxItem)).all() == []


def test_the_third_wrong_of_all_calls_stops_them_and_is_told(
    session, vault, site, borrower, phone, lin
):
    phone.call()
    phone.wrong("id_last4")
    phone.wrong("birth_on")
    other = Phone(session, vault, site, borrower, lin, now=phone.now).call(after=timedelta(hours=3))
    assert other.view.wrong == 2
    other.wrong("id_last4")
    assert (other.view.state, other.view.asked) == ("stopped", None)
    assert other.view.stopped_until_at == other.now + COUNTED
    (told,) = waiting(session, vault)
    assert told.to == "19003740000"
    assert told.at == other.now  # at once, at night too
    assert site.hotline in told.text
    assert actions(session)[-1] == "caller.stopped"
    for one in (phone, other):
        one.now = other.now + COUNTED - timedelta(seconds=1)
        with pytest.raises(ChecksStopped):
            one.call(after=timedelta())
        one.now += timedelta(seconds=1)
        assert one.call(after=timedelta()).view.asked == "id_last4"


def test_a_stop_by_one_ends_what_another_is_asking(session, vault, site, borrower, phone, lin):
    other = Phone(session, vault, site, borrower, lin).call()
    other.right("id_last4")
    phone.call()
    phone.wrong("id_last4")
    phone.wrong("birth_on")
    phone.call()
    phone.wrong("id_last4")
    other.now = phone.now
    assert other.view.asked is None
    with pytest.raises(CheckOver):
        other.right("birth_on")


def test_wrong_answers_older_than_a_day_count_no_more(phone):
    phone.call()
    phone.wrong("id_last4")
    phone.wrong("birth_on")
    phone.call(after=COUNTED)
    phone.wrong("id_last4")
    assert (phone.view.state, phone.view.wrong) == ("open", 1)


def test_hanging_up_wins_no_tries(phone):
    phone.call()
    phone.wrong("id_last4")
    phone.leave()
    phone.leave()
    phone.call()
    assert (phone.view.asked, phone.view.wrong) == ("id_last4", 1)


def test_both_customers_of_one_person_count_together(session, vault, site, borrower, phone, lin):
    twin = make_borrower(session, vault)
    phone.call()
    phone.wrong("id_last4")
    phone.wrong("birth_on")
    other = Phone(session, vault, site, twin, lin, now=phone.now).call()
    other.wrong("id_last4")
    assert other.view.state == "stopped"
    with pytest.raises(ChecksStopped):
        phone.call()


def test_a_call_is_one_check_and_is_over_after_a_while(session, phone):
    first = phone.call().check
    assert phone.call().check == first
    phone.now += CALL_LASTS
    with pytest.raises(CheckOver):
        phone.right("id_last4")
    assert phone.call().check != first
    assert session.scalar(select(func.count()).select_from(IdentityCheck)) == 2


def test_a_passed_check_is_worth_nothing_to_the_next_call(phone):
    phone.pass_check()
    assert phone.view.has_passed
    phone.now += CALL_LASTS
    assert not phone.view.has_passed
    assert [one.state for one in phone.view.earlier] == ["passed"]


def test_a_slip_of_the_hand_costs_nothing(phone):
    phone.call()
    with pytest.raises(AnswerShape):
        phone.hear("id_last4", "96")
    assert (phone.view.asked, phone.view.wrong, phone.view.answers) == ("id_last4", 0, ())


def test_anothers_check_is_as_absent_as_none(session, vault, site, borrower, phone, lin):
    phone.call()
    other = Phone(session, vault, site, borrower, lin)
    for check in (phone.check, "nothing"):
        other.check = check
        with pytest.raises(NotFound):
            other.right("id_last4")
        with pytest.raises(NotFound):
            other.skip("id_last4")
        with pytest.raises(NotFound):
            other.leave()
    with pytest.raises(NotFound):
        checking.start_check(
            session, acting(now=NOW, vault=vault, staff=lin), borrower_public_id="nobody"
        )

"""Signing in by code: limits, tries, binding, neutrality, the last four, devices."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, Device, OutboxItem, RefusedTry, SessionRow, SignInCode
from app.services.signin import borrower_signin
from app.services.signin.borrower_signin import CodeSpent, CodeWrong, LastFourNeeded
from app.services.signin.code_limits import TooManyCodes, Visit
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.clock import NOW

MOBILE, UNKNOWN, LAST4 = "19003740000", "19003749999", "0965"
HERE = Visit(browser="browser-here", device="device-here", requester="10.0.0.1")
THERE = Visit(browser="browser-there", device="device-there", requester="10.0.0.2")


@pytest.fixture
def borrower(session, vault):
    return make_borrower(session, vault, mobile=MOBILE)


def ask(session, vault, site, *, mobile=MOBILE, visit=HERE, now=NOW):
    return borrower_signin.ask_code(
        session, acting(now=now, vault=vault, site=site), mobile=mobile, visit=visit
    )


def sent_code(session, vault, asked) -> str:
    item = session.get_one(OutboxItem, asked.outbox_ids[0])
    text = vault.unseal(
        item.payload_enc, table="outbox", row=item.idempotency_key, column="payload"
    )
    return re.findall(r"验证码 (\d{6})，", text)[0]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def check(session, vault, asked, code, *, visit=HERE, now=NOW):
    return borrower_signin.check_code(
        session,
        acting(now=now, vault=vault),
        asked=asked.public_id,
        code=code,
        visit=visit,
        old_token="",
    )


def pick(session, vault, asked, last4=LAST4, *, visit=HERE, now=NOW):
    return borrower_signin.pick_person(
        session,
        acting(now=now, vault=vault),
        asked=asked.public_id,
        id_last4=last4,
        visit=visit,
        old_token="",
    )


def enter(session, vault, site, *, visit=HERE, now=NOW, last4=LAST4):
    asked = ask(session, vault, site, visit=visit, now=now)
    return check(
        session, vault, asked, sent_code(session, vault, asked), visit=visit, now=now
    ) or pick(session, vault, asked, last4, visit=visit, now=now)


def count(session, table, *where) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*where))


def test_a_new_device_needs_the_last_four_and_then_a_code_alone_is_enough(
    session, vault, site, borrower
):
    asked = ask(session, vault, site)
    code = sent_code(session, vault, asked)
    assert check(session, vault, asked, code) is None
    assert count(session, SessionRow, SessionRow.borrower_id == borrower.id) == 0
    assert pick(session, vault, asked).token
    assert count(session, Device, Device.borrower_id == borrower.id) == 1
    later = NOW + timedelta(minutes=2)
    asked = ask(session, vault, site, now=later)
    assert check(session, vault, asked, sent_code(session, vault, asked), now=later).token


def test_neither_code_nor_number_stands_in_the_tables(session, vault, site, borrower):
    asked = ask(session, vault, site)
    code = sent_code(session, vault, asked)
    row = session.scalars(select(SignInCode).where(SignInCode.public_id == asked.public_id)).one()
    values = " ".join(str(getattr(row, column.key)) for column in SignInCode.__table__.columns)
    assert code not in values
    assert MOBILE not in values
    assert HERE.browser not in values


def test_an_unknown_number_gets_the_same_answer_and_a_row_but_no_message(
    session, vault, site, borrower
):
    before = count(session, OutboxItem)
    asked = ask(session, vault, site, mobile=UNKNOWN)
    assert asked.outbox_ids == ()
    assert count(session, OutboxItem) == before
    assert count(session, SignInCode, SignInCode.public_id == asked.public_id) == 1
    with pytest.raises(CodeWrong):
        check(session, vault, asked, "000000")


@pytest.mark.parametrize("mobile", [MOBILE, UNKNOWN])
def test_limits_are_the_same_for_known_and_unknown_numbers(session, vault, site, borrower, mobile):
    ask(session, vault, site, mobile=mobile)
    with pytest.raises(TooManyCodes) as soon:
        ask(session, vault, site, mobile=mobile, visit=THERE, now=NOW + timedelta(seconds=59))
    assert soon.value.seconds == 1
    for n in range(1, 5):
        ask(session, vault, site, mobile=mobile, now=NOW + timedelta(seconds=60 * n))
    with pytest.raises(TooManyCodes) as hourly:
        ask(session, vault, site, mobile=mobile, now=NOW + timedelta(minutes=10))
    assert hourly.value.seconds == 50 * 60
    ask(session, vault, site, mobile=mobile, now=NOW + timedelta(hours=2))
    # six a day for devices the number does not know; the carrier's other four are for those it does
    with pytest.raises(TooManyCodes) as daily:
        ask(session, vault, site, mobile=mobile, now=NOW + timedelta(hours=8))
    assert daily.value.wait.again_at == NOW + timedelta(hours=24)
    assert ask(session, vault, site, mobile=mobile, now=NOW + timedelta(hours=24))


PLACE = "10.9.9.9"


def visitor(n, requester=PLACE):
    return Visit(browser=f"b{n}", device=f"d{n}", requester=requester)


def crowd(session, vault, site, *, count=30, now=NOW):
    """So many unknown numbers from one address, each in a browser of its own."""
    for n in range(count):
        ask(session, vault, site, mobile=f"190037500{n:02d}", visit=visitor(n), now=now)


def test_a_crowd_at_one_address_shuts_no_known_device_out(session, vault, site, borrower):
    enter(session, vault, site, visit=visitor("own"))
    later = NOW + timedelta(minutes=5)
    crowd(session, vault, site, now=later)
    assert enter(session, vault, site, visit=visitor("own"), now=later).token


@pytest.mark.parametrize("mobile", [MOBILE, UNKNOWN])
@pytest.mark.parametrize("last4", [LAST4, "9999"])
def test_a_new_device_in_a_crowd_names_the_last_four_and_gets_through(
    session, vault, site, borrower, mobile, last4
):
    crowd(session, vault, site)
    new = visitor("new")
    with pytest.raises(LastFourNeeded):
        ask(session, vault, site, mobile=mobile, visit=new)
    asked = borrower_signin.ask_code(
        session, acting(vault=vault, site=site), mobile=mobile, visit=new, id_last4=last4
    )
    # only its owner gets a message, whatever the page says (V6.3.8)
    is_owner = (mobile, last4) == (MOBILE, LAST4)
    assert len(asked.outbox_ids) == int(is_owner)
    if is_owner:
        assert check(session, vault, asked, sent_code(session, vault, asked), visit=new) is None
        assert pick(session, vault, asked, visit=new).token
    # elsewhere nothing is asked for
    assert ask(session, vault, site, mobile="19003741111", visit=visitor("else", "10.9.9.8"))


def test_codes_that_were_used_make_no_crowd(session, vault, site, borrower):
    crowd(session, vault, site, count=29)
    for n in range(3):
        at = NOW + timedelta(minutes=1 + n)
        assert enter(session, vault, site, visit=visitor(f"n{n}"), now=at).token
    ask(session, vault, site, mobile="19003741111", visit=visitor("x"))
    with pytest.raises(LastFourNeeded):
        ask(session, vault, site, mobile="19003741112", visit=visitor("y"))
    assert ask(
        session, vault, site, mobile="19003741112", visit=visitor("y"), now=NOW + timedelta(hours=1)
    )


def test_one_browser_cannot_ask_for_many_numbers(session, vault, site, borrower):
    enter(session, vault, site, visit=visitor(1))
    at = NOW + timedelta(minutes=2)
    for n in range(20):
        ask(session, vault, site, mobile=f"190037500{n:02d}", visit=visitor(1), now=at)
    with pytest.raises(TooManyCodes) as refused:
        ask(session, vault, site, mobile="19003741111", visit=visitor(1), now=at)
    assert (refused.value.wait.why, refused.value.seconds) == ("browser", 3600)
    assert ask(session, vault, site, mobile="19003741111", visit=visitor(2), now=at)
    # the device it was signed in on before is told apart
    assert enter(session, vault, site, visit=visitor(1), now=at).token


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(days=400)])
def test_a_clock_that_was_ahead_locks_nobody_out(session, vault, site, borrower, ahead):
    for n in range(5):
        ask(session, vault, site, now=NOW + ahead + timedelta(minutes=n))
    crowd(session, vault, site, now=NOW + ahead)
    early = ask(session, vault, site, visit=THERE, now=NOW + ahead + timedelta(hours=2))
    code = sent_code(session, vault, early)
    # and a code of that time opens nothing now
    with pytest.raises(CodeSpent):
        check(session, vault, early, code, visit=THERE)
    assert enter(session, vault, site).token
    assert enter(session, vault, site, visit=visitor("new"), now=NOW + timedelta(minutes=1)).token


def test_a_known_device_has_its_own_quota(session, vault, site, borrower):
    enter(session, vault, site)
    later = NOW + timedelta(hours=3)
    for n in range(5):
        ask(session, vault, site, visit=THERE, now=later + timedelta(minutes=n))
    at = later + timedelta(minutes=5)
    with pytest.raises(TooManyCodes):
        ask(session, vault, site, visit=THERE, now=at)
    assert enter(session, vault, site, now=at).token


def test_another_browsers_request_does_not_void_mine(session, vault, site, borrower):
    asked = ask(session, vault, site)
    code = sent_code(session, vault, asked)
    ask(session, vault, site, visit=THERE, now=NOW + timedelta(seconds=61))
    assert check(session, vault, asked, code, now=NOW + timedelta(seconds=62)) is None


def test_only_the_newest_code_of_a_browser_counts(session, vault, site, borrower):
    first = ask(session, vault, site)
    code = sent_code(session, vault, first)
    later = NOW + timedelta(seconds=60)
    second = ask(session, vault, site, now=later)
    with pytest.raises(CodeWrong):
        check(session, vault, first, code, now=later)
    assert check(session, vault, second, sent_code(session, vault, second), now=later) is None


def test_a_code_works_only_in_the_browser_that_asked(session, vault, site, borrower):
    asked = ask(session, vault, site)
    code = sent_code(session, vault, asked)
    with pytest.raises(CodeWrong):
        check(session, vault, asked, code, visit=THERE)
    assert check(session, vault, asked, code) is None


def test_a_code_works_once(session, vault, site, borrower):
    asked = ask(session, vault, site)
    code = sent_code(session, vault, asked)
    check(session, vault, asked, code)
    with pytest.raises(CodeWrong):
        check(session, vault, asked, code)
    pick(session, vault, asked)
    with pytest.raises(CodeWrong):
        pick(session, vault, asked)
    assert count(session, SessionRow, SessionRow.borrower_id == borrower.id) == 1


@pytest.mark.parametrize(("seconds", "is_right"), [(299, True), (300, False), (601, False)])
def test_a_code_lives_five_minutes(session, vault, site, borrower, seconds, is_right):
    asked = ask(session, vault, site)
    code, at = sent_code(session, vault, asked), NOW + timedelta(seconds=seconds)
    if is_right:
        assert check(session, vault, asked, code, now=at) is None
    else:
        with pytest.raises(CodeWrong):
            check(session, vault, asked, code, now=at)


@pytest.mark.parametrize(("wrongs", "is_right"), [(4, True), (5, False)])
def test_five_wrong_codes_void_it(session, vault, site, borrower, wrongs, is_right):
    asked = ask(session, vault, site)
    code = sent_code(session, vault, asked)
    kinds = []
    for _ in range(wrongs):
        with pytest.raises(CodeWrong) as refused:
            check(session, vault, asked, wrong(code))
        kinds.append(refused.type)
    # the last try says that another is needed, the ones before do not
    assert kinds == ([CodeWrong] * 4 + [CodeSpent])[:wrongs]
    if is_right:
        assert check(session, vault, asked, code) is None
    else:
        with pytest.raises(CodeSpent):
            check(session, vault, asked, code)


def test_a_code_nobody_was_sent_is_spent_alike(session, vault, site, borrower):
    asked = ask(session, vault, site, mobile=UNKNOWN)
    kinds = []
    for _ in range(6):
        with pytest.raises(CodeWrong) as refused:
            check(session, vault, asked, "000000")
        kinds.append(refused.type)
    assert kinds == [CodeWrong] * 4 + [CodeSpent] * 2


def test_the_last_four_cannot_be_guessed_on(session, vault, site, borrower):
    asked = ask(session, vault, site)
    check(session, vault, asked, sent_code(session, vault, asked))
    kinds = []
    for n in range(9):
        with pytest.raises(CodeWrong) as refused:
            pick(session, vault, asked, f"{n:04d}")
        kinds.append(refused.type)
    assert kinds == [CodeWrong] * 8 + [CodeSpent]
    with pytest.raises(CodeSpent):
        pick(session, vault, asked)


def test_the_last_four_come_soon_after_the_code_and_never_before(session, vault, site, borrower):
    asked = ask(session, vault, site)
    with pytest.raises(CodeWrong):
        pick(session, vault, asked)
    check(session, vault, asked, sent_code(session, vault, asked))
    with pytest.raises(CodeWrong):
        pick(session, vault, asked, now=NOW + timedelta(minutes=10))
    with pytest.raises(CodeWrong):
        pick(session, vault, asked, visit=THERE)


def test_the_last_four_pick_the_person_of_a_shared_number_every_time(
    session, vault, site, borrower
):
    other = make_borrower(
        session, vault, mobile=MOBILE, name="周思", id_number="99010119900101123X"
    )
    for n, (last4, person) in enumerate([(LAST4, borrower), ("123x", other), (LAST4, borrower)]):
        at = NOW + timedelta(minutes=n)
        asked = ask(session, vault, site, now=at)
        assert check(session, vault, asked, sent_code(session, vault, asked), now=at) is None
        pick(session, vault, asked, last4, now=at)
        newest = session.scalars(select(SessionRow).order_by(SessionRow.id.desc())).first()
        assert newest.borrower_id == person.id


def test_two_people_of_one_number_who_end_alike_need_a_person(session, vault, site, borrower):
    make_borrower(session, vault, mobile=MOBILE, id_number="990101197001010965")
    with pytest.raises(CodeWrong):
        enter(session, vault, site)


def test_the_owner_is_told_of_another_device_and_of_wrong_codes(session, vault, site, borrower):
    assert enter(session, vault, site).notices == ()
    there = enter(session, vault, site, visit=THERE, now=NOW + timedelta(minutes=2))
    assert there.notices == ("new_device",)
    back_at = NOW + timedelta(minutes=4)
    asked = ask(session, vault, site, now=back_at)
    code = sent_code(session, vault, asked)
    for _ in range(3):
        with pytest.raises(CodeWrong):
            check(session, vault, asked, wrong(code), now=back_at)
    back = check(session, vault, asked, code, now=back_at)
    assert back.notices == ("other_device", "failed_tries")
    again = enter(session, vault, site, now=NOW + timedelta(minutes=6))
    assert again.notices == ()


def test_sign_ins_failures_and_leaving_are_on_record(session, vault, site, borrower):
    enter(session, vault, site)
    row = session.scalars(select(SessionRow).where(SessionRow.borrower_id == borrower.id)).one()
    for _ in range(2):
        borrower_signin.sign_out(
            session,
            acting(),
            borrower_public_id=borrower.public_id,
            session_id=row.id,
            requester="10.0.0.1",
        )
    asked = ask(session, vault, site, now=NOW + timedelta(minutes=1))
    with pytest.raises(CodeWrong):
        check(
            session,
            vault,
            asked,
            wrong(sent_code(session, vault, asked)),
            now=NOW + timedelta(minutes=1),
        )
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert [one for one in actions if one.startswith("borrower.")] == [
        "borrower.signed_in",
        "borrower.signed_out",
    ]
    assert failures(session) == [1]


def failures(session) -> list[int]:
    failed = RefusedTry.what == "borrower.sign_in_failed"
    return list(
        session.scalars(select(RefusedTry.count).where(failed).order_by(RefusedTry.hour_at))
    )


def test_what_nobody_in_particular_fails_at_is_counted_and_lets_no_chain_grow(
    session, vault, site, borrower
):
    before = count(session, AuditEntry)
    asked = ask(session, vault, site)
    for n in range(40):
        with pytest.raises(CodeWrong):
            check(session, vault, asked, "12345x", now=NOW + timedelta(minutes=2 * n))
    with pytest.raises(CodeWrong):
        pick(session, vault, asked)
    assert count(session, AuditEntry) == before
    # by the hour; the test's clock begins on one
    assert failures(session) == [31, 10]


def test_the_message_is_neutral_and_fits_one_part(session, vault, site, borrower):
    item = session.get_one(OutboxItem, ask(session, vault, site).outbox_ids[0])
    text = vault.unseal(
        item.payload_enc, table="outbox", row=item.idempotency_key, column="payload"
    )
    assert not any(word in text for word in ("债", "逾期", "催收", "借款", "欠"))
    assert item.expires_at == NOW + timedelta(minutes=5)


def test_a_browser_may_fill_in_the_code_where_the_address_is_ours(session, vault, site, borrower):
    own = replace(site, base_url="https://anhuan.example.cn")
    item = session.get_one(OutboxItem, ask(session, vault, own).outbox_ids[0])
    text = vault.unseal(
        item.payload_enc, table="outbox", row=item.idempotency_key, column="payload"
    )
    words = json.loads(text)["text"]
    assert re.search(r"\n@anhuan\.example\.cn #\d{6}$", words)
    assert len(words) <= 70

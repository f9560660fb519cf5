"""Desk searches and views: exact, masked, on record; both figures where file and engine differ."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry, FailedTry, Plan, Thread
from app.services.borrowers import lookup as borrower_lookup
from app.services.borrowers.lookup import TooManyFinds
from app.services.core.context import Actor
from app.services.core.policy import active_policy
from tests.factories import make_agreement, make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.threads import write

AGENT = Actor(who="staff:abc", from_where="127.0.0.1")
MOBILE, ID_NUMBER, NAME = "19003740000", "99010119890114096X", "罗涵敏"


@pytest.fixture
def borrower(session, vault):
    return make_borrower(
        session, vault, name=NAME, mobile=MOBILE, id_number=ID_NUMBER, customer_no="C17000001"
    )


def find(session, vault, text):
    return borrower_lookup.find(session, acting(actor=AGENT, vault=vault), text=text).rows


@pytest.mark.parametrize(
    "text",
    [
        "19003740000",
        " 190 0374 0000 ",
        "+86 19003740000",
        "+86-190-0374-0000",
        "１９００３７４００００",
        "99010119890114096X",
        "99010119890114096x",
        "C17000001",
        "JJ26170000001",
        " JJ26170000001 ",
        "JJ26170",
        "000001",
        "罗涵敏",
        " 罗 涵敏 ",
        "0000",
        "096X",
        "096x",
        "\u202d190 0374 0000\u202c",
        "\ufeff0086 190\u200b03740000",
        "8619003740000",
        "(+86) 190–0374–0000",
        "99010119890114096\u200bＸ",
        "\u2066ＪＪ26170000001\u2069",
    ],
)
def test_a_borrower_is_found_by_each_exact_key(session, vault, borrower, text):
    make_loan(session, borrower, ref="JJ26170000001")
    assert [one.public_id for one in find(session, vault, text)] == [borrower.public_id]


@pytest.mark.parametrize(
    "text", ["", "1900374000", "1111", "罗涵", "JJ261", "JJ2617_", "C1700000%", "' OR 1=1 --"]
)
def test_anything_but_an_exact_key_finds_nobody(session, vault, borrower, text):
    make_loan(session, borrower, ref="JJ26170000001")
    assert find(session, vault, text) == ()


def test_a_borrower_is_found_by_the_number_of_a_plan(session, vault, borrower):
    version = make_plan(session, make_loan(session, borrower))
    number = session.get_one(Plan, version.plan_id).number
    assert [one.public_id for one in find(session, vault, number)] == [borrower.public_id]
    assert find(session, vault, number[:-1]) == ()


def test_a_borrower_is_found_by_each_number_we_gave(session, vault, borrower):
    version = make_plan(session, make_loan(session, borrower), state="signed")
    agreement = make_agreement(session, version).number
    thread = (
        session.scalars(select(Thread).where(Thread.public_id == write(session, vault, borrower)))
        .one()
        .number
    )
    make_plan(session, make_loan(session, make_borrower(session, vault, mobile="19000000001")))
    for number in (
        agreement,
        agreement.lower(),
        session.get_one(Plan, version.plan_id).number.lower(),
        thread,
    ):
        assert [one.public_id for one in find(session, vault, number)] == [borrower.public_id]


def test_a_shared_mobile_finds_each_person(session, vault, borrower):
    make_borrower(session, vault, name="姜浩", mobile=MOBILE, id_number="990101197811035737")
    assert len(find(session, vault, MOBILE)) == 2


def test_what_is_found_is_masked(session, vault, borrower):
    found = find(session, vault, MOBILE)[0]
    assert (found.name, found.mobile, found.id_number) == (
        "*敏",
        "190****0000",
        "9****************X",
    )


def test_every_search_and_view_is_on_record_without_personal_data(session, vault, borrower):
    loan = make_loan(session, borrower)
    find(session, vault, ID_NUMBER)
    find(session, vault, "nobody")
    borrower_lookup.open_borrower(
        session, acting(actor=AGENT, vault=vault), public_id=borrower.public_id
    )
    borrower_lookup.open_loan(session, acting(actor=AGENT, vault=vault), public_id=loan.public_id)
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    told = [(one.actor, one.action, one.object_id) for one in entries]
    assert told == [
        ("staff:abc", "borrower.searched", borrower.public_id),
        ("staff:abc", "borrower.searched", "-"),
        ("staff:abc", "borrower.viewed", borrower.public_id),
        ("staff:abc", "loan.viewed", loan.public_id),
    ]
    written = json.dumps(
        [[one.before, one.after, one.reason] for one in entries], ensure_ascii=False
    )
    assert not any(secret in written for secret in (MOBILE, ID_NUMBER, NAME, "nobody"))


def test_what_does_not_exist_is_not_found(session, vault):
    for opened in (
        borrower_lookup.open_borrower,
        borrower_lookup.open_loan,
        borrower_lookup.show_remark,
    ):
        with pytest.raises(NotFound):
            opened(session, acting(actor=AGENT, vault=vault), public_id="x" * 20)


def test_the_whole_name_leaves_an_entry_at_every_look(session, vault):
    borrower = make_borrower(session, vault, name="罗涵敏")
    for _ in range(2):
        found = borrower_lookup.show_name(
            session, acting(vault=vault), public_id=borrower.public_id
        )
        assert found == "罗涵敏"
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "borrower.name_seen")
    ).all()
    assert [one.object_id for one in entries] == [borrower.public_id] * 2
    assert "罗" not in str([(one.before, one.after, one.reason) for one in entries])
    with pytest.raises(NotFound):
        borrower_lookup.show_name(session, acting(vault=vault), public_id="nobody")


def test_an_account_searches_so_often_an_hour_and_no_more(session, vault, borrower):
    now, most = NOW, active_policy(session)[1].limits.finds_per_hour

    def search(text=MOBILE, *, who="staff:abc", at=now):
        context = acting(now=at, actor=Actor(who=who), vault=vault)
        return borrower_lookup.find(session, context, text=text).rows

    who = vault.fingerprint("staff:abc", purpose="find")
    session.add_all(
        FailedTry(subject_hmac=who, requester_hmac=who, at=now) for _ in range(most - 1)
    )
    session.commit()
    assert search()
    with pytest.raises(TooManyFinds):
        search("nobody")
    assert search(who="staff:def")
    assert search(at=now + timedelta(hours=1))
    # counted by a clock that was two days ahead
    assert search(at=now - timedelta(days=2))

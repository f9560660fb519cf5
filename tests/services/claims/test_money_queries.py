"""What finance reads of money that came: lists by key, sums by age, one payment with all its
story.
"""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.domain.errors import NotFound
from app.models import Payment
from app.services.claims import money_queries
from app.services.claims.money_queries import (
    PAGE_ROWS,
    MoneyFilter,
    Sum,
    channels_known,
    masked_payer,
    money_page,
    unclaimed_page,
)
from app.services.claims.owning import take_payment
from app.services.claims.returning import return_payment
from tests.services.claims.conftest import WORDS
from tests.support.counting import statements
from tests.support.payments import TODAY, make_payment

DAY = timedelta(days=1)


def came(days: int):
    return {"paid_on": TODAY - days * DAY, "arrived_on": TODAY - days * DAY}


@pytest.fixture
def unclaimed(session, zheng):
    def page(tab="all", after=None):
        return unclaimed_page(session, zheng, tab=tab, after=after)

    return page


@pytest.fixture
def give_back(session, zheng):
    def act(public_id):
        key = str(uuid4())
        return_payment(session, zheng, public_id=public_id, words=WORDS, request_key=key)

    return act


def test_the_oldest_comes_first_and_names_are_masked(pay, unclaimed):
    new, old = pay(payer="李芳", account_tail="5512"), pay(**came(4), payer="某某AH003186")
    rows = unclaimed().rows
    assert [(one.public_id, one.days, one.is_old) for one in rows] == [
        (old, 4, True),
        (new, 0, False),
    ]
    assert (rows[1].payer, rows[1].account_tail) == ("*芳", "5512")


def test_what_is_counted_by_age_and_by_who_sees_to_it(
    session, pay, place, called, unclaimed, give_back, zheng, he
):
    mine, theirs = pay(fen=1), pay(fen=10, **came(1))
    pay(fen=100, **came(3))
    pay(fen=1_000, **came(4))
    place(pay(fen=5_000), (called, None))
    give_back(pay(fen=7_000))
    take_payment(session, zheng, public_id=mine, owner="")
    take_payment(session, he, public_id=theirs, owner="")
    counts = unclaimed().counts
    assert (counts.whole, counts.today, counts.lately, counts.old) == (
        Sum(4, 1_111),
        Sum(1, 1),
        Sum(2, 110),
        Sum(1, 1_000),
    )
    assert (counts.free, counts.mine, counts.returned) == (2, 1, Sum(1, 7_000))
    assert counts.oldest_on == TODAY - 4 * DAY


def test_each_tab_has_its_own(session, pay, unclaimed, give_back, zheng, he):
    free, old = pay(), pay(**came(4))
    mine, back = pay(**came(1)), pay()
    take_payment(session, zheng, public_id=mine, owner="")
    take_payment(session, he, public_id=old, owner="")
    give_back(back)
    tabs = {tab: [one.public_id for one in unclaimed(tab).rows] for tab in ("all", "free")}
    assert tabs == {"all": [old, mine, free], "free": [free]}
    assert [one.public_id for one in unclaimed("mine").rows] == [mine]
    assert [(one.public_id, one.owner) for one in unclaimed("old").rows] == [(old, "客服 2073")]
    assert [one.public_id for one in unclaimed("returned").rows] == [back]


def test_what_goes_back_says_why_and_what_was_done_last_comes_first(
    session, pay, place, called, unclaimed, give_back, zheng
):
    first, second = pay(fen=1), pay(fen=2)
    place(first, (called, None))
    take_payment(session, zheng, public_id=second, owner="")
    give_back(second)
    page = unclaimed("returned")
    why = page.returns[second]
    assert (why.words, why.by, why.at) == (WORDS, "客服 2073", zheng.now)
    assert [(one.public_id, one.act, one.fen) for one in page.recent] == [
        (second, "returned", 2),
        (first, "matched", 1),
    ]
    assert unclaimed().returns == {}


def test_nothing_there_is_nothing(unclaimed):
    page = unclaimed()
    assert (page.rows, page.next_key, page.page_fen) == ((), None, 0)
    assert (page.counts.whole, page.counts.oldest_on) == (Sum(0, 0), None)


def test_pages_go_on_by_key_and_show_each_once(pay, unclaimed, monkeypatch):
    monkeypatch.setattr(money_queries, "PAGE_ROWS", 2)
    stored = [pay(**came(days)) for days in (3, 3, 3, 1, 0)]
    shown, key = [], None
    while True:
        page = unclaimed(after=key)
        shown += [one.public_id for one in page.rows]
        key = page.next_key
        if key is None:
            break
    assert shown == stored
    with pytest.raises(NotFound):
        unclaimed(after="x" * 20)


def test_a_page_goes_on_behind_what_was_claimed_meanwhile(
    pay, place, called, unclaimed, monkeypatch
):
    monkeypatch.setattr(money_queries, "PAGE_ROWS", 1)
    first, second = pay(**came(2)), pay(**came(1))
    key = unclaimed().next_key
    place(first, (called, None))
    assert [one.public_id for one in unclaimed(after=key).rows] == [second]


@pytest.mark.parametrize("rows", [100, 1_000])
def test_a_list_asks_a_handful_of_questions_at_any_size(session, vault, zheng, rows):
    one = make_payment(session, vault, payer="李芳")
    copied = {
        column.key: getattr(one, column.key)
        for column in Payment.__table__.columns
        if column.key not in ("id", "public_id", "channel_ref", "words_enc")
    }
    session.execute(
        Payment.__table__.insert(),
        [
            copied | {"public_id": f"p{number:019d}", "channel_ref": f"C{number}"}
            for number in range(rows)
        ],
    )
    session.commit()
    with statements(session.get_bind()) as seen:
        page = unclaimed_page(session, zheng, tab="all")
        assert len(page.rows) == PAGE_ROWS
        assert page.counts.whole.count == rows + 1
    assert len(seen) <= 4
    with statements(session.get_bind()) as seen:
        channels = channels_known(session)
        money_page(session, zheng, wanted=MoneyFilter(), channels=channels)
    assert len(seen) <= 4


def test_channels_are_those_that_sent_something(session, pay):
    for channel in ("微信支付", "支付宝", "微信支付", "对公"):
        pay(channel=channel)
    assert channels_known(session) == tuple(sorted({"微信支付", "支付宝", "对公"}))


@pytest.fixture
def money(session, zheng):
    def page(after=None, **wanted):
        channels = channels_known(session)
        return money_page(
            session, zheng, wanted=MoneyFilter(**wanted), channels=channels, after=after
        )

    return page


def test_by_default_the_last_day_on_which_money_came(pay, place, called, money):
    pay(**came(2))
    first, second = pay(fen=10, **came(1)), pay(fen=5, **came(1))
    place(first, (called, None))
    page = money()
    assert page.day == TODAY - DAY
    assert [one.public_id for one in page.rows] == [first, second]
    assert page.sums == {"matched": Sum(1, 10), "unmatched": Sum(1, 5)}


def test_a_day_a_channel_a_state_and_a_number(pay, place, called, money):
    old = pay(**came(5), channel="对公", channel_ref="LS-7")
    same = pay(channel="支付宝", channel_ref="LS-7")
    other = pay(channel="支付宝")
    place(other, (called, None))
    assert [one.public_id for one in money(day=TODAY - 5 * DAY).rows] == [old]
    assert [one.public_id for one in money(channel="支付宝").rows] == [same, other]
    assert [one.public_id for one in money(state="matched").rows] == [other]
    found = money(number="LS-7")
    assert ([one.public_id for one in found.rows], found.day) == ([old, same], None)
    assert [one.public_id for one in money(number="LS-7", channel="对公").rows] == [old]
    assert money(number="nowhere").rows == ()
    assert money(day=TODAY - 9 * DAY).rows == ()


def test_money_of_a_day_goes_on_by_key(pay, money, monkeypatch):
    monkeypatch.setattr(money_queries, "PAGE_ROWS", 2)
    stored = [pay() for _ in range(3)]
    first = money()
    assert [one.public_id for one in money(after=first.next_key).rows] == stored[2:]


def test_no_money_has_no_day(money):
    page = money()
    assert (page.rows, page.day, page.sums) == ((), None, {})


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("李芳", "*芳"),
        ("李芳 AH-00318-6", "*芳"),
        ("某某贸易公司", "*司"),
        ("*芳", "*"),
        ("62220012345678", "*"),
        ("", ""),
    ],
)
def test_a_payer_is_shown_by_one_character_at_most(written, shown):
    assert masked_payer(written) == shown

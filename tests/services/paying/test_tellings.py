"""What a channel tells is stored as it came, sealed, once; a forged one leaves a count alone."""

import pytest
from sqlalchemy import func, select, text

from app.models import ProviderEvent, RefusedTry
from app.ports.payments import News, RefundNews
from app.services.paying.tellings import (
    COLUMN,
    ID_CHARS,
    TABLE,
    keep_telling,
    news_of,
    refuse_telling,
    told_of,
)
from app.services.upkeep.sealed_fields import moved_fields

BODY = '{"payer":"张三","bytes":"'.encode() + b'\xff\xfe"}'


def said(**values):
    return News(**({"order_number": "N1", "fate": "paid", "fen": 100, "channel_ref": "R"} | values))


def test_it_is_kept_as_it_came_and_sealed(session, soon):
    key = keep_telling(
        session, soon, provider="local", news=said(paid_at=soon.now, event_id="e1"), body=BODY
    )
    event = session.get_one(ProviderEvent, key)
    assert (event.source, event.kind, event.state, event.event_id) == (
        "called",
        "payment",
        "stored",
        "e1",
    )
    whole = soon.vault.unseal(event.body_enc, table=TABLE, row="e1", column=COLUMN)
    assert "张三" in whole
    raw = session.execute(text("SELECT body_enc FROM provider_events")).scalar()
    assert "张三".encode() not in bytes(raw)
    assert "张三" not in str(event.told)
    assert [*moved_fields(session, vault=soon.vault)] == []
    assert news_of(event) == said(paid_at=soon.now, event_id="e1")


def test_the_same_name_is_kept_once_for_each_channel(session, soon):
    def keep(provider, **values):
        return keep_telling(session, soon, provider=provider, news=said(**values), body=b"1")

    assert keep("local", event_id="e1") == keep("local", event_id="e1", fen=7)
    assert keep("other", event_id="e1") != keep("local", event_id="e1")


@pytest.mark.parametrize("event_id", ["", "x" * (ID_CHARS + 1)])
def test_what_has_no_name_is_known_by_what_it_says(session, soon, event_id):
    def keep(**values):
        news = said(event_id=event_id, **values)
        return keep_telling(session, soon, provider="local", news=news, body=b"1")

    assert keep() == keep()
    assert keep(fen=101) != keep()


def test_an_answer_has_no_body_and_a_name_of_its_own(session, soon):
    news = said(event_id="e1")
    asked = keep_telling(session, soon, provider="local", news=news)
    told = keep_telling(session, soon, provider="local", news=news, body=b"1")
    assert asked != told
    event = session.get_one(ProviderEvent, asked)
    assert (event.source, event.body_enc) == ("asked", None)


def test_refunds_are_read_back(session, soon):
    news = RefundNews("R1", "N1", "done", 5, "ref", soon.now, "e9")
    key = keep_telling(session, soon, provider="local", news=news, body=b"1")
    assert news_of(session.get_one(ProviderEvent, key)) == news
    assert told_of(news)["refund"] == "R1"


def test_a_forged_one_leaves_a_count_and_no_row(session, soon):
    for _ in range(2):
        refuse_telling(session, soon, provider="local")
    assert session.scalar(select(func.count(ProviderEvent.id))) == 0
    assert session.execute(select(RefusedTry.what, RefusedTry.count)).all() == [
        ("payments.local", 2)
    ]

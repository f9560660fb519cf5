"""The days stored with an agreement are those its paper prints."""

from sqlalchemy import select

from app.models import Agreement, DueDate
from app.services.agreements.paper import paper_values
from tests.support.agreements import an_act
from tests.support.signing import sign


def test_signing_stores_the_days_that_the_paper_prints(session, gateways, site, asked):
    sign(session, gateways, site, asked)
    agreement = session.scalars(select(Agreement)).one()
    paper = paper_values(
        text=agreement.text,
        text_sha256=agreement.text_sha256,
        check_code="-",
        base_url=site.base_url,
        act=an_act(agreement.text, signed_at=agreement.signed_at),
    )
    stored = session.scalars(select(DueDate).order_by(DueDate.number)).all()
    printed = [f"{one.due_on.year}年{one.due_on.month}月{one.due_on.day}日" for one in stored]
    assert printed == [row["due_on"] for row in paper["rows"]]
    assert [str(one.number or "先还") for one in stored] == [row["name"] for row in paper["rows"]]


def test_a_code_that_was_asked_for_stores_none(session, asked):
    assert session.scalars(select(DueDate)).all() == []

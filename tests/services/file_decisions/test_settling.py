"""Two mobiles or names of one person: a member of staff decides, all at once, on record."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry, Borrower, ContestedValue
from app.services.file_decisions.deciding import WhyNeeded
from app.services.file_decisions.settling import ChoiceGone, open_contested, settle_person
from tests.services.file_decisions.conftest import by
from tests.support.books import good_cells, id_number

SECOND = "19111111111"


@pytest.fixture
def contested(take_in, session):
    other = {"证件号码": id_number(1), "手机号码": SECOND, "姓名": "罗敏"}
    take_in(good_cells(1), good_cells(2) | other)
    return session.scalars(select(Borrower.public_id)).one()


def rows(session, **wanted):
    """The row of each value wanted, by field."""
    found = {}
    for field, hmac in wanted.items():
        query = select(ContestedValue.id).where(
            ContestedValue.field == field, ContestedValue.value_hmac == hmac
        )
        found[field] = session.scalars(query).one()
    session.rollback()
    return found


def settle(session, vault, public_id, chosen, words="两个号码都打过"):
    settle_person(session, by("mei", vault=vault), public_id=public_id, chosen=chosen, words=words)


def test_what_is_chosen_stands_and_messages_go_out_again(contested, session, vault):
    hmacs = {
        "mobile": vault.fingerprint(SECOND, purpose="mobile"),
        "name": vault.fingerprint("罗涵敏", purpose="name"),
    }
    settle(session, vault, contested, rows(session, **hmacs))
    found = session.scalars(select(Borrower)).one()
    assert not found.is_contested
    assert (found.mobile_hmac, found.name_hmac) == (hmacs["mobile"], hmacs["name"])
    assert found.mobile_last4_hmac == vault.fingerprint(SECOND[-4:], purpose="mobile_last4")
    told = {
        name: vault.unseal(
            getattr(found, f"{name}_enc"), table="borrowers", row=contested, column=name
        )
        for name in ("mobile", "name")
    }
    assert told == {"mobile": SECOND, "name": "罗涵敏"}
    assert session.scalar(select(ContestedValue.id)) is None
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.reason) == ("borrower.settled", "两个号码都打过")
    assert SECOND not in str(entry.after)


def test_half_a_decision_or_a_value_of_someone_else_is_none(contested, session, vault):
    one = rows(session, mobile=vault.fingerprint(SECOND, purpose="mobile"))
    for chosen in (one, {}, one | {"name": one["mobile"]}, one | {"name": 9_999}):
        with pytest.raises(ChoiceGone):
            settle(session, vault, contested, chosen)
    with pytest.raises(WhyNeeded):
        settle(session, vault, contested, one, words=" ")
    with pytest.raises(NotFound):
        settle(session, vault, "z" * 20, one)
    session.rollback()
    assert session.scalars(select(Borrower.is_contested)).one()


def test_opening_a_person_in_full_is_on_record(contested, session, vault):
    opened = open_contested(session, by("mei", vault=vault), public_id=contested)
    assert {shown for _row, shown in opened.choices["mobile"]} == {"19000000001", SECOND}
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert entry.action == "borrower.contested_viewed"

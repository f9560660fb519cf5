"""Where a refund goes is shown in full, on record."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry
from app.services.refunds.looking import show_account
from tests.services.refunds.conftest import ACCOUNT


def test_each_look_leaves_an_entry_that_tells_nothing_of_it(session, he, ask):
    public_id = ask()
    for _ in range(2):
        assert show_account(session, he, public_id=public_id) == ACCOUNT
    seen = select(AuditEntry).where(AuditEntry.action == "refund_account_seen")
    entries = session.scalars(seen).all()
    assert [one.object_id for one in entries] == [public_id] * 2
    assert ACCOUNT.number not in str([one.after for one in entries])


def test_one_that_is_not_there(session, he):
    with pytest.raises(NotFound):
        show_account(session, he, public_id="none")

"""One payment from a system: the way of a line of a file, once a key, nothing where refused."""

import pytest
from sqlalchemy import func, select

from app.domain.references import reference_of
from app.domain.repayments.posted import read_posted
from app.models import AuditEntry, Match, Payment, RequestKey, StatementFile
from app.services.core.context import Actor
from app.services.core.request_keys import KeyReused
from app.services.repayments.receiving import PaymentRefused, receive_payment
from tests.services.repayments.conftest import TODAY


@pytest.fixture
def told(plan):
    def row(fen=100_00, ref="A1", **words):
        facts = {"channel_ref": ref, "channel": "银行卡", "arrived_on": TODAY.isoformat()}
        words = words or {"remark": reference_of(plan.number)}
        return read_posted(facts | words, fen, today=TODAY)

    return row


@pytest.fixture
def receive(session, context):
    def made(row, key="k", who="api:x"):
        acting = context.by(Actor(who))
        return receive_payment(session, acting, row=row, request_key=key)

    return made


def rows(session, table):
    return session.scalar(select(func.count()).select_from(table))


def test_it_is_stored_matched_and_on_record_without_a_file(session, receive, told, payments, plan):
    done = receive(told())
    (one,) = payments()
    assert (done["payment"], done["state"]) == (one.public_id, "matched")
    assert done["shares"] == [{"kind": "plan", "ref": plan.number, "fen": 100_00}]
    assert (one.file_id, one.line, rows(session, StatementFile)) == (None, None, 0)
    posted = select(AuditEntry).where(AuditEntry.action == "repayments_posted")
    assert session.scalars(posted).one().object_id == one.public_id


def test_a_key_again_gets_the_first_reply_and_another_content_is_refused(session, receive, told):
    first = receive(told())
    assert receive(told()) == first
    with pytest.raises(KeyReused):
        receive(told(fen=1))
    assert rows(session, Payment) == rows(session, Match) == 1


def test_another_caller_has_keys_of_its_own(session, receive, told):
    first, other = receive(told()), receive(told(ref="A2"), who="api:y")
    assert first["payment"] != other["payment"]


def test_a_line_of_a_file_told_again_is_a_duplicate(take_in, line, receive, told, session):
    take_in(line(流水号="A1"))
    done = receive(told())
    assert (done["is_duplicate"], done["state"]) == (True, "matched")
    assert rows(session, Payment) == 1


def test_a_payment_told_comes_again_in_a_file_as_a_duplicate(take_in, line, receive, told, session):
    receive(told())
    report = take_in(line(流水号="A1"))
    assert (report.duplicates, report.posted) == (1, 0)
    assert rows(session, Payment) == 1


def test_changed_facts_are_refused_and_leave_no_key(session, receive, told):
    receive(told())
    with pytest.raises(PaymentRefused) as refusal:
        receive(told(fen=1), key="k2")
    assert (refusal.value.code, refusal.value.field) == ("changed", "fen")
    assert rows(session, RequestKey) == 1
    assert receive(told(ref="A2"), key="k2")["state"] == "matched"


def test_a_reversal_of_what_nobody_knows_waits_for_a_person(receive, told):
    done = receive(told(reverses="Z9"))
    assert (done["state"], done["reason"]) == ("unmatched", "reversal_unknown")


def test_a_reversal_goes_where_its_payment_went(receive, told, payments, plan):
    receive(told())
    done = receive(told(ref="A2", reverses="A1"), key="k2")
    assert done["shares"] == [{"kind": "plan", "ref": plan.number, "fen": 100_00}]
    one, back = payments()
    assert back.reverses_id == one.id


def test_no_name_of_a_payer_is_in_what_is_kept_of_a_request(session, receive, told):
    receive(told(payer="罗涵敏", remark="罗涵敏还款"))
    row = session.scalars(select(RequestKey)).one()
    assert "罗涵敏" not in str((row.key, row.body_sha256, row.reply))

"""Money that a system brings as it comes: stored as a line of a file, once, and told why not."""

import pytest
from sqlalchemy import func, select

from app.domain.references import reference_of
from app.models import AuditEntry, Match, Payment, RequestKey, StatementFile
from app.services.repayments.sealing import words_of
from tests.web.api.conftest import TODAY

PROBLEM = "application/problem+json"


def stored(session):
    session.rollback()
    return session.scalars(select(Payment).order_by(Payment.id)).all()


def refused(response, status, code, field=None):
    assert (response.status_code, response.mimetype) == (status, PROBLEM), response.text
    told = response.get_json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["detail"]
    assert "Set-Cookie" not in response.headers
    if field is not None:
        assert told["faults"][0]["field"] == field
        assert told["faults"][0]["message"]
    return told


def test_a_payment_is_stored_matched_and_followed(call, money, session, plan, gateways):
    told = money(payer="罗涵敏", loan_ref="JJ1")
    response = call("POST", "payments", body=told)
    assert response.status_code == 201
    done = response.get_json()
    (one,) = stored(session)
    assert done == {
        "payment": one.public_id,
        "state": "matched",
        "reason": "",
        "is_duplicate": False,
        "shares": [{"kind": "plan", "ref": plan.number, "fen": 100_00}],
        "suggestions": [],
    }
    assert (one.fen, one.channel, one.channel_ref) == (100_00, "核心", told["channel_ref"])
    assert (one.file_id, one.line) == (None, None)
    assert words_of(gateways.vault, one).payer == "罗涵敏"
    match = session.scalars(select(Match)).one()
    assert (match.plan_id, match.actor[:4]) == (plan.id, "api:")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "repayments_posted"))
    assert [(e.object_kind, e.object_id) for e in entry] == [("payment", one.public_id)]


def test_no_day_is_covered_by_it(call, money, session):
    call("POST", "payments", body=money())
    assert session.scalar(select(func.count()).select_from(StatementFile)) == 0


def test_what_nothing_names_waits_for_a_person(call, money, session):
    response = call("POST", "payments", body=money(remark="谢谢"))
    assert response.status_code == 201
    done = response.get_json()
    assert (done["state"], done["shares"]) == ("unmatched", [])
    assert done["reason"]
    assert [one.state for one in stored(session)] == ["unmatched"]


def test_the_same_key_again_gets_the_same_bytes(call, money, session):
    told = money()
    first, again = (call("POST", "payments", body=told) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert len(stored(session)) == 1


def test_the_order_and_blanks_of_the_json_do_not_matter(call, money, session):
    told = money()
    first = call("POST", "payments", body=told)
    turned = dict(reversed(told.items())) | {"remark": f" {told['remark']} "}
    assert call("POST", "payments", body=turned).data == first.data


@pytest.mark.parametrize("changed", [{"fen": 1}, {"loan_ref": "JJ2"}, {"payer": "李四"}])
def test_the_same_key_with_another_content_is_refused(call, money, session, changed):
    told = money()
    call("POST", "payments", body=told)
    refused(call("POST", "payments", body=told | changed), 422, "key_reused")
    assert len(stored(session)) == 1


def test_another_system_with_the_same_key_is_independent(call, money, make_key, session):
    mine = call("POST", "payments", body=money())
    other = call("POST", "payments", body=money(), key=make_key(name="银行前置"))
    assert mine.status_code == other.status_code == 201
    assert mine.get_json()["payment"] != other.get_json()["payment"]
    assert len(stored(session)) == 2


def test_what_was_refused_can_be_corrected_under_its_key(call, money, session):
    told = money()
    refused(call("POST", "payments", body=told | {"paid_on": "2099-01-01"}), 400, "date", "paid_on")
    assert session.scalar(select(func.count()).select_from(RequestKey)) == 0
    assert call("POST", "payments", body=told).status_code == 201


@pytest.mark.parametrize("key", [None, "", "k" * 256, "k" * 1_000, "两个字", "a b"])
def test_a_key_that_is_none_is_refused(call, money, session, key):
    headers = {"Idempotency-Key": key.encode().decode("latin-1")} if key else {}
    response = call("POST", "payments", body=money(), idempotency=None, headers=headers)
    assert response.status_code == 400
    assert not stored(session)


def test_the_longest_key_works(call, money):
    response = call("POST", "payments", body=money(), idempotency="k" * 255)
    assert response.status_code == 201


def test_a_payment_on_record_is_told_as_such_under_another_key(call, money, session):
    told = money()
    first = call("POST", "payments", body=told).get_json()
    again = call("POST", "payments", body=told, idempotency="k2")
    assert again.status_code == 200
    assert again.get_json() == first | {"is_duplicate": True}
    assert len(stored(session)) == 1


@pytest.mark.parametrize("changed", [{"fen": 99_99}, {"paid_on": "2026-11-01"}])
def test_other_facts_under_its_number_are_refused(call, money, session, changed):
    told = money()
    call("POST", "payments", body=told)
    response = call("POST", "payments", body=told | changed, idempotency="k2")
    refused(response, 409, "changed", "fen" if "fen" in changed else "channel_ref")
    assert [one.fen for one in stored(session)] == [100_00]


def test_a_reversal_takes_its_payment_back(call, money, session):
    told = money()
    call("POST", "payments", body=told)
    back = money(reverses=told["channel_ref"], remark=None)
    response = call("POST", "payments", body=back, idempotency="k2")
    assert (response.status_code, response.get_json()["state"]) == (201, "matched")
    one, other = stored(session)
    assert other.reverses_id == one.id
    again = money(reverses=back["channel_ref"], remark=None)
    refused(call("POST", "payments", body=again, idempotency="k3"), 409, "reversal", "reverses")


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"fen": -1}, "fen", "amount"),
        ({"fen": 0}, "fen", "amount"),
        ({"fen": 100.0}, "fen", "type"),
        ({"fen": 100.5}, "fen", "type"),
        ({"fen": "100"}, "fen", "type"),
        ({"fen": True}, "fen", "type"),
        ({"fen": 1_000_000_001}, "fen", "amount"),
        ({"fen": 10**30}, "fen", "amount"),
        ({"fen": None}, "fen", "required"),
        ({"arrived_on": "2026-02-30"}, "arrived_on", "date"),
        ({"arrived_on": "30/11/2026"}, "arrived_on", "format"),
        ({"arrived_on": "11-23-2026"}, "arrived_on", "format"),
        ({"arrived_on": "2026-11-23T10:00:00"}, "arrived_on", "format"),
        ({"arrived_on": "2027-01-01"}, "arrived_on", "date"),
        ({"arrived_on": "0001-01-01"}, "arrived_on", "date"),
        ({"paid_on": "2027-01-01"}, "paid_on", "date"),
        ({"channel_ref": ""}, "channel_ref", "required"),
        ({"channel_ref": "  "}, "channel_ref", "required"),
        ({"channel_ref": "1" * 65}, "channel_ref", "text"),
        ({"channel_ref": 17}, "channel_ref", "type"),
        ({"remark": "还\ufffd款"}, "remark", "text"),
        pytest.param({"remark": "还\ud800款"}, "remark", "text", id="surrogate"),
        ({"remark": "a\0b"}, "remark", "text"),
        ({"remark": None}, "loan_ref", "required"),
        ({"remark": "  "}, "loan_ref", "required"),
        ({"amount": "100.00"}, "amount", "unknown"),
        ({"account": "6222021234567890"}, "account", "unknown"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field(call, money, session, changed, field, code):
    body = money() | changed
    body = {name: one for name, one in body.items() if one is not None}
    refused(call("POST", "payments", body=body), 400, code, field)
    assert not stored(session)


def test_a_reversal_of_itself_is_refused(call, money):
    told = money(channel_ref="X1", reverses="X1")
    refused(call("POST", "payments", body=told), 400, "reversal", "reverses")


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        '{"fen": NaN}',
        '{"fen": Infinity}',
        '{"fen": 1, "fen": 2}',
        f'{{"fen": {"9" * 5000}}}',
        "[" * 4_000,
        b"\xff\xfe{}",
    ],
)
def test_what_is_no_json_is_refused(call, session, data):
    refused(call("POST", "payments", data=data), 400, "json")
    assert not stored(session)


@pytest.mark.parametrize("data", ["[]", "null", '"x"', "1", "[{}]"])
def test_what_is_no_object_is_refused(call, data):
    assert call("POST", "payments", data=data).status_code == 400


def test_too_much_is_refused(call, money):
    refused(call("POST", "payments", body=money() | {"remark": "长" * 4_000}), 413, "too_large")


def test_other_types_of_content_are_refused(app, make_key, money):
    headers = {"Authorization": f"Bearer {make_key()}", "Idempotency-Key": "k"}
    client = app.test_client(use_cookies=False)
    response = client.post("/api/v1/payments", data=money(), headers=headers)
    refused(response, 415, "unsupported_media_type")


def test_money_that_came_today_may_be_told_today(call, money):
    assert call("POST", "payments", body=money(arrived_on=TODAY)).status_code == 201


def test_the_reference_of_a_plan_is_read_as_people_write_it(call, money, plan):
    told = money(remark=f"还款 {reference_of(plan.number).lower()}")
    assert call("POST", "payments", body=told).get_json()["state"] == "matched"

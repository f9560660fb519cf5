"""One key fifty times at once: one effect, fifty equal replies; the four cases that a well-known
core-banking system fails.
"""

import json
from collections import Counter

import pytest
from sqlalchemy import func, select

from app.domain.references import reference_of
from app.models import Match, Payment, RequestKey
from app.services.api_keys.managing import add_api_key
from app.services.api_keys.queries import POST_PAYMENTS
from tests.support.acting import acting
from tests.support.payments import running_plan
from tests.support.races import CROWD, few, rounds, run_together
from tests.web.api.conftest import TODAY

pytestmark = [
    pytest.mark.race,
    pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True),
]


@pytest.fixture
def post(app, database, gateways):
    with database.sessions() as session:
        plan = running_plan(session, gateways.vault)
        remark = reference_of(plan.number)
        keys = [
            add_api_key(session, acting(), name=f"系统{n}", scopes=[POST_PAYMENTS]).key
            for n in range(2)
        ]

    def made(key, body, caller=0):
        told = {"channel": "核心", "arrived_on": TODAY, "remark": remark} | body
        headers = {"Authorization": f"Bearer {keys[caller]}", "Idempotency-Key": key}
        response = app.test_client(use_cookies=False).post(
            "/api/v1/payments",
            data=json.dumps(told),
            headers=headers,
            content_type="application/json",
            buffered=True,
        )
        return response.status_code, response.data

    return made


def count(database, table) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_one_key_fifty_times_at_once_is_one_payment_and_one_reply(post, database):
    for number in rounds(few()):
        body = {"channel_ref": f"R{number}", "fen": 100 + number}
        told = run_together(lambda _n, n=number, b=body: post(f"k{n}", b), threads=CROWD)
        assert Counter(told) == {(201, told[0][1]): CROWD}
        assert [count(database, one) for one in (Payment, Match, RequestKey)] == [number + 1] * 3


def test_one_key_with_two_contents_at_once_is_one_payment(post, database):
    for number in rounds(few()):
        bodies = [{"channel_ref": f"R{number}", "fen": fen} for fen in (1, 2)]
        told = run_together(lambda n, k=number, b=bodies: post(f"k{k}", b[n % 2]), threads=16)
        assert Counter(status for status, _ in told) == {201: 8, 422: 8}
        assert count(database, Payment) == number + 1


def test_two_systems_with_one_key_at_once_are_two_payments(post, database):
    for number in rounds(few()):
        told = run_together(
            lambda n, k=number: post(f"k{k}", {"channel_ref": f"R{k}.{n % 2}", "fen": 5}, n % 2),
            threads=16,
        )
        assert Counter(status for status, _ in told) == {201: 16}
        assert len({data for _, data in told}) == 2
        assert count(database, Payment) == 2 * (number + 1)


def test_many_payments_of_one_plan_at_once_are_all_on_it(post, database):
    def patiently(number: int) -> int:
        # Fifty wait for ten connections: who is told to come again does, with the same key.
        for _ in range(CROWD):
            status, _data = post(f"k{number}", {"channel_ref": f"R{number}", "fen": 7})
            if status != 503:
                break
        return status

    assert Counter(run_together(patiently, threads=CROWD)) == {201: CROWD}
    with database.sessions() as session:
        assert session.scalar(select(func.sum(Match.fen))) == 7 * CROWD

"""A system of the lender's with a key, and someone whose plan it brings money for."""

import json
from itertools import count

import pytest

from app.domain.references import reference_of
from app.models import Plan
from app.services.api_keys.managing import add_api_key
from app.services.api_keys.queries import SCOPES
from tests.factories import make_agreement, make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW

TODAY = NOW.date().isoformat()
_numbers = count(1)


@pytest.fixture
def make_key(session):
    def make(*scopes, name="核心系统"):
        return add_api_key(session, acting(), name=name, scopes=scopes or SCOPES).key

    return make


@pytest.fixture
def plan(session, vault, gateways):
    """A signed plan that runs."""
    borrower = make_borrower(session, gateways.vault)
    version = make_plan(session, make_loan(session, borrower), state="approved")
    make_agreement(session, version)
    return session.get_one(Plan, version.plan_id)


@pytest.fixture
def money(plan):
    """A payment for the plan, as the lender's system tells it."""

    def told(**values):
        good = {
            "channel_ref": f"A{next(_numbers):06d}",
            "channel": "核心",
            "arrived_on": TODAY,
            "fen": 100_00,
            "remark": reference_of(plan.number),
        }
        return {name: one for name, one in (good | values).items() if one is not None}

    return told


@pytest.fixture
def call(app, make_key):
    """Call as a system does: a key, no cookie, no browser."""
    own = []

    def made(method, path, *, body=None, key=None, idempotency="k1", data=None, headers=()):
        if key is None:
            own[:] = own or [make_key()]
            key = own[0]
        sent = {"Authorization": f"Bearer {key}"} if key else {}
        if idempotency is not None and method == "POST":
            sent["Idempotency-Key"] = idempotency
        if body is not None:
            data = json.dumps(body)
        return app.test_client(use_cookies=False).open(
            f"/api/v1/{path}",
            method=method,
            data=data,
            headers=sent | dict(headers),
            content_type="application/json" if data is not None else None,
            buffered=True,
        )

    return made

"""A signed plan paid at the local cashier, whose clock a test moves."""

from dataclasses import replace

import pytest

from app.integrations.payments.local import LocalCashier
from tests.services.paying.conftest import at, number, soon
from tests.services.paying.conftest import gateways as kept_gateways

__all__ = ["at", "kept_gateways", "number", "soon"]


@pytest.fixture
def gateways(kept_gateways, tmp_path, clock):
    cashier = LocalCashier(tmp_path / "cashier.json", "k" * 40, clock=clock)
    return replace(kept_gateways, payments={cashier.code: cashier}, cashier=cashier)


@pytest.fixture
def cashier(gateways):
    return gateways.cashier


@pytest.fixture
def next_day(at, clock):
    """Two in the afternoon of the day after the signature."""
    clock.advance(days=1, hours=4)
    return at(days=1, hours=4)

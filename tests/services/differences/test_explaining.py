"""Rule by rule, and what is left of it is exact."""

from app.domain.allocation import Components
from app.services.differences.explaining import explained
from tests.domain.keeping.accounts import FIRST, account, loan


def test_an_account_without_a_contract_explains_nothing():
    assert explained(account(loan()), FIRST, {}, {"L1": Components(0, 0, 0, 5)}) == {}

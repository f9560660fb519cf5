"""Every reason that money waits for has words."""

import pytest

from app.domain.repayments.deciding import Unmatched, match_all
from app.domain.repayments.reasons import REASONS, reason_told
from tests.support.bank_lines import TODAY, BankMaker


def test_every_reason_of_a_made_bank_file_has_words():
    maker = BankMaker(1)
    rows = [line.row for line in maker.lines(2_000)]
    verdicts = match_all(rows, maker.lender, today=TODAY, most_days=10)
    codes = {one.reason for one in verdicts if isinstance(one, Unmatched)}
    assert len(codes) > 5
    assert {one for one in codes if reason_told(one) == one} == set()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("loan_sold", "这笔借款已经转让"),
        ("plan_completed", "这个方案已经还完了"),
        ("plan_broken", "这个方案已经不在进行，它的借款也不再收款"),
        ("never_heard_of", "never_heard_of"),
    ],
)
def test_a_reason_is_told_in_words(code, told):
    assert reason_told(code) == told


def test_words_are_each_of_one_reason():
    assert len(set(REASONS.values())) == len(REASONS)

"""Credit record, rights and the contract, by kind of plan."""

import pytest

from tests.support.agreements import text_of_kind, words_of


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("reamortise", "本协议变更原借款合同的还款安排；"),
        ("several", "（每一笔借款各自的合同）"),
        ("later", "本协议只变更原借款合同的还款日和推迟期间的利息"),
        ("catch_up", "原借款合同继续有效，没到期的各期照常按原合同的日期和金额还"),
    ],
)
def test_what_of_the_contract_changes(kind, said):
    words = words_of(text_of_kind(kind), "contract")
    assert said in words
    assert "没有写的，仍按原借款合同执行" in words


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("reamortise", "全部还清后出具结清证明"),
        ("catch_up", "方案的各期还清后出具逾期款已还清的证明，借款全部还清后出具结清证明"),
    ],
)
def test_what_is_certified_when(kind, said):
    words = words_of(text_of_kind(kind), "rights")
    assert said in words
    assert "不再向我们申请新的借款" in words


@pytest.mark.parametrize("kind", ["reamortise", "later", "settlement", "catch_up"])
def test_no_word_promises_that_a_record_goes(kind):
    words = words_of(text_of_kind(kind), "credit")
    assert "不会删除签署前的" in words
    assert "保存 5 年，到期删除" in words

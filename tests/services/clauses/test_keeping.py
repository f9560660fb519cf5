"""What happens where a payment is missed, and what may be done before, by kind of plan."""

from datetime import date

import pytest

from app.domain.plan import PlanRequest
from tests.support.agreements import START, a_loan, kind_text, text_of_kind, words_of


@pytest.mark.parametrize(
    ("kind", "said", "unsaid"),
    [
        ("reamortise", ["先还的一笔也算一期", "累计 2 期没有按时还"], ["几笔借款", "推迟期间"]),
        ("several", ["先还的一笔也算一期", "几笔借款同一天的算一期"], ["原借款合同同一天"]),
        ("monthly", ["推迟期间每月的利息也算一期"], ["先还的一笔"]),
        ("later", ["累计 2 期没有按时还"], ["推迟期间每月"]),
        ("catch_up", ["和原借款合同同一天的一期合算一期"], ["先还的一笔"]),
        ("settlement", ["没有按时还，我们会发通知", "仍算按时"], ["累计", "最后一期"]),
    ],
)
def test_what_counts_as_missed_and_when_the_notice_goes(kind, said, unsaid):
    words = words_of(text_of_kind(kind), "missed")
    assert [one for one in said if one not in words] == []
    assert [one for one in unsaid if one in words] == []
    assert "有 3 天宽限" in words
    assert "收到通知后 10 天内" in words
    assert "以您付款的那天为准" in words
    assert "我们答复之前，补上的期限暂停计算" in words


def test_the_last_instalment_alone_is_enough_for_a_notice():
    """New agreements: once the last grace is over and anything is open, whatever the count."""
    assert "或者最后一期的宽限过后还有没还的" in words_of(text_of_kind("reamortise"), "missed")


@pytest.mark.parametrize(
    ("kind", "returns"),
    [
        ("reamortise", "方案终止，恢复原借款合同：已经还的都算数"),
        ("later", "还款日恢复成原借款合同的：已经还的都算数"),
        (
            "catch_up",
            "本方案终止，原借款合同继续：已经还的都算数；分摊里没还的和原合同已到期而没还的",
        ),
        ("own_sum", "方案终止，恢复原借款合同：已经还的都算数"),
    ],
)
def test_a_broken_plan_gives_the_contract_back_and_nothing_for_the_days_between(kind, returns):
    words = words_of(text_of_kind(kind), "missed")
    assert returns in words
    assert "按年利率 23.40% 计罚息，提交、等待、执行方案和补上期间的日子不补收罚息" in words
    assert "全部息费一年不超过 24.00%，超过的不用还" in words
    assert "不多于没有签这份协议、其他都一样时要还的" in words


def test_of_several_loans_each_has_its_own_rate_of_penalty():
    words = words_of(text_of_kind("several"), "missed")
    assert "23.40%（借据号 JJ2025091800002 JJ2025091800001）、24.00%（借据号" in words
    items = [one["item"] for one in text_of_kind("several")["cost"]["if_broken"]]
    assert len(items) == 3
    assert all("借据号" in one for one in items)


@pytest.mark.parametrize("kind", ["later", "monthly", "interest_first"])
def test_where_nothing_is_waived_nothing_comes_back(kind):
    assert "恢复计收" not in words_of(text_of_kind(kind), "missed")


def test_the_whole_waiver_of_a_failed_settlement_returns_by_component():
    words = words_of(text_of_kind("own_sum"), "missed")
    assert "减免的罚息 ¥156.61、利息 ¥985.79、费用 ¥30.00、本金 ¥6,269.08，共 ¥7,441.48" in words


@pytest.mark.parametrize(
    ("pay_on", "expected"),
    [
        (date(2026, 12, 1), "最晚改到 2026年12月15日（含当天）"),
        (date(2026, 12, 10), "最晚改到 2026年12月20日（含当天）"),
        (date(2026, 12, 20), "已经是最晚的一天，不能再往后改"),
    ],
)
def test_a_settlement_moves_fourteen_days_and_never_past_the_policys_last(pay_on, expected):
    asked = PlanRequest(0, 0, None, 10, START, kind="settlement", pay_on=pay_on)
    assert expected in words_of(kind_text(asked, [a_loan()]), "date")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("reamortise", "某一期的还款日"),
        ("several", "同一天的几笔借款一起改"),
        ("catch_up", "原借款合同照常的各期，日期不改"),
    ],
)
def test_one_instalments_day_may_be_changed_once(kind, said):
    words = words_of(text_of_kind(kind), "date")
    assert said in words
    assert "最多往后 14 天，要在下一期的还款日之前" in words
    assert "补上之前不能改" in words


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("reamortise", "利息只算到实际还款那天"),
        ("monthly", "利息只算到实际还款那天"),
        ("catch_up", "先抵本方案的一期，再抵原借款合同同一天的一期"),
        ("settlement", "提前还清同样算按时"),
    ],
)
def test_money_ahead_costs_nothing_and_what_is_over_goes_back(kind, said):
    words = words_of(text_of_kind(kind), "early")
    assert said in words
    assert "不收手续费" in words
    assert "多出来的钱是您的，退还给您" in words

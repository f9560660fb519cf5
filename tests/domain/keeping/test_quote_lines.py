"""The lines of a quote sum to it, and each can be worked out by whoever reads it."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings

from app.domain.allocation import Components
from app.domain.keeping.quote_lines import quote_lines
from app.domain.keeping.quoting import quote
from app.domain.keeping.standing import standing
from tests.domain.keeping.accounts import FIRST, START, account, loan, paid
from tests.domain.keeping.test_quoting import asked


def lines_of(one, day, today):
    return quote_lines(quote(one, day, today), loans=len(one.plan.loans))


@given(asked())
@settings(max_examples=50, deadline=None)
def test_the_steps_sum_to_the_sum(found):
    one, today, day = found
    if standing(one, day).state in ("completed", "broken"):
        return
    lines = lines_of(one, day, today)
    (total,) = [line.fen for line in lines if line.kind == "sum"]
    assert sum(line.fen for line in lines if line.kind == "step") == total
    assert all(line.what and line.how is not None for line in lines)
    assert all(line.fen for line in lines if line.kind == "step")


def test_each_line_says_what_it_is_and_how_it_was_computed():
    old = Components(0, 300, 600, 0)
    early = FIRST + timedelta(days=2)
    one = account(
        loan(principal=360_000, annual=120_000, periods=3, old=old),
        money=[paid(1, early, 50_000)],
    )
    day = FIRST + timedelta(days=12)
    told = {line.what: (line.how, line.fen) for line in lines_of(one, day, early)}
    assert told["第 1 期还没还的"][0] == "1月21日到期"
    assert told["以前的利息、罚息、费用"][1] == 600
    how, fen = told["1月21日起 12 天的利息"]
    base = told["还没到期的本金"][1]
    assert how == f"{base / 100:,.2f} × 12.00% × 12 ÷ 360"
    assert fen == round(base * 12 * 12 / 36_000)
    assert "放在前面的钱" not in told
    assert "2月2日还清" in told


def test_money_ahead_is_taken_off_with_what_it_saved():
    one = account(
        loan(principal=360_000, annual=120_000, periods=3), money=[paid(1, START, 50_000)]
    )
    day = START + timedelta(days=9)
    told = {line.what: line.fen for line in lines_of(one, day, day)}
    assert (told["放在前面的钱"], told["它省下的利息"]) == (-50_000, -150)
    assert "今天还清" in told


def test_a_first_payment_has_no_number():
    day = START + timedelta(days=5)
    told = {line.what: line.fen for line in lines_of(account(loan(upfront=100)), day, day)}
    assert told["先还的一笔还没还的"] == 100


def test_of_several_loans_each_has_its_own_interest():
    one = account(loan("A1234", annual=120_000), loan("B5678", annual=60_000))
    day = FIRST + timedelta(days=3)
    told = [line.what for line in lines_of(one, day, day)]
    assert "尾号 1234，1月21日起 3 天的利息" in told
    assert "尾号 5678，1月21日起 3 天的利息" in told


def test_a_day_of_another_year_is_named_with_it():
    first = date(2025, 12, 22)
    one = account(
        loan(annual=120_000, first_on=first),
        start_on=first - timedelta(days=14),
        signed_on=first - timedelta(days=14),
    )
    day = date(2026, 1, 5)
    told = {line.what: line.how for line in lines_of(one, day, day)}
    assert told["第 1 期还没还的"] == "2025年12月22日到期"
    assert "2025年12月22日起 14 天的利息" in told


def test_what_the_period_does_not_ask_is_not_charged_and_said():
    plain = loan(principal=360_000, annual=120_000, periods=3)
    parts = tuple(
        one._replace(fen=7) if one.component == "plan_interest" else one for one in plain.parts
    )
    one = account(replace(plain, parts=parts))
    day = FIRST + timedelta(days=12)
    told = {line.what: (line.how, line.fen) for line in lines_of(one, day, day)}
    assert told["1月21日起 12 天的利息"] == ("照天数算比这一期印的多，所以只收印的这些", 7)


def test_what_a_contract_asks_beside_the_plan_is_named_as_its_own():
    plain = loan()
    regular = (plain.parts[0]._replace(number=7, fen=900),)
    one = account(replace(plain, regular=regular), kind="catch_up")
    told = {line.what for line in lines_of(one, FIRST, FIRST)}
    assert {"第 1 期还没还的", "合同的第 7 期"} <= told

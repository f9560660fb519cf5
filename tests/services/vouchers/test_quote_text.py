"""The words of a quote: its lines sum to the figure, and it tells what it takes as arrived."""

from datetime import timedelta

import pytest

from app.domain.keeping.quoting import quote
from app.domain.money import parse_yuan, yuan
from tests.support.certificates import KINDS, account_of, signed_of
from tests.support.money import paid
from tests.support.vouchers import DAY, quoted


def fen_of(value):
    return parse_yuan(value.lstrip("-−")) * (-1 if value[0] in "-−" else 1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_lines_of_every_kind_sum_to_the_figure(session, vault, site, kind):
    agreement = signed_of(session, vault, site, kind)
    paid(session, agreement, fen=777, on=DAY)
    one = quoted(session, vault, site, agreement)
    found = quote(account_of(session, agreement), DAY + timedelta(days=3), DAY)
    (table,) = one.text["tables"]
    assert sum(fen_of(row["value"]) for row in table["rows"]) == found.sum_fen
    assert one.text["total"]["fen"] == found.sum_fen
    assert yuan(found.sum_fen) in one.text["says"]
    assert "到账的 1 笔" in one.text["notes"][0]
    facts = {row["what"]: row["value"] for row in one.text["facts"]}
    assert facts["有效"] == "到2026年11月26日（含当天）"
    assert facts["备注"].startswith("AH-")


def test_without_money_it_says_that_none_came_and_what_falls_due_meanwhile(session, vault, site):
    agreement = signed_of(session, vault, site)
    one = quoted(session, vault, site, agreement, on=DAY + timedelta(days=29))
    notes = one.text["notes"]
    assert "还没有到账的付款" in notes[0]
    assert any("先还的一笔也到期" in words for words in notes)
    assert any("照样减免" in words for words in notes)


def test_a_catch_up_tells_that_its_contract_goes_on(session, vault, site):
    agreement = signed_of(session, vault, site, "catch_up")
    notes = quoted(session, vault, site, agreement).text["notes"]
    assert any("合同以后的各期照常还" in words for words in notes)

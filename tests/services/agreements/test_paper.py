"""What the PDF of an agreement shows is what its text says."""

from datetime import UTC, date, datetime

import pytest

from app.services.agreements.paper import first_due_on
from app.services.proposals.basis import Answers
from tests.support.agreements import paper_of, text_of
from tests.support.proposals import submitted

WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")


@pytest.fixture
def text(session, vault, site):
    return text_of(session, vault, site, submitted(session, vault, site, answers=WITH_FIRST))


def test_the_first_payment_gets_its_date_from_the_signature(text):
    assert paper_of(text)["rows"][0] | {"figures": None} == {
        "name": "先还",
        "due_on": "2026年11月27日",
        "figures": None,
        "capital": "伍佰元整",
    }
    assert text["instalments"][0]["due_on"] == "2026-12-10"
    assert first_due_on(text, date(2026, 12, 8)) == date(2026, 12, 9)
    assert first_due_on(text, date(2026, 12, 10)) == date(2026, 12, 10)


def test_columns_add_up_to_their_last_and_rows_to_the_sums(text):
    values = paper_of(text)
    rows = [[_fen(one) for one in row["figures"]] for row in values["rows"]]
    assert all(sum(row[:-1]) == row[-1] for row in rows)
    assert [sum(column) for column in zip(*rows, strict=True)] == [
        _fen(one) for one in values["sums"]
    ]
    assert values["total"]["figure"] == f"¥{values['sums'][-1]}"
    owed = [_fen(amount) for _what, amount in values["owed"]]
    assert sum(owed[:-1]) == owed[-1]


def test_the_paper_names_the_account_as_the_pages_do(text):
    assert [what for what, _value in paper_of(text)["payee"]] == [
        "收款人",
        "开户银行",
        "账号",
        "备注",
    ]


def test_the_signature_is_dated_in_beijing(text):
    values = paper_of(text, signed_at=datetime(2026, 11, 24, 18, 5, tzinfo=UTC))
    assert values["signed_at"] == "2026年11月25日 2:05"
    # the document's own date is in UTC
    assert list(values["created"].values()) == [2026, 11, 24, 18, 5, 0]


def test_the_code_to_check_by_leads_to_the_public_page(text):
    assert paper_of(text, base_url="https://anhuan.example.cn/")["check_url"] == (
        "https://anhuan.example.cn/check/" + "q" * 20
    )


def _fen(figure):
    return int(figure.replace("−", "-").replace("¥", "").replace(",", "").replace(".", ""))

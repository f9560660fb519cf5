"""The text of an agreement: whole, exact, the same for the same version, and bound to its hash."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.domain.calendar import add_months
from app.domain.plan_terms import order_of
from app.models import Borrower, PlanVersion
from app.services.agreements.text import text_sha256
from app.services.clauses.paying import order_words
from app.services.proposals.basis import Answers
from tests.factories import make_borrower, make_loan
from tests.support.agreements import KINDS, paper_of, text_of, text_of_kind, words_of
from tests.support.proposals import decide, make_staff, submitted


def test_it_is_plain_json_and_its_hash_is_of_every_value(text):
    assert json.loads(json.dumps(text)) == text
    assert text_sha256(text) == text_sha256(dict(reversed(text.items())))
    changed = text | {
        "instalments": [text["instalments"][0] | {"due_on": "2026-12-11"}, *text["instalments"][1:]]
    }
    assert text_sha256(changed) != text_sha256(text)


def test_every_row_is_the_sum_of_its_components_and_all_rows_the_total(text):
    rows = [text["first_payment"], *text["instalments"]]
    parts = ("principal_fen", "interest_fen", "old_interest_fen", "penalty_fen", "fee_fen")
    for row in rows:
        assert row["amount_fen"] == sum(row[part] for part in parts)
    for part in (*parts, "amount_fen"):
        assert text["sums"][part] == sum(row[part] for row in rows)
    assert (
        text["sums"]["amount_fen"]
        == text["total_fen"]
        == text["planned_fen"] + text["plan_interest_fen"]
    )
    assert text["payoff_fen"] - text["planned_fen"] == sum(one["fen"] for one in text["waived"])
    assert len(text["instalments"]) == text["periods"]


def test_it_holds_every_item_of_the_rule_on_agreements(text, public_id):
    assert text["number"].startswith(f"{text['plan_number']}-1")
    assert text["owed"].keys() == {"fee_fen", "penalty_fen", "interest_fen", "principal_fen"}
    assert (text["currency"], text["annual_rate_label"]) == ("人民币", "年化利率（单利）")
    assert text["borrower"] == {"name": "罗涵敏", "id_masked": "9****************5"}
    assert text["total_capital"].startswith("人民币")
    assert all(row["capital"].startswith("人民币") for row in text["instalments"])
    assert text["payee"]["remark"] == text["plan_number"]
    assert text["cost"]["annual_rate_ppm"] == sum(
        item["annual_rate_ppm"] for item in text["cost"]["items"]
    )


@pytest.mark.parametrize(
    ("monthly_fen", "rates"),
    [
        (130_000, {"年利率 18.25%（单利）", "原合同年利率 18.25%", "年利率 23.7250% 计罚息"}),
        (19_500, {"年利率 9.1250%（单利）", "原合同年利率 18.25%", "年利率 23.7250% 计罚息"}),
    ],
)
def test_a_rate_that_amounts_follow_from_is_written_whole(session, vault, site, monthly_fen, rates):
    """18.25 % x 1.3 is 23.725 %: rounded to two decimals the paper would promise more than is
    charged.
    """
    loan = make_loan(session, make_borrower(session, vault), annual_ppm=182_500, uplift_ppm=300_000)
    answers = Answers(
        upfront_fen=0, monthly_fen=monthly_fen, pay_day=10, choice="best_fit", is_income_done=True
    )
    borrower = session.get_one(Borrower, loan.borrower_id)
    version = submitted(session, vault, site, borrower=borrower, loan=loan, answers=answers)
    text = text_of(session, vault, site, version)
    words = "".join(one for clause in text["clauses"] for one in clause["words"])
    assert [one for one in rates if one not in words] == []
    assert paper_of(text)["cost"]["if_broken"][0][-1] == "23.7250%"
    assert "年利率 18.25%" in paper_of(text)["parties"][-1][-1]


def test_the_first_payment_is_never_after_the_first_instalment(text):
    """Signed on the last day of an offer it is due before its three days are over: the words allow
    for it.
    """
    signed_at = datetime(2026, 12, 8, 4, 0, tzinfo=UTC)
    paper = paper_of(text, signed_at=signed_at)
    assert paper["rows"][0]["due_on"] == "2026年12月9日"
    assert ["先还", "¥500.00，签署后 3 天内，不晚于第一期"] in paper["facts"]


def test_the_order_of_payments_is_the_plans_own(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, paid=6, principal_first_after_90d=True)
    text = text_of(
        session, vault, site, submitted(session, vault, site, borrower=borrower, loan=loan)
    )
    order = text["payment_order"]
    assert order["components"] == ["fee", "penalty", "interest", "plan_interest", "principal"]
    assert "先还到期早的那一期；同一期里，先还费用，再还罚息" in order["words"]


def test_an_order_signed_before_reads_as_it_was_signed():
    before = ["principal", "fee", "penalty", "interest"]
    order = order_of({"payment_order": before})
    assert order == (False, tuple(before))
    assert order_words(order).startswith("每次还的钱，先还本金，再还费用")


def test_the_first_payment_is_told_in_days_after_the_signature(text):
    assert text["first_payment"]["due_on"] is None
    assert text["first_payment"]["days_after_signing"] == 3
    assert text["first_payment"]["amount_fen"] == 50_000


def test_moved_dates_are_printed_and_the_amounts_stay(session, vault, site, public_id, text):
    version = session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()
    version.moved_months = 1
    session.commit()
    moved = text_of(session, vault, site, public_id)
    for before, after in zip(text["instalments"], moved["instalments"], strict=True):
        assert date.fromisoformat(after["due_on"]) == add_months(
            date.fromisoformat(before["due_on"]), 1
        )
        assert after["amount_fen"] == before["amount_fen"]
    assert text_sha256(moved) != text_sha256(text)


def test_nothing_in_it_depends_on_the_moment(session, vault, site, public_id, text):
    decide(session, vault, site, public_id, make_staff(session))
    assert text_of(session, vault, site, public_id) == text


def test_the_payee_is_part_of_what_is_signed(session, vault, site, public_id, text):
    other = text_of(session, vault, replace(site, payee_account="1"), public_id)
    assert text_sha256(other) != text_sha256(text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_is_the_sum_over_its_loans(kind):
    """What is told outside `loans` is what they come to, component by component, fen by fen."""
    text = text_of_kind(kind)
    loans = text["loans"]
    for name in (
        "excess_fen",
        "payoff_fen",
        "planned_fen",
        "plan_interest_fen",
        "total_fen",
    ):
        assert text[name] == sum(loan[name] for loan in loans), name
    for name, fen in text["owed"].items():
        assert fen == sum(loan["owed"][name] for loan in loans)
    for name, fen in text["sums"].items():
        assert fen == sum(loan["sums"][name] for loan in loans)
    waived = [one for loan in loans for one in loan["waived"]]
    assert {one["component"]: one["fen"] for one in text["waived"]} == {
        part: sum(one["fen"] for one in waived if one["component"] == part)
        for part in {one["component"] for one in waived}
    }
    for at, row in enumerate(text["instalments"]):
        assert row["amount_fen"] == sum(loan["instalments"][at]["amount_fen"] for loan in loans)
        assert {row["due_on"]} == {loan["instalments"][at]["due_on"] for loan in loans}


@pytest.mark.parametrize("kind", KINDS)
def test_the_cost_table_adds_up_to_all_that_is_paid(kind):
    text = text_of_kind(kind)
    cost = text["cost"]
    assert cost["principal_fen"] + sum(one["fen"] for one in cost["items"]) == text["total_fen"]
    assert cost["annual_rate_ppm"] == sum(one["annual_rate_ppm"] for one in cost["items"])


def test_loans_stand_longest_overdue_first_in_text_and_clauses():
    text = text_of_kind("several")
    refs = [loan["ref"] for loan in text["loans"]]
    assert [ref[-5:] for ref in refs] == ["00002", "00001", "00003"]
    assert f"依次归 {'、'.join(refs)}" in words_of(text, "order")


def test_a_catch_up_lists_what_goes_on_by_the_contract():
    text = text_of_kind("catch_up")
    assert [one["number"] for one in text["regular"]] == list(range(12, 25))
    assert all(
        one["amount_fen"] == one["principal_fen"] + one["interest_fen"] for one in text["regular"]
    )
    assert text["ends_on"] < text["regular"][-1]["due_on"]

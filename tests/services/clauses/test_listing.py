"""The clauses: those to be confirmed one by one, and what each says of this very plan."""

import json
from datetime import date

import pytest

from app.domain.money import PPM, div_half_up
from app.services.clauses.listing import CONFIRMED
from app.services.proposals.basis import Answers
from tests.factories import make_borrower, make_loan
from tests.support.agreements import KINDS, text_of, text_of_kind, words_of
from tests.support.proposals import submitted

WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")


@pytest.fixture
def text(session, vault, site):
    return text_of(session, vault, site, submitted(session, vault, site, answers=WITH_FIRST))


@pytest.mark.parametrize("kind", KINDS)
def test_of_every_kind_the_same_four_are_grave_and_stand_first(kind):
    clauses = text_of_kind(kind)["clauses"]
    assert tuple(one["code"] for one in clauses if one["confirm"]) == CONFIRMED
    assert tuple(one["code"] for one in clauses[: len(CONFIRMED)]) == CONFIRMED
    assert all(one["words"] and all(one["words"]) for one in clauses)
    assert len({one["code"] for one in clauses}) == len(clauses)


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("reamortise", {"waiver"}),
        ("several", {"waiver", "loans"}),
        ("step_up", {"waiver", "loans"}),
        ("later", set()),
        ("monthly", set()),
        ("catch_up", {"waiver"}),
        ("own_sum", {"waiver", "loans"}),
    ],
)
def test_what_a_plan_does_not_have_is_not_talked_of(kind, codes):
    found = {one["code"] for one in text_of_kind(kind)["clauses"]}
    assert found & {"waiver", "loans"} == codes


def test_the_last_day_of_the_contract_stands_beside_that_of_a_catch_up():
    words = words_of(text_of_kind("catch_up"), "limitation")
    assert "最后一期的到期日是 2027年3月18日" in words
    assert "最后一期的到期日是 2027年12月18日" in words


def test_the_grave_clauses_are_confirmed_one_by_one(text):
    grave = [clause["code"] for clause in text["clauses"] if clause["confirm"]]
    assert tuple(grave) == CONFIRMED
    words = {clause["code"]: "".join(clause["words"]) for clause in text["clauses"]}
    last = date.fromisoformat(text["ends_on"])
    assert f"{last.year}年{last.month}月{last.day}日" in words["limitation"]
    assert "诉讼时效中断" in words["limitation"]
    assert "累计 2 期" in words["missed"]
    assert "先还的一笔也算一期" in words["missed"]
    assert "恢复计收" in words["missed"]
    assert "全部息费一年不超过 24.00%，超过的不用还" in words["missed"]
    assert words["order"].startswith(
        "每次还的钱，先还到期早的那一期；同一期里，先还费用，再还罚息，再还利息，再还方案期间的利息，再还本金"
    )
    assert "不会删除签署前的逾期记录" in words["credit"]


@pytest.mark.parametrize("day_basis", [360, 365])
def test_how_the_first_period_is_counted_is_written(session, vault, site, day_basis):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, day_basis=day_basis)
    text = text_of(
        session, vault, site, submitted(session, vault, site, borrower=borrower, loan=loan)
    )
    principal, first = text["owed"]["principal_fen"], text["instalments"][0]
    days = (date.fromisoformat(first["due_on"]) - date.fromisoformat(text["start_on"])).days
    month, by_days = (
        div_half_up(principal * loan.annual_ppm * one, PPM * basis)
        for one, basis in ((1, 12), (days, day_basis))
    )
    assert first["interest_fen"] == by_days < month
    words = next(clause["words"] for clause in text["clauses"] if clause["code"] == "interest")
    assert f"第一期按一个月和按实际天数（一年按 {day_basis} 天）两种算法里少的那个计" in "".join(
        words
    )


def test_without_a_waiver_nothing_is_said_to_return(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, start_on=date(2026, 3, 18), paid=7)
    text = text_of(
        session, vault, site, submitted(session, vault, site, borrower=borrower, loan=loan)
    )
    assert text["waived"] == []
    assert "恢复计收" not in json.dumps(text, ensure_ascii=False)


def test_a_small_debt_has_one_instalment_and_no_talk_of_several(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(
        session,
        borrower,
        principal_fen=60_000,
        paid=22,
        periods=24,
        start_on=date(2024, 12, 18),
        annual_ppm=120_000,
    )
    answers = Answers(upfront_fen=0, monthly_fen=None, pay_day=10, choice="best_fit")
    text = text_of(
        session,
        vault,
        site,
        submitted(session, vault, site, borrower=borrower, loan=loan, answers=answers),
    )
    assert (text["kind_name"], text["periods"], text["plan_interest_fen"]) == ("一次性结清", 1, 0)
    missed = next(clause for clause in text["clauses"] if clause["code"] == "missed")
    assert "累计" not in "".join(missed["words"])

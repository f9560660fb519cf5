"""What a certificate says, kind by kind: what is left, what was paid, what follows and when."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain.keeping.standing import standing
from app.domain.plan_terms import moved_of, read_terms
from app.models import PlanVersion
from app.services.certificates.text import (
    CertificateFacts,
    PaidLoan,
    certificate_text,
    credit_words,
    kind_of,
    text_sha256,
)
from tests.factories import make_agreement
from tests.support.agreements import SITE
from tests.support.certificates import (
    KINDS,
    account_of,
    certified,
    paid_as_printed,
    paid_off,
    signed_of,
)
from tests.support.money import paid
from tests.support.several import approved_over, three_loans

SETTLED = ("settlement", "结清证明", "JQ-")
ARREARS = ("arrears", "逾期款还清证明", "HQ-")
# By kind: which certificate, and what of each kind of money there is.
CASES = {
    "reamortise": (SETTLED, ["principal", "plan_interest", "interest", "penalty"], ["penalty"]),
    "step_up": (SETTLED, ["principal", "plan_interest", "interest", "penalty"], ["penalty"]),
    "settlement": (SETTLED, ["principal", "interest"], ["penalty"]),
    "catch_up": (ARREARS, ["principal", "interest", "penalty"], ["penalty"]),
    "later": (SETTLED, ["principal", "plan_interest", "interest"], []),
    "monthly": (SETTLED, ["principal", "plan_interest", "interest"], []),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_certified_as_what_it_is_with_every_fen(session, vault, site, kind):
    number = signed_of(session, vault, site, kind)
    ends_on = paid_as_printed(session, number)
    (code, title, prefix), paid, waived = CASES[kind]
    text = certified(session, vault, site, number, on=ends_on).text
    account = account_of(session, number)
    assert (text["kind"], text["title"]) == (code, title)
    assert text["number"] == f"{prefix}{number.split('-')[1]}-1"
    assert (text["agreement"], text["completed_on"]) == (number, ends_on.isoformat())
    assert [one["component"] for one in text["paid"]["parts"]] == paid
    assert [one["component"] for one in text["waived"]["parts"]] == waived
    planned = sum(part.fen for loan in account.plan.loans for part in loan.parts)
    assert text["paid"]["fen"] == sum(one["fen"] for one in text["paid"]["parts"]) == planned
    assert [one["paid_fen"] for one in text["loans"]] == [planned]
    came = sum(one.fen for one in account.money)
    assert text["paid"]["fen"] + text["beside"]["fen"] == came
    assert bool(text["beside"]["fen"]) == (kind == "catch_up")
    assert text["waived"]["fen"] == sum(
        one.fen for loan in account.plan.loans for one in loan.waivers
    )
    assert text["left"]["fen"] == 0
    assert text["left"]["capital"] == "人民币零元整"
    assert bool(text["goes_on"]) == (code == "arrears")


def test_a_catch_up_that_ends_with_its_contract_settles_it(session, vault, site):
    number = signed_of(session, vault, site, "catch_up")
    paid_as_printed(session, number)
    account = account_of(session, number)
    ends_on = max(part.due_on for loan in account.plan.loans for part in loan.regular)
    stands = standing(account, ends_on)
    assert kind_of(account, stands) == "arrears"
    every = [
        one._replace(paid_fen=one.amount_fen) if one.is_regular else one
        for one in standing(account, account.plan.signed_on).instalments
    ]
    assert kind_of(account, replace(stands, instalments=tuple(every))) == "settlement"


def test_paid_off_early_it_names_the_interest_that_was_never_charged(session, vault, site):
    number = signed_of(session, vault, site)
    day = account_of(session, number).plan.signed_on + timedelta(days=3)
    payment = paid_off(session, number, on=day)
    text = certified(session, vault, site, number, on=day).text
    assert text["paid"]["fen"] == payment.fen
    assert text["released_fen"] > 0
    assert text["waived"]["fen"] > 0


def test_of_several_loans_each_tells_its_share(session, vault, site):
    borrower, loans = three_loans(session, vault)
    public_id = approved_over(session, vault, site, borrower, loans)
    version = session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()
    number = make_agreement(session, version).number
    text = certified(session, vault, site, number, on=paid_as_printed(session, number)).text
    # Longest overdue first.
    assert [one["ref"] for one in text["loans"]] == [one.ref for one in reversed(loans)]
    assert [one["product"] for one in text["loans"]] == [one.product for one in reversed(loans)]
    assert sum(one["paid_fen"] for one in text["loans"]) == text["paid"]["fen"] == version.total_fen
    assert {one["paid_fen"] for one in text["loans"]} == set(totals_of(version))


def totals_of(version):
    terms = read_terms(version.terms, moved=moved_of(version))
    return [one.total_fen for one in terms.loans]


def test_what_was_paid_too_much_is_not_among_it(session, vault, site):
    number = signed_of(session, vault, site, "settlement")
    ends_on = paid_as_printed(session, number)
    before = certified(session, vault, site, number, on=ends_on).text["paid"]
    paid(session, number, fen=7_700, on=ends_on)
    account = account_of(session, number)
    facts = facts_of("AH-00001-1", account)
    again = certificate_text(facts, account=account, stands=standing(account, ends_on), site=SITE)
    assert again["paid"] == before


def facts_of(agreement, account, count=0):
    return CertificateFacts(
        agreement=agreement,
        borrower_name="*敏",
        borrower_id="9****************5",
        loans=[PaidLoan(one.ref, "装修分期") for one in account.plan.loans],
        count=count,
        issued_on=date(2027, 6, 11),
        report_by_on=date(2027, 6, 16),
    )


def test_a_plan_that_runs_is_not_certified(session, vault, site):
    number = signed_of(session, vault, site)
    account = account_of(session, number)
    stands = standing(account, account.plan.signed_on)
    with pytest.raises(ValueError, match="only a completed plan"):
        certificate_text(facts_of(number, account), account=account, stands=stands, site=SITE)


def test_it_tells_masked_who_and_when_records_go(session, vault, site):
    number = signed_of(session, vault, site, "settlement")
    ends_on = paid_as_printed(session, number)
    text = certified(session, vault, site, number, on=ends_on).text
    assert re.fullmatch(r"\*.", text["borrower"]["name"])
    assert re.fullmatch(r".\*{16}.", text["borrower"]["id_masked"])
    assert text["credit"]["kept_until"] == ends_on.replace(year=ends_on.year + 5).isoformat()
    # 2026-12-08 is a Tuesday.
    assert (text["issued_on"], text["credit"]["report_by"]) == ("2026-12-08", "2026-12-11")
    assert text["lender"]["name"] == site.lender_name
    assert "核对" in text["check"]
    assert "收回" in text["check"]


@pytest.mark.parametrize("kind", ["settlement", "arrears"])
def test_no_word_promises_that_a_record_goes_early(kind):
    words = "".join(credit_words(kind))
    assert "1–3 个工作日" in words
    assert "保存 5 年" in words
    for promised in ("洗白", "消除", "马上删除", "不上征信", "不影响"):
        assert promised not in words


def test_the_hash_goes_by_what_is_said_and_not_by_its_order():
    assert text_sha256({"a": 1, "b": "元"}) == text_sha256({"b": "元", "a": 1})
    assert text_sha256({"a": 1}) != text_sha256({"a": 2})

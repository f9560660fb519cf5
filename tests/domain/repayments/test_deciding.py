"""Whose a line's money is: a table of lines, and properties of what may never be matched."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.references import reference_digits, reference_of
from app.domain.repayments.deciding import Matched, Unmatched, match_all
from app.domain.repayments.directory import Destination, LoanFound, PlanFound, SeenBefore
from app.domain.repayments.row import RepaymentRow
from tests.support.made_plans import MadeLender

TODAY = date(2026, 11, 27)
ROW = RepaymentRow("银行卡", "LS1", date(2026, 11, 25), date(2026, 11, 26), 50_000)


def _lender():
    """张洋 has a plan on one loan; 李娜 two loans with a plan each; of 王伟 there are two; the others'
    plans have ended.
    """
    lender = MadeLender()

    def person(borrower, name):
        lender.names[borrower] = name
        lender.by_name[name].append(borrower)

    def loan(borrower, ref, state="open", plan=None, **asks):
        name = lender.names[borrower]
        lender.loans[ref] = LoanFound(ref, borrower, name, state, plan, asks)
        if state == "open" and not plan:
            lender.holds[borrower].append(Destination("loan", ref))

    def plan(borrower, number, *refs, state="active", **asks):
        name = lender.names[borrower]
        lender.plans[number] = PlanFound(number, borrower, name, state, refs, asks)
        if state in ("active", "in_cure"):
            lender.holds[borrower].append(Destination("plan", number))

    person("zhang", "张洋")
    plan("zhang", "AH-00318", "JJ000318", due=94_344, next=102_199, payoff=1_632_902)
    loan("zhang", "JJ000318", plan="AH-00318")
    plan("zhang", "AH-00200", "JJ000318", state="replaced")
    person("li", "李娜")
    plan("li", "AH-00240", "JJ000240", state="in_cure", due=116_020, next=116_020)
    plan("li", "AH-00241", "JJ000241", due=50_000, next=50_000)
    loan("li", "JJ000240", plan="AH-00240")
    loan("li", "JJ000241", plan="AH-00241")
    plan("li", "AH-00100", "JJ000240", "JJ000241", state="broken")
    person("wang1", "王伟")
    loan("wang1", "JJ000501", next=33_333)
    person("wang2", "王伟")
    loan("wang2", "JJ000502", next=44_444)
    person("zhao", "赵敏")
    plan("zhao", "AH-00400", "JJ000400", state="completed")
    loan("zhao", "JJ000400", state="open")
    plan("zhao", "AH-00401", "JJ000401", state="broken")
    loan("zhao", "JJ000401", payoff=700_001)
    plan("zhao", "AH-00402", "JJ000402", due=12_345)
    loan("zhao", "JJ000402", state="sold", plan="AH-00402")
    loan("zhao", "JJ000403", state="settled")
    loan("zhao", "JJ000404", state="missing")
    loan("zhao", "JJ000405", state="recalled")
    person("twin1", "孙零")
    plan("twin1", "AH-00903", "JJ000903", due=80_001)
    loan("twin1", "JJ000903", plan="AH-00903")
    person("twin2", "孙玖")
    plan("twin2", "AH-09003", "JJ009003", due=80_002)
    loan("twin2", "JJ009003", plan="AH-09003")
    lender.accounts["5512"] = [SeenBefore("王伟", "wang1"), SeenBefore("周帮", "zhang")]
    return lender


LENDER = _lender()


def _match(**texts):
    (verdict,) = match_all([replace(ROW, **texts)], LENDER, today=TODAY, most_days=10)
    return verdict


TWIN = reference_of("AH-00903")
MATCHED = [
    # By a reference, whoever pays whatever sum.
    ({"remark": "AH-00318-6"}, "AH-00318", "reference"),
    ({"remark": "ＡＨ００３１８６", "payer": "钱某", "fen": 1}, "AH-00318", "reference"),
    ({"payer": "张洋AH003186"}, "AH-00318", "reference"),
    ({"loan_ref": "AH-00318-6"}, "AH-00318", "reference"),
    ({"remark": "AH-00318-6 JJ000318"}, "AH-00318", "reference"),
    ({"remark": "AH-00318-6", "loan_ref": "JJ000318"}, "AH-00318", "reference"),
    ({"remark": "AH-00318-6", "loan_ref": "JJ-unknown"}, "AH-00318", "reference"),
    ({"remark": "AH-00318-6 AH-00318-1"}, "AH-00318", "reference"),
    ({"remark": "AH-00318-6", "payer": "李娜", "fen": 100}, "AH-00318", "reference"),
    ({"remark": "AH-00318-6", "payer": "李娜", "fen": 94_344}, "AH-00318", "reference"),
    # Less than the whole of it, and one thing more that says so.
    ({"remark": "003186", "payer": "张洋"}, "AH-00318", "reference"),
    ({"remark": "AH-318-6", "fen": 94_344}, "AH-00318", "reference"),
    ({"remark": "003186", "payer": "周帮", "account_tail": "5512"}, "AH-00318", "reference"),
    ({"remark": "AH0031869999", "payer": "张洋"}, "AH-00318", "reference"),
    # Nought and nine swapped: the rest of the line tells which.
    ({"remark": TWIN, "payer": "孙零"}, "AH-00903", "reference"),
    ({"remark": TWIN, "payer": "钱某", "fen": 80_001}, "AH-00903", "reference"),
    # What stands in an ended plan's place.
    ({"remark": reference_of("AH-00200")}, "AH-00318", "old_reference"),
    ({"remark": reference_of("AH-00401")}, "JJ000401", "old_reference"),
    (
        {"remark": f"{reference_of('AH-00100')} JJ000241", "payer": "李娜"},
        "AH-00241",
        "old_reference",
    ),
    # By the loan's own number.
    ({"loan_ref": "JJ000318"}, "AH-00318", "loan_number"),
    ({"loan_ref": "JJ000501", "payer": "钱某"}, "JJ000501", "loan_number"),
    ({"remark": "JJ000318"}, "AH-00318", "loan_number"),
    ({"remark": "借据 jj000318 还款", "payer": "张洋"}, "AH-00318", "loan_number"),
    ({"remark": "JJ000318", "payer": "钱某", "fen": 94_344}, "AH-00318", "loan_number"),
    ({"remark": "JJ000318", "payer": "周帮", "account_tail": "5512"}, "AH-00318", "loan_number"),
    ({"loan_ref": "JJ000241", "payer": "李娜", "fen": 50_000}, "AH-00241", "loan_number"),
    # By payer and amount.
    ({"payer": "张洋", "fen": 94_344}, "AH-00318", "payer_and_amount"),
    ({"payer": "张洋", "fen": 1_632_902}, "AH-00318", "payer_and_amount"),
    ({"payer": "张洋", "fen": 94_344, "remark": "AH-00381-6"}, "AH-00318", "payer_and_amount"),
    ({"payer": "张洋", "fen": 94_344, "remark": "AH-00318-1"}, "AH-00318", "payer_and_amount"),
    ({"payer": "王伟", "fen": 33_333, "account_tail": "5512"}, "JJ000501", "payer_and_amount"),
]


@pytest.mark.parametrize(("texts", "ref", "rule"), MATCHED)
def test_one_thing_fits(texts, ref, rule):
    verdict = _match(**texts)
    assert isinstance(verdict, Matched), verdict
    assert (verdict.destination.ref, verdict.rule) == (ref, rule)
    assert verdict.reasons


UNMATCHED = [
    # Two fit.
    ({"remark": "AH-00318-6 AH-00240-2"}, "ambiguous", {"AH-00318", "AH-00240"}),
    ({"remark": "AH-00318-6", "loan_ref": "JJ000240"}, "ambiguous", {"AH-00318", "AH-00240"}),
    ({"remark": "AH-00318-6 JJ000240"}, "ambiguous", {"AH-00318", "AH-00240"}),
    ({"remark": "AH-00318-6 JJ000403", "payer": "张洋"}, "ambiguous", {"AH-00318"}),
    ({"remark": "AH-00318-6 AH-00777-7"}, "ambiguous", {"AH-00318"}),
    (
        {"remark": "AH-00318-6", "payer": "李娜", "fen": 116_020},
        "ambiguous",
        {"AH-00318", "AH-00240"},
    ),
    (
        {"loan_ref": "JJ000501", "payer": "李娜", "fen": 116_020},
        "ambiguous",
        {"JJ000501", "AH-00240"},
    ),
    (
        {"loan_ref": "JJ000240", "payer": "李娜", "fen": 50_000},
        "ambiguous",
        {"AH-00240", "AH-00241"},
    ),
    ({"remark": "AH-00318-6", "fen": 94_344 + 50_000, "payer": "李娜"}, "two_in_one", {"AH-00318"}),
    ({"remark": "AH-00240-2", "fen": 166_020}, "two_in_one", {"AH-00240", "AH-00241"}),
    ({"remark": reference_of("AH-00100")}, "several", {"AH-00240", "AH-00241"}),
    ({"remark": TWIN, "payer": "钱某"}, "unsure", {"AH-00903"}),
    ({"remark": TWIN, "payer": "孙玖"}, "unsure", {"AH-00903", "AH-09003"}),
    ({"remark": TWIN, "payer": "孙玖", "fen": 80_002}, "ambiguous", {"AH-09003"}),
    # Too little of a number, or one that is wrong.
    ({"remark": "003186", "payer": "钱某"}, "unsure", {"AH-00318"}),
    ({"remark": "003186", "payer": "钱某", "fen": 50_000}, "unsure", {"AH-00318"}),
    ({"remark": "AH-00381-6"}, "wrong_reference", {"AH-00318"}),
    ({"remark": "AH-00381-6", "payer": "张洋"}, "wrong_reference", {"AH-00318"}),
    ({"remark": "AH-00777-7", "payer": "张洋", "fen": 94_344}, "ambiguous", {"AH-00318"}),
    ({"remark": reference_of("AH-55555")}, "unknown_reference", set()),
    (
        {"remark": reference_of("AH-55555"), "payer": "张洋", "fen": 94_344},
        "unknown_reference",
        {"AH-00318"},
    ),
    # A loan that money is not taken for, or that is another's.
    ({"loan_ref": "JJ-NOT-THERE"}, "unknown_loan", set()),
    ({"loan_ref": "JJ-NOT-THERE", "payer": "张洋", "fen": 94_344}, "unknown_loan", {"AH-00318"}),
    ({"loan_ref": "JJ000403"}, "loan_settled", set()),
    ({"loan_ref": "JJ000402"}, "loan_sold", set()),
    ({"loan_ref": "JJ000404"}, "loan_missing", set()),
    ({"loan_ref": "JJ000405"}, "loan_recalled", set()),
    ({"remark": reference_of("AH-00402")}, "loan_sold", set()),
    ({"remark": reference_of("AH-00400")}, "plan_completed", set()),
    ({"remark": "JJ000403", "payer": "钱某"}, "loan_settled", set()),
    ({"loan_ref": "JJ000318", "payer": "李娜", "fen": 100}, "other_payer", {"AH-00318"}),
    ({"remark": "JJ000318", "payer": "钱某"}, "other_payer", {"AH-00318"}),
    # Payer and amount say too little.
    ({}, "unknown_payer", set()),
    ({"payer": "钱某", "fen": 94_344}, "unknown_payer", set()),
    ({"payer": "张*", "fen": 94_344}, "unknown_payer", set()),
    ({"payer": "张洋", "fen": 94_244}, "other_amount", {"AH-00318"}),
    ({"payer": "张洋", "fen": 94_344 + 102_199}, "other_amount", {"AH-00318"}),
    ({"payer": "王伟", "fen": 33_333}, "same_name", {"JJ000501"}),
    ({"payer": "王伟", "fen": 44_444, "account_tail": "5512"}, "other_amount", {"JJ000502"}),
    ({"payer": "李娜", "fen": 50_000}, "common_amount", {"AH-00241"}),
    ({"payer": "周帮", "fen": 94_344, "account_tail": "5512"}, "unknown_payer", {"AH-00318"}),
    ({"payer": "张洋", "fen": 94_344, "remark": "替李娜还款"}, "ambiguous", {"AH-00318"}),
    ({"payer": "张洋", "fen": 94_344, "remark": "JJ000501"}, "ambiguous", {"AH-00318", "JJ000501"}),
    ({"payer": "张洋", "fen": 94_344, "remark": "002402"}, "ambiguous", {"AH-00318", "AH-00240"}),
    # Paid long ago: whose it is, a person only confirms.
    ({"remark": "AH-00318-6", "paid_on": date(2026, 11, 16)}, "old_value_date", {"AH-00318"}),
]


@pytest.mark.parametrize(("texts", "reason", "suggested"), UNMATCHED)
def test_a_person_has_to_say(texts, reason, suggested):
    verdict = _match(**texts)
    assert isinstance(verdict, Unmatched), verdict
    assert verdict.reason == reason
    refs = [one.destination.ref for one in verdict.suggestions]
    assert suggested <= set(refs)
    assert len(refs) == len(set(refs)) <= 3


def test_reasons_say_what_was_seen():
    verdict = _match(remark="还003186", payer="张洋", fen=94_344)
    assert [(one.code, one.seen, one.fen) for one in verdict.reasons] == [
        ("reference", "AH-00318-6", 0),
        ("payer", "", 0),
        ("amount", "due", 94_344),
    ]


def test_a_batch_is_looked_up_once_and_decided_in_its_order():
    lender = _lender()
    rows = [replace(ROW, remark=f"AH-00318-6 {place}期") for place in range(1, 50)]
    rows.insert(3, replace(ROW, remark="AH-00240-2"))
    verdicts = match_all(rows, lender, today=TODAY, most_days=10)
    assert lender.asked == 1
    assert [one.destination.ref for one in verdicts[2:5]] == ["AH-00318", "AH-00240", "AH-00318"]


def test_a_reversal_is_no_money_to_match():
    with pytest.raises(ValueError, match="reversal"):
        match_all([replace(ROW, reverses="LS0")], LENDER, today=TODAY, most_days=10)


NUMBERS = sorted(LENDER.plans)
PEOPLE = [*LENDER.by_name, "钱某", "", "张*"]


@given(st.sampled_from(NUMBERS), st.sampled_from(PEOPLE), st.integers(1, 200_000), st.data())
def test_a_slip_in_a_reference_is_never_taken_for_another_plan(number, payer, fen, data):
    digits = reference_digits(number)
    place = data.draw(st.integers(0, len(digits) - 1))
    if data.draw(st.booleans()):
        wrong = digits[:place] + data.draw(st.sampled_from("0123456789")) + digits[place + 1 :]
    else:
        wrong = digits[:place] + digits[place : place + 2][::-1] + digits[place + 2 :]
    verdict = _match(remark=f"AH-{wrong[:-1]}-{wrong[-1]}", payer=payer, fen=fen)
    own = {number, *LENDER.plans[number].loans}
    own |= {LENDER.loans[ref].plan for ref in LENDER.plans[number].loans}
    name = LENDER.plans[number].name
    if isinstance(verdict, Matched) and verdict.destination.ref not in own:
        # Only what the rest of the line says of its own payer, and never by the number alone.
        found = LENDER.plans.get(verdict.destination.ref)
        assert found is not None
        assert payer == found.name != name or fen in found.asks.values()


@given(st.text(), st.text(), st.text("AH-0123456789 JJ安还", max_size=40), st.integers(1, 10**9))
def test_no_line_stops_the_matching(payer, loan_ref, remark, fen):
    verdict = _match(payer=payer, loan_ref=loan_ref, remark=remark, fen=fen)
    assert isinstance(verdict, Matched | Unmatched)

"""What clauses and kinds of plan mean in plain words: two sentences, and figures that are those of
the terms in hand, whatever the kind.
"""

from datetime import date, timedelta

import pytest

from app.domain.explaining import ExplainedFacts, explain_clauses
from app.domain.explaining_kinds import explain_kind
from app.domain.kinds.options import plan_options
from app.domain.plan import OwedLoan, PlanRequest
from app.domain.plan_terms import OLDEST_FIRST, order_of, read_terms
from app.domain.policy import PlanFacts
from app.domain.terms_writing import write_terms
from tests.domain.examples import POLICY, make_terms, owed_on

START = date(2026, 7, 1)
BASE = {"monthly_fen": 150_000, "upfront_fen": 0, "surplus_fen": None, "pay_day": 10}
CODES = (
    "limitation missed credit order interest waiver early date contact rights contract form"
).split()
# By kind, what is asked, and how many instalments of the contract are paid.
ASKED = {
    "reamortise": ({"periods": 12}, 3),
    "reamortise with a first payment": ({"periods": 12, "upfront_fen": 50_000}, 3),
    "step_up": ({"kind": "step_up", "periods": 12, "low_fen": 30_000, "low_months": 3}, 3),
    "deferral later": ({"kind": "deferral", "months": 2, "way": "later"}, 5),
    "deferral monthly": ({"kind": "deferral", "months": 2, "way": "monthly"}, 5),
    "catch_up": ({"kind": "catch_up", "periods": 3, "monthly_fen": 300_000}, 3),
    "settlement": ({"kind": "settlement", "pay_on": date(2026, 7, 20)}, 3),
}


def written(asked, paid):
    terms = make_terms()
    debt = OwedLoan("JJ1", terms, owed_on(terms, START, paid=paid))
    request = PlanRequest(**(BASE | asked), start_on=START)
    option = plan_options([debt], request, POLICY, PlanFacts()).options[0]
    return write_terms(
        option,
        request=request,
        debts={"-": debt},
        choice="own",
        first_payment_days=3,
        policy_version="1",
    )


@pytest.fixture(scope="module", params=ASKED)
def stored(request):
    return written(*ASKED[request.param])


def words_of(phrase):
    return phrase.source % {name: str(value) for name, value in phrase.values.items()}


def explained(stored):
    facts = ExplainedFacts(read_terms(stored), order_of(stored), POLICY)
    return facts.terms, explain_clauses(CODES, facts)


def test_every_clause_of_every_kind_has_two_whole_sentences_and_an_example(stored):
    terms, told = explained(stored)
    assert list(told) == CODES
    for one in (*told.values(), explain_kind(terms)):
        for phrase in (*one.words, one.example):
            words = words_of(phrase)
            assert words.endswith("。"), words
            assert words.count("。") == 1, words
            assert "%" not in phrase.source % dict.fromkeys(phrase.values, "")
        assert one.example.values, "an example has figures"


def test_the_payments_in_examples_are_the_plans_own(stored):
    terms, told = explained(stored)
    first = terms.instalments[0]
    paid = f"{first.due_on}要还的 ¥{first.amount_fen // 100:,}.{first.amount_fen % 100:02d}"
    for code in ("missed", "order"):
        assert f"比如{paid}" in words_of(told[code].example)
    assert words_of(told["rights"].example).startswith(f"您一共还 {len(terms.payments)} 笔")
    until = terms.ends_on.replace(year=terms.ends_on.year + 3)
    assert words_of(told["limitation"].example) == (
        f"您的最后一笔在{terms.ends_on}到期，签字以后，诉讼时效重新算到{until}。"
    )


def test_the_parts_of_an_instalment_stand_in_the_order_in_which_money_is_used(stored):
    terms, told = explained(stored)
    first = terms.instalments[0]
    fen = [int(one.split("¥")[1].replace(",", "").replace(".", "")) for one in parts(told)]
    assert sum(fen) == first.amount_fen
    names = [one.split(" ")[0] for one in parts(told)]
    order = ["费用", "罚息", "利息", "方案期间的利息", "本金"]
    assert names == [name for name in order if name in names]


def parts(told):
    return str(told["order"].example.values["parts"]).split("，")


def test_an_order_by_component_is_told_as_such():
    stored = written(*ASKED["reamortise"]) | {
        "payment_order": ["fee", "penalty", "interest", "principal"]
    }
    assert stored["payment_order"] != OLDEST_FIRST
    terms, told = explained(stored)
    assert "先还完一样再还下一样" in words_of(told["order"].words[1])
    fen = [int(one.split("¥")[1].replace(",", "").replace(".", "")) for one in parts(told)]
    assert sum(fen) == terms.instalments[0].amount_fen
    assert not [one for one in parts(told) if one.startswith("方案期间的利息")]


def test_interest_is_told_by_what_the_plan_takes(stored):
    terms, told = explained(stored)
    words = words_of(told["interest"].example)
    if terms.plan_interest_fen:
        assert f"{terms.plan_interest_fen // 100:,}.{terms.plan_interest_fen % 100:02d}" in words
        assert "本金越还越少" in words_of(told["interest"].words[0])
    else:
        assert "没有一分是方案的利息" in words


def test_a_date_is_moved_no_further_than_the_rules_let_it(stored):
    terms, told = explained(stored)
    first = terms.instalments[0]
    until = first.due_on + timedelta(days=POLICY.kept.date_change_days)
    if terms.kind == "settlement":
        until = min(until, START + timedelta(days=POLICY.kinds.settlement_days))
    assert told["date"].example.values["until"] == until


def test_a_settlement_on_its_last_day_moves_no_further():
    last = START + timedelta(days=POLICY.kinds.settlement_days)
    _terms, told = explained(written({"kind": "settlement", "pay_on": last}, 3))
    assert words_of(told["date"].example) == (f"您的{last}已经是最晚的日子，来不及请早点打电话。")


KINDS = {
    "reamortise": "把欠的钱重新分成 12 期",
    "step_up": "您前 3 期每期还 ¥300.00，之后",
    "deferral later": "分到后面每一期里还",
    "deferral monthly": "每个月只还当月的利息",
    "catch_up": "原来的每一期照常还",
    "settlement": "一次还清",
}


@pytest.mark.parametrize(("kind", "told"), KINDS.items())
def test_each_kind_is_told_by_what_it_does(kind, told):
    one = explain_kind(read_terms(written(*ASKED[kind])))
    assert told in "".join(words_of(phrase) for phrase in (*one.words, one.example))


def test_beside_a_catch_up_the_regular_instalment_of_that_day_is_counted():
    terms = read_terms(written(*ASKED["catch_up"]))
    first = terms.instalments[0]
    (regular,) = [one for one in terms.regular if one.due_on == first.due_on]
    values = explain_kind(terms).example.values
    both = first.amount_fen + regular.amount_fen
    assert values["sum"] == f"¥{both // 100:,}.{both % 100:02d}"

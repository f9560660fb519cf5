"""Every code that services return has its words."""

import pytest

from app.domain.budget import INCOMES, SPENDING, SUM
from app.domain.policy import VERDICT_REASONS as RULES
from app.domain.policy import PlanChange, PlanFacts, judge
from app.domain.stages import Stage
from app.domain.topics import PLAN_CHANGE, TOPICS
from app.domain.ways import EASES
from app.services.agreements.checking import TOLD_STATES
from app.services.callbacks import topics as callback_topics
from app.services.cases import history_queries as case_history
from app.services.hardship.records import HARDSHIP_CODES
from app.services.plans.verdicts import waits_of
from app.web import wait_words, words
from app.web.admin import desk_words, rule_words
from app.web.borrower.plan_forms import REASON_HINTS
from app.web.public import check_routes
from tests.domain.examples import POLICY


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ((*TOPICS, PLAN_CHANGE), words.THREAD_TOPICS),
        (callback_topics.TOPICS, words.CALLBACK_TOPICS),
        (callback_topics.WISHED_TIMES, words.WISHED_TIMES),
        (HARDSHIP_CODES, words.HARDSHIP_REASONS),
        (REASON_HINTS, words.HARDSHIP_REASONS),
        (EASES, words.EASES),
        ((*INCOMES, SUM), words.INCOME_SOURCES),
        ((*SPENDING, SUM), words.SPENDING_GROUPS),
        (Stage, words.STAGES),
        (Stage, words.STAGE_MEANINGS),
        (TOLD_STATES, check_routes.STATES),
        (RULES, desk_words.RULES),
        (RULES, wait_words.WAITS),
        (case_history.EVENTS, desk_words.EVENTS),
        (case_history.TAKE_OVER_REASONS, desk_words.TAKE_OVER_REASONS),
    ],
)
def test_every_code_has_words(codes, told):
    assert set(codes) <= set(told)


def test_a_code_without_words_says_itself(app):
    with app.test_request_context():
        assert words.said_by({})("settled by hand") == "settled by hand"


ALL_WRONG = PlanFacts(
    discrepancy=True,
    dispute=True,
    legal_mark=True,
    over_ceiling=True,
    broken_plan=True,
    hold_ended_lately=True,
    offer_over=True,
    income_asked=True,
    file_age_days=4,
    planned_fen=9_000_000,
    periods=61,
    highest_fen=1_000,
    lowest_fen=1_000,
    contract_ppm=1,
)

# One is told by the wider limit, one needs an income; the others are of other kinds of plans.
NOT_OF_ALL = {
    "too_many_instalments",
    "above_half_surplus",
    "too_many_months",
    "own_sum",
    "changed_again",
    "settlement_changed",
}


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (ALL_WRONG, set(RULES.values()) - NOT_OF_ALL),
        (PlanFacts(kind="deferral", months=99), {"too_many_months"}),
        (PlanFacts(kind="settlement", own_sum=True), {"own_sum"}),
        (
            PlanFacts(lowest_fen=10_000, changes=PlanChange(is_again=True, is_settlement=True)),
            {"changed_again", "settlement_changed"},
        ),
        (
            PlanFacts(periods=25, lowest_fen=10_000, income_asked=True, surplus_fen=0),
            {"too_many_instalments"},
        ),
        (
            PlanFacts(lowest_fen=10_000, highest_fen=10_000, income_asked=True, surplus_fen=0),
            {"above_half_surplus"},
        ),
    ],
)
def test_every_wait_is_told_in_a_whole_sentence_with_its_figure(app, facts, told):
    waits = waits_of(judge(POLICY, facts), POLICY)
    assert {RULES[one.rule] for one in waits} == told
    with app.test_request_context():
        said = [wait_words.wait_reason(one) for one in waits]
        at_the_desk = [rule_words.why(one) for one in waits]
    assert all(one.endswith("。") and "%(" not in one for one in said)
    assert len(set(said)) == len(set(at_the_desk)) == len(told)
    # no code of a rule is left without words
    assert not [one for one in at_the_desk if "_" in one or "%(" in one]

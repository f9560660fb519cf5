"""Every code that services return has its words."""

import pytest

from app.domain.policy import VERDICT_REASONS as RULES
from app.domain.stages import Stage
from app.domain.topics import PLAN_CHANGE, TOPICS
from app.services.agreements.checking import TOLD_STATES
from app.services.callbacks import topics as callback_topics
from app.services.cases import history_queries as case_history
from app.services.hardship.records import HARDSHIP_CODES
from app.web import words
from app.web.admin import desk_words
from app.web.borrower.plan_forms import REASON_HINTS
from app.web.public import check_routes


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ((*TOPICS, PLAN_CHANGE), words.THREAD_TOPICS),
        (callback_topics.TOPICS, words.CALLBACK_TOPICS),
        (callback_topics.WISHED_TIMES, words.WISHED_TIMES),
        (HARDSHIP_CODES, words.HARDSHIP_REASONS),
        (REASON_HINTS, words.HARDSHIP_REASONS),
        (Stage, words.STAGES),
        (Stage, words.STAGE_MEANINGS),
        (TOLD_STATES, check_routes.STATES),
        (RULES, desk_words.RULES),
        (case_history.EVENTS, desk_words.EVENTS),
        (case_history.TAKE_OVER_REASONS, desk_words.TAKE_OVER_REASONS),
    ],
)
def test_every_code_has_words(codes, told):
    assert set(codes) <= set(told)


def test_a_code_without_words_says_itself(app):
    with app.test_request_context():
        assert words.said_by({})("settled by hand") == "settled by hand"

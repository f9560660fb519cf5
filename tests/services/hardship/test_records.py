"""What is told in confidence: sealed with draft and version, consent of its own, read on record,
taken back.
"""

import json

import pytest
from sqlalchemy import select

from app.domain.budget import Budget
from app.models import PlanVersion
from app.services.core.context import Actor
from app.services.hardship.records import (
    HARDSHIP_CODES,
    SENSITIVE,
    UNSAID,
    Hardship,
    open_hardship,
    seal_hardship,
)
from tests.support.telling import earn, submit_told, tell, told_of

AGENT = Actor("staff:agent", "127.0.0.1")
WORDS = "做了手术，在家养着。"


def test_there_are_nine_reasons_another_and_none():
    assert len(HARDSHIP_CODES) == 11
    assert list(HARDSHIP_CODES)[-2:] == ["other", UNSAID]
    assert set(SENSITIVE) == {"illness", "family"}


def test_the_version_carries_what_was_told_and_the_terms_do_not(
    session, vault, site, borrower, loan
):
    tell(session, vault, borrower, loan, "income_fell", words="厂里停工了")
    earn(session, vault, borrower, loan, 520_000, 300_000)
    public_id = submit_told(session, vault, site, borrower, loan)
    version = session.scalars(select(PlanVersion)).one()
    told = open_hardship(version.hardship_enc, vault=vault, table="plan_versions", row=public_id)
    assert told == Hardship("income_fell", "厂里停工了", Budget.of_sums(520_000, 300_000))
    assert "surplus" not in str(version.terms)
    with pytest.raises(ValueError, match=r".*"):
        open_hardship(version.hardship_enc, vault=vault, table="plan_versions", row="x" * 20)


def test_a_version_without_anything_told_has_nothing(session, vault, site, borrower, loan):
    public_id = submit_told(session, vault, site, borrower, loan)
    assert told_of(session, vault, public_id) is None


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        (
            {"reason": "other", "words": "", "income_fen": 520_000, "essential_fen": 300_000},
            Hardship("other", "", Budget.of_sums(520_000, 300_000)),
        ),
        (
            {"reason": "family", "words": "话", "income_fen": None, "essential_fen": None},
            Hardship("family", "话"),
        ),
        (
            {"reason": "unsaid", "words": "", "budget": {"people": 2, "debts_fen": 0}},
            Hardship(budget=Budget(people=2, debts_fen=0)),
        ),
    ],
)
def test_what_was_sealed_before_stays_readable(vault, kept, found):
    place = {"table": "plan_versions", "row": "a"}
    sealed = vault.seal(json.dumps(kept), column="hardship", **place)
    assert open_hardship(sealed, vault=vault, **place) == found


@pytest.mark.parametrize(
    "told",
    [
        Hardship(),
        Hardship("illness", "话", Budget.of_sums(0, 1), "unknown"),
        Hardship("many_debts", "", Budget(3, {"own": 1}, {"food": 2}, 3, {"LN1": 4})),
        Hardship(ease="in_months", ease_months=3),
    ],
)
def test_what_is_sealed_opens_as_it_was(vault, told):
    place = {"vault": vault, "table": "plan_versions", "row": "a"}
    assert open_hardship(seal_hardship(told, **place), **place) == told


def test_sealed_for_one_row_it_opens_for_no_other(vault):
    sealed = seal_hardship(Hardship("other"), vault=vault, table="plan_drafts", row="a")
    assert open_hardship(sealed, vault=vault, table="plan_drafts", row="a") == Hardship("other")
    with pytest.raises(ValueError, match=r".*"):
        open_hardship(sealed, vault=vault, table="plan_versions", row="a")

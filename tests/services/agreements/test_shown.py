"""A text signed in an earlier format is read in today's shape, and stays what it was."""

import copy
import json
from pathlib import Path

from app.services.agreements.shown import as_shown
from app.services.agreements.text import text_sha256
from tests.support.agreements import paper_of, text_of_kind

OLD = json.loads(
    (Path(__file__).parents[2] / "data" / "agreement_text_1.json").read_text(encoding="utf-8")
)


def test_a_text_of_today_is_shown_as_it_is():
    text = text_of_kind("several")
    assert as_shown(text) is text


def test_what_was_hashed_is_not_touched():
    before, sha = copy.deepcopy(OLD), text_sha256(OLD)
    as_shown(OLD)
    assert before == OLD
    assert text_sha256(OLD) == sha


def test_an_old_text_has_its_one_loan_with_all_that_it_owed():
    shown = as_shown(OLD)
    (loan,) = shown["loans"]
    assert loan["ref"] == OLD["loan"]["ref"]
    assert loan["total_fen"] == OLD["total_fen"] == shown["total_fen"]
    assert shown["waived"] == [OLD["waived"]]
    assert shown["clauses"] == OLD["clauses"]
    assert (shown["plan_rates"], shown["regular"]) == ("15.60%", [])


def test_an_old_text_still_makes_its_paper():
    paper = paper_of(OLD)
    assert paper["parties"][2][1].startswith("装修分期　借据号 JJ2025091800001")
    assert ["减免罚息", "−¥17.75"] in paper["owed"]
    assert paper["loans"] == []
    assert paper["regular"] == []

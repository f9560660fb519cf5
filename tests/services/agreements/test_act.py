"""What the borrower did to sign, as the paper carries it: every step with its instant, names and
numbers masked, and the very text that was hashed beside it.
"""

import hashlib
import json
from datetime import timedelta

import pytest

from app.services.agreements.act import act_rows, act_values, attachments
from app.services.agreements.text import text_sha256
from tests.support.agreements import SIGNED_AT, a_text, an_act


@pytest.fixture(scope="module")
def text():
    return a_text(periods=3)


def values_of(text, **changed):
    return act_values(an_act(text, **changed), text=text, text_sha256=text_sha256(text))


def test_the_record_tells_who_when_from_where_what_was_confirmed_and_by_which_code(text):
    assert values_of(text) == {
        "format": 1,
        "agreement": "AH-00318-1",
        "terms_sha256": text["terms_sha256"],
        "text_sha256": text_sha256(text),
        "policy_version": text["policy_version"],
        "signer": {
            "name_masked": "*敏",
            "id_masked": "9****************5",
            "mobile_masked": "190****0000",
        },
        "from_where": "192.0.2.7",
        "text_shown_at": "2026-11-24T10:02:04+08:00",
        "read_seconds": 40,
        "read_seconds_required": 10,
        "clauses": [
            {"code": code, "title": title, "confirmed_at": "2026-11-24T10:02:44+08:00"}
            for code, title in (
                ("limitation", "诉讼时效"),
                ("missed", "有一期没还上会怎样"),
                ("credit", "征信记录"),
                ("order", "还款顺序"),
            )
        ],
        "code": {
            "reference": "c" * 20,
            "asked_at": "2026-11-24T10:02:44+08:00",
            "sent_to_masked": "190****0000",
            "confirmed_at": "2026-11-24T10:03:04+08:00",
            "text_sha256": text_sha256(text),
        },
        "lender_sealed_at": "2026-11-24T10:03:04+08:00",
    }


def test_each_clause_has_its_own_instant(text):
    early = {"limitation": SIGNED_AT - timedelta(minutes=3), "order": SIGNED_AT}
    told = values_of(text, clauses=early)["clauses"]
    assert [(one["code"], one["confirmed_at"][11:19]) for one in told] == [
        ("limitation", "10:00:04"),
        ("order", "10:03:04"),
    ]


def test_the_paper_says_the_same_in_words(text):
    rows = dict(act_rows(values_of(text)))
    assert rows["阅读"] == "2026年11月24日 10:02:04 打开全文，读了 40 秒（至少 10 秒）"
    assert rows["逐条确认"].split("；")[0] == "诉讼时效 10:02:44"
    assert rows["验证码"] == (
        "2026年11月24日 10:02:44 发到 190****0000，2026年11月24日 10:03:04 填对，从网络地址 192.0.2.7"
    )
    assert rows["文本指纹"].startswith(text_sha256(text))


def test_the_hash_of_the_attached_text_is_the_fingerprint_that_was_signed(text):
    values = values_of(text)
    files = {one["name"]: one["content"] for one in attachments(values, text=text)}
    assert hashlib.sha256(files["agreement.json"].encode()).hexdigest() == text_sha256(text)
    assert json.loads(files["agreement.json"]) == text
    assert json.loads(files["signing.json"]) == values

"""What the code cites stands in docs/rules.md: every id, every name of the default policy, every
phrase.
"""

import re
from dataclasses import fields

import pytest

from app.domain.policy import Policy
from tests.support import rule_book as book
from tests.support.source_rules import ROOT, faults_in, python_files, template_files

RULES = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
CODE = [
    *python_files("app", "migrations"),
    *template_files(),
    *sorted((ROOT / "app" / "templates").rglob("*.typ")),
]
PAPERS = [*sorted((ROOT / "docs" / "adr").glob("*.md")), ROOT / "SECURITY.md", ROOT / "README.md"]
CHECKS = [
    book.ids_without_a_row(RULES),
    book.policy_names_without_a_row(RULES),
    book.phrases_not_in(RULES),
    book.sections_not_in(RULES),
    book.sources_of_no_kind,
]
SMALL = """
Nothing accrues.
## Default policy
- **offer · an offer**: 7
# Part 2
## 9. Roles
- **M-07** · LAW
"""
PLANTED = [
    (book.ids_without_a_row(SMALL), "(M-14)"),
    (book.ids_without_a_row(SMALL), "Source: V7.5.3."),
    (book.ids_without_a_row(SMALL), "quality U17"),
    (
        book.policy_names_without_a_row(SMALL),
        '"""Source: default policy, offer and\n    appeal (ADR 0015)."""',
    ),
    (book.phrases_not_in(SMALL), '"""Source: rules part 1, everything\n    accrues."""'),
    (book.sections_not_in(SMALL), '"""Source: rule book 8."""'),
    (book.sources_of_no_kind, '"""Source: issue 3, signing."""'),
]
INNOCENT = [
    (book.ids_without_a_row(SMALL), "M-07, P-256, AH-00318, U+3000"),
    (
        book.policy_names_without_a_row(SMALL),
        '"""Source: default policy, offer valid 7 days and an offer; M-14."""',
    ),
    (book.phrases_not_in(SMALL), '"""Source: rules part 1, nothing\n    accrues; M-07."""'),
    (book.sections_not_in(SMALL), '"""Source: V1.2.10, rule book 9."""'),
    (book.sources_of_no_kind, '"""Source: M-07; ADR 0008."""'),
]


@pytest.mark.parametrize(("rule", "text"), PLANTED)
def test_a_citation_that_leads_nowhere_is_found(rule, text):
    assert rule(text)


@pytest.mark.parametrize(("rule", "text"), INNOCENT)
def test_a_citation_that_leads_somewhere_is_not_reported(rule, text):
    assert not rule(text)


@pytest.mark.parametrize("rule", CHECKS)
def test_what_code_cites_stands_in_the_rule_book(rule):
    assert not faults_in(CODE, rule)


def test_what_papers_cite_stands_in_the_rule_book():
    assert not faults_in(PAPERS, book.ids_without_a_row(RULES))


def test_every_number_of_the_policy_stands_in_the_rule_book():
    told = book.default_policy(RULES)
    names = set(re.findall(r"`([a-z_]+)`", told)) | book.row_names(told)
    groups = [one.type for one in fields(Policy) if one.name != "version"]
    assert not {field.name for group in groups for field in fields(group)} - names


def test_no_row_stands_twice():
    rows = re.findall(r"^- \*\*(.+?)\*\*", RULES, re.MULTILINE)
    assert not {one for one in rows if rows.count(one) > 1}

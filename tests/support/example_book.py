"""The demo's nightly file, where the product keeps it, and what it is expected to come to."""

import json

from tests.support.source_rules import ROOT

EXAMPLE = ROOT / "app" / "demo_data" / "loan_book.csv"
EXPECTED = json.loads(
    (ROOT / "tests" / "data" / "nightly_2026-11-20" / "expected.json").read_text(encoding="utf-8")
)

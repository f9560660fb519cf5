"""A signed text of any format in the shape that pages and papers read. Pure."""

from collections.abc import Mapping
from typing import Any

from app.domain.money import exact_percent

# What a text of the first format said once, and each loan says for itself since.
OF_THE_LOAN = (
    "owed",
    "excess_fen",
    "payoff_fen",
    "planned_fen",
    "plan_interest_fen",
    "total_fen",
    "first_payment",
    "instalments",
    "sums",
)
SEVERAL_LOANS = 2


def as_shown(text: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a text in today's shape; nothing of what it says changes, and what is hashed is the
    text itself.

    Source: I-11; ADR 0057.
    """
    # Agreements made by tests and by hand have no text at all.
    if not text or text["format"] >= SEVERAL_LOANS:
        return text

    waived = [text["waived"]] if text["waived"] else []
    rate = exact_percent(text["annual_ppm"])
    loan = {name: text[name] for name in OF_THE_LOAN}
    return dict(text) | {
        "waived": waived,
        "regular": [],
        "plan_rates": rate,
        "loans": [text["loan"] | loan | {"waived": waived, "plan_rate": rate}],
    }

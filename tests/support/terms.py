"""The terms of a plan on one loan: as releases before wrote them, and on another loan."""

# What one loan's share holds now stood beside what the plan as a whole says.
MOVED_INTO_LOANS = (
    "loan",
    "annual_ppm",
    "owed",
    "gross",
    "excess_fen",
    "payoff_fen",
    "days_past_due",
    "planned",
    "first_payment",
    "instalments",
)


def as_written_before(terms, *, number):
    """Terms of format 3 in format 1 or 2: one loan, one waiver, two figures asked for."""
    (loan,) = terms["loans"]
    (waived,) = loan["waived"] or [{"component": "penalty", "fen": 0, "condition": "kept_to_end"}]
    asked = {name: terms["asked"][name] for name in ("monthly_fen", "upfront_fen")}
    kept = {name: terms[name] for name in terms if name not in ("loans", "regular")}
    found = kept | {name: loan[name] for name in MOVED_INTO_LOANS}
    found |= {"format": number, "asked": asked, "waived": waived}
    if number == 1:
        del found["gross"]
    return found


def terms_on(terms, loan):
    """The terms of a plan on one loan as they would be on another one."""
    (share,) = terms["loans"]
    return terms | {"loans": [share | {"loan": loan.public_id}]}

"""The stage of a loan: how far contact about it has come."""

from enum import StrEnum

REMIND_DAYS = 30


class Stage(StrEnum):
    """How far contact about an overdue loan has come; a visit is only ever the last resort."""

    REMIND = "remind"
    TALK = "talk"
    NEGOTIATE = "negotiate"
    VISIT = "visit"


def stage(*, days_past_due: int, negotiating: bool, visited: bool) -> Stage | None:
    """Return the stage of a loan; None when nothing is past due and nothing is being negotiated.

    `negotiating`: a plan version is open or a plan is kept; `visited`: a visit is recorded since it
    fell due.
    Source: product, States; C-12.
    """
    # A negotiation hides the lateness on purpose: who talks with us is not pushed up the ladder
    # meanwhile.
    if negotiating:
        return Stage.NEGOTIATE
    if days_past_due <= 0:
        return None
    # A visit shows only where it was recorded, never because the days would allow one (C-12).
    if visited:
        return Stage.VISIT

    return Stage.REMIND if days_past_due <= REMIND_DAYS else Stage.TALK

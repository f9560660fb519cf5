"""Until when an offer is valid, and how the dates of its terms move. Pure."""

from datetime import date, timedelta
from typing import NamedTuple

from app.domain.calendar import PayDay, add_months
from app.domain.plan_terms import LAST_DAY, OWN_DAYS, Moved, PlannedTerms, moved_day
from app.domain.policy import Policy


class OfferDates(NamedTuple):
    """Until when an offer is valid, and how the dates of its terms move."""

    moved: Moved
    valid_until_on: date


def months_to_move(first_due_on: date, pay_day: PayDay, *, today: date, lead_days: int) -> int:
    """Return by how many whole months all dates move so that the first is at least `lead_days`
    away.

    Source: rules part 1, how a plan is computed: approving keeps the amounts.
    """
    day = LAST_DAY if pay_day == "last" else pay_day
    # Whole months keep the pay day that people chose and every distance between the dates
    # (ADR 0004).
    months = 0
    while add_months(first_due_on, months, day) < today + timedelta(days=lead_days):
        months += 1
    return months


def offer_dates(terms: PlannedTerms, *, policy: Policy, today: date) -> OfferDates:
    """Return until when an offer made today is valid, and how the dates of its terms move where the
    first would be too near.

    A pay day moves by whole months; of the other kinds a part that is too near falls due on the
    first day that is not.
    Source: rules part 1, how a plan is computed: dates; default policy, offer valid.
    """
    lead = policy.plans.lead_days
    if terms.kind in OWN_DAYS:
        nearest = today + timedelta(days=lead)
        moved = Moved(not_before_on=nearest if terms.first_on < nearest else None)
        first_on = max(terms.first_on, nearest)
    else:
        pay_day = known_pay_day(terms)
        months = months_to_move(terms.first_on, pay_day, today=today, lead_days=lead)
        moved = Moved(months)
        first_on = moved_day(terms.first_on, moved, LAST_DAY if pay_day == "last" else pay_day)
    latest = first_on - timedelta(days=policy.plans.sign_before_days)
    return OfferDates(moved, min(today + timedelta(days=policy.clocks.offer_days), latest))


def known_pay_day(terms: PlannedTerms) -> PayDay:
    """Return the pay day of a kind that has one.

    Raises: ValueError for another kind.
    """
    if terms.pay_day is None:
        raise ValueError(f"no pay day: {terms.kind}")
    return terms.pay_day

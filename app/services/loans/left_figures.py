"""What is left of a signed plan that runs, loan by loan, as figures that another plan stands on.
Reads only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from app.domain.allocation import Components
from app.domain.calendar import beijing_date, midnight
from app.domain.keeping.account import Account
from app.domain.keeping.money_run import received_fen
from app.domain.keeping.remaining import LoanRemaining, NothingRemains, remaining
from app.domain.plan_changes import PlanChange
from app.domain.plan_terms import PlannedTerms
from app.domain.policy import PlanFacts, Policy
from app.services.loans.figures import Figures, Proposal


def left_of(account: Account, *, day: date) -> dict[str, LoanRemaining]:
    """Return the loans of a plan that runs of which something is left on a day, by 借据号.

    Raises: NothingRemains.
    Source: rules part 1, how a signed plan is kept: change.
    """
    found = {one.ref: one for one in remaining(account, day) if one.gross.total}
    if not any(one.left.total for one in found.values()):
        raise NothingRemains("all of it is paid")
    return found


def as_left(each: Iterable[Figures], *, day: date) -> tuple[Figures, ...]:
    """Return loans of one plan that runs as what is left of it on a day; those of which nothing is
    left are left out.

    Units:  fen.
    Raises: NothingRemains where no plan runs on them, or nothing of it is left.
    Source: rules part 1, how a signed plan is kept: change.
    """
    found = tuple(each)
    account = _account(found)
    left = left_of(account, day=day)
    return tuple(
        replace(
            one,
            owed=left[one.loan.ref].owed(day, account.ceiling_ppm),
            promised=left[one.loan.ref].waived,
        )
        for one in found
        if one.loan.ref in left
    )


def left_now(terms: PlannedTerms, each: Sequence[Figures]) -> dict[str, tuple[Components, int]]:
    """Return what terms in the place of a signed plan would stand on by what is known today, by the
    loan's public id: net by component, and in all; money that came after their start is taken off
    the first of them.

    Units:  fen.
    Source: rules part 1, how a signed plan is kept: change.
    """
    try:
        account = _account(each)
        found = {one.loan.public_id: one.owed for one in as_left(each, day=terms.start_on)}
    except NothingRemains:
        return {one.public_id: (Components(), 0) for one in terms.loans}
    since = received_fen(account.money, date.max) - received_fen(account.money, terms.start_on)
    now = {key: (owed.net, owed.payoff_fen) for key, owed in found.items()}
    first = terms.loans[0].public_id
    net, payoff = now.get(first, (Components(), 0))
    return now | {first: (net, max(0, payoff - since))}


def facts_left(facts: PlanFacts, figures: Figures, *, policy: Policy, today: date) -> PlanFacts:
    """Return what is known of a loan when a plan in the place of the one that runs on it is judged:
    that one and what is asked in its place are no other plans of the borrower, and the file, whose
    book it left, says nothing of it.

    Source: rules part 1, how a signed plan is kept: change; default policy, approved at once.
    """
    running, change = figures.running, figures.change
    if running is None:
        return facts
    until = kept_until(figures, change) if change else None
    since = midnight(today - timedelta(days=policy.plans.broken_plan_days))
    mine = (one.version for one in (running, change) if one is not None)
    counted = (one for one in mine if one.submitted_at and one.submitted_at >= since)
    planned = sum(sum(one.terms["planned"].values()) for one in counted)
    is_settlement = running.version.kind == "settlement"
    return replace(
        facts,
        has_open_plan=False,
        other_planned_fen=max(0, facts.other_planned_fen - planned),
        discrepancy=False,
        over_ceiling=False,
        hold_ended_lately=False,
        offer_over=until is not None and until < today,
        changes=PlanChange(running.plan.replaces_id is not None, is_settlement),
    )


def kept_until(figures: Figures, proposal: Proposal) -> date | None:
    """Return the last day of the latest offer that was made in a proposal's plan; None without one.

    Source: product, states: a change keeps valid_until.
    """
    ends = [
        beijing_date(one.version.valid_until_at)
        for one in figures.proposals
        if one.plan.id == proposal.plan.id and one.version.valid_until_at
    ]
    return max(ends, default=None)


def _account(each: Sequence[Figures]) -> Account:
    running = next((one.running for one in each if one.running), None)
    if running is None or running.stands is None:
        raise NothingRemains("no plan runs")
    return running.stands.account

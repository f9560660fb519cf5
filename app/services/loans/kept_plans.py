"""A plan on its loan's pages: signed it is the loan's book, proposed it says what comes next. Pure;
no payment is known yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.domain.calendar import beijing_date
from app.domain.plan import PlanInstalment
from app.domain.plan_terms import PlannedTerms, moved_of, read_terms
from app.models import Plan, PlanVersion
from app.services.loans.figures import Proposal


@dataclass(frozen=True)
class KeptPlan:
    """A signed plan on a day; on a loan's pages `terms` are that loan's share of the `whole`.

    Units: fen.
    """

    version_public_id: str
    number: str
    agreement: str
    signed_on: date
    terms: PlannedTerms
    whole: PlannedTerms
    today: date

    @property
    def is_shared(self) -> bool:
        """Whether it covers several loans."""
        return len(self.whole.loans) > 1

    @property
    def together(self) -> "KeptPlan":
        """Return the plan over all its loans: one payment settles an instalment of them all."""
        return replace(self, terms=self.whole)

    @property
    def payments(self) -> tuple[PlanInstalment, ...]:
        """Return every payment in the order they fall due; number 0 is the first payment."""
        return self.terms.payments

    @property
    def past(self) -> tuple[PlanInstalment, ...]:
        """Return the payments whose day has passed."""
        # Fallen due and not "missed": which of them were paid nobody knows before there is a ledger
        # (ADR 0024).
        return tuple(one for one in self.payments if one.due_on < self.today)

    @property
    def due_today_fen(self) -> int:
        """Return what falls due on the day itself, in fen."""
        return sum(one.amount_fen for one in self.payments if one.due_on == self.today)

    @property
    def due_fen(self) -> int:
        """Return what fell due up to and with the day, in fen."""
        return sum(one.amount_fen for one in self.past) + self.due_today_fen

    @property
    def next(self) -> PlanInstalment | None:
        """Return the payment of the day or the first one after it; None once the last day has
        passed.
        """
        return next((one for one in self.payments if one.due_on >= self.today), None)


@dataclass(frozen=True)
class OpenPlan:
    """A plan that is proposed or offered and not signed: what it would bring, on a day. Nothing is
    due before the signature, and what the contract asks for rests. `terms` are a loan's share of
    the `whole`.
    """

    terms: PlannedTerms
    whole: PlannedTerms
    today: date

    @property
    def is_shared(self) -> bool:
        """Whether it covers several loans."""
        return len(self.whole.loans) > 1

    @property
    def together(self) -> "OpenPlan":
        """Return the plan over all its loans."""
        return replace(self, terms=self.whole)

    @property
    def next(self) -> PlanInstalment | None:
        """Return its payment of the day or the first one after it."""
        return next((one for one in self.terms.payments if one.due_on >= self.today), None)


def open_plan(negotiation: Proposal | None, *, loan: str, today: date) -> OpenPlan | None:
    """Return the plan that waits for an answer or a signature on a loan (a public id): that loan's
    share, as its own page shows it.

    Source: default policy, hold on collection.
    """
    if negotiation is None or not negotiation.is_open:
        return None
    version = negotiation.version
    # only terms that were laid out say what falls due
    if not {"loans", "instalments"} & version.terms.keys():
        return None
    whole = read_terms(version.terms, moved=moved_of(version))
    return OpenPlan(whole.share_of(loan), whole, today)


def kept_plan(proposals: Iterable[Proposal], *, loan: str, today: date) -> KeptPlan | None:
    """Return the plan that was signed and runs on a loan (a public id), if any: that loan's share.

    Source: rules part 1: from signature our plan is the book of that loan.
    """
    for one in proposals:
        if one.is_kept and one.signed_at is not None and one.agreement is not None:
            kept = kept_since(
                one.version, one.plan, agreement=one.agreement, signed_at=one.signed_at, today=today
            )
            return replace(kept, terms=kept.whole.share_of(loan))
    return None


def kept_since(
    version: PlanVersion, plan: Plan, *, agreement: str, signed_at: datetime, today: date
) -> KeptPlan:
    """Return a signed version over all its loans as it stands on a day, with the first payment due
    some days after the signature.
    """
    # The first payment is due days after the signature (ADR 0008).
    signed_on = beijing_date(signed_at)
    terms = read_terms(version.terms, moved=moved_of(version), signed_on=signed_on)
    return KeptPlan(version.public_id, plan.number, agreement, signed_on, terms, terms, today)

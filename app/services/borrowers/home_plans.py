"""The plans on a borrower's home page: each once, with all the loans it covers. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.services.certificates.queries import CertificateNote
from app.services.loans.kept_plans import KeptPlan, OpenPlan
from app.services.loans.queries import LoanView, NextDue, PlanNote, coming_of


@dataclass(frozen=True)
class HomePlan:
    """One plan with what is told of it, and its loans, longest overdue first.

    Figures are the whole plan's: one payment settles an instalment of all its loans.
    """

    note: PlanNote
    loans: tuple[LoanView, ...]
    kept: KeptPlan | None
    opened: OpenPlan | None

    @property
    def is_shared(self) -> bool:
        """Whether it covers several loans."""
        return len(self.loans) > 1

    @property
    def change(self) -> PlanNote | None:
        """Return what is asked or offered in its place, if anything."""
        return next((one.change for one in self.loans if one.change), None)

    @property
    def is_late(self) -> bool:
        """Whether something is left of a payment whose day has passed."""
        return self.kept is not None and self.kept.is_late

    @property
    def coming(self) -> NextDue | None:
        """Return what falls due next by the plan that is kept or open."""
        return coming_of(self.kept, self.opened)

    def has(self, loan: LoanView | None) -> bool:
        """Whether this is the plan that is told of a loan."""
        return bool(loan and loan.plan and loan.plan.public_id == self.note.public_id)


def plans_on(loans: Iterable[LoanView]) -> tuple[HomePlan, ...]:
    """Return each plan that is told of the loans of a borrower once, in the order of the loans."""
    every = tuple(loans)
    by_id = {one.public_id: one for one in every}
    found: dict[str, HomePlan] = {}
    for one in every:
        if one.plan is None or one.plan.public_id in found:
            continue
        covered = tuple(by_id[loan] for loan in one.plan.loans if loan in by_id) or (one,)
        kept, opened = one.kept, one.opened
        found[one.plan.public_id] = HomePlan(
            one.plan, covered, kept and kept.together, opened and opened.together
        )
    return tuple(found.values())


@dataclass(frozen=True)
class CertifiedPlan:
    """A plan kept to its end with its certificate, and its loans, longest overdue first."""

    certificate: CertificateNote
    agreement: str
    loans: tuple[LoanView, ...]


def certified_plans(
    loans: Iterable[LoanView], certificates: Mapping[int, CertificateNote]
) -> tuple[CertifiedPlan, ...]:
    """Return each plan of the loans that is certified once, in the order of the loans."""
    found: dict[int, CertifiedPlan] = {}
    for one in loans:
        if one.done is None or one.done.id not in certificates:
            continue
        before = found[one.done.id].loans if one.done.id in found else ()
        certificate = certificates[one.done.id]
        found[one.done.id] = CertifiedPlan(certificate, one.done.agreement, (*before, one))
    return tuple(found.values())

"""A plan on its loan's pages: signed it is the loan's book, proposed it says what comes next.
Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from app.domain.allocation import Components
from app.domain.calendar import beijing_date
from app.domain.keeping.account import PlanKept
from app.domain.keeping.by_number import KeptPart, by_number
from app.domain.keeping.standing import InstalmentStanding, PlanStanding
from app.domain.keeping.workdays import WorkCalendar
from app.domain.plan import PlanInstalment, summed
from app.domain.plan_terms import PlannedTerms, moved_of, read_terms
from app.domain.references import reference_of
from app.services.keeping.accounts import KeptStanding, SignedPlan
from app.services.loans.figures import Proposal
from app.services.loans.received import ReceivedMoney, received


@dataclass(frozen=True)
class KeptPlan:
    """A signed plan on a day; on a loan's pages `terms` are that loan's share of the `whole`, and
    `refs` its 借据号 alone.

    Units: fen. `stands` is the whole plan's.
    """

    version_public_id: str
    number: str
    agreement: str
    signed_on: date
    terms: PlannedTerms
    whole: PlannedTerms
    today: date
    stands: PlanStanding
    refs: frozenset[str]
    all_refs: frozenset[str]
    received: tuple[ReceivedMoney, ...] = ()
    # The last day of the cure where a notice that counts is received today, as whoever reads does.
    cure_from_today: date | None = None

    @property
    def is_shared(self) -> bool:
        """Whether it covers several loans."""
        return len(self.whole.loans) > 1

    @property
    def together(self) -> "KeptPlan":
        """Return the plan over all its loans: one payment settles an instalment of them all."""
        return replace(self, terms=self.whole, refs=self.all_refs)

    @property
    def reference(self) -> str:
        """Return what is written beside a transfer: its number with a check digit."""
        return reference_of(self.number)

    @cached_property
    def payments(self) -> tuple[KeptPart, ...]:
        """Return every payment in the order they fall due; of a catch-up what the contract asks
        beside it is not among them.
        """
        return by_number(self._mine)

    @property
    def paid(self) -> tuple[KeptPart, ...]:
        """Return the payments of which nothing is left."""
        return tuple(one for one in self.payments if not one.left_fen)

    @property
    def due(self) -> tuple[KeptPart, ...]:
        """Return the payments whose day has come and of which something is left."""
        return tuple(one for one in self.payments if one.due_on <= self.today and one.left_fen)

    @property
    def missed(self) -> tuple[KeptPart, ...]:
        """Return the payments that are open after their grace."""
        return tuple(one for one in self.payments if one.state == "missed")

    @property
    def missed_fen(self) -> int:
        """Return the sum that mends the plan, in fen: all that is open after its grace."""
        return sum(one.left_fen for one in self._mine if one.state == "missed")

    @property
    def cure_until(self) -> date | None:
        """Return the last day on which what was missed mends the plan; None without a notice."""
        return self.cure_from_today if self.is_unread else self.stands.cure_until

    @property
    def is_unread(self) -> bool:
        """Whether a notice counts whose days have not begun: nobody knows yet that it was
        received.
        """
        return self.stands.notice_on is not None and self.stands.cure_until is None

    @property
    def past(self) -> Components:
        """Return what is left of payments whose day has passed, by component, in fen."""
        days = (one.open for one in self._mine if one.due_on < self.today)
        return summed(days)

    @property
    def due_today_fen(self) -> int:
        """Return what is left of what falls due on the day itself, in fen."""
        return sum(one.left_fen for one in self._mine if one.due_on == self.today)

    @property
    def due_fen(self) -> int:
        """Return what is left of what fell due up to and with the day, in fen."""
        return self.past.total + self.due_today_fen

    @property
    def left_fen(self) -> int:
        """Return all that is left of it, in fen, and what the contract asks now beside it."""
        mine = (one for one in self._mine if not one.is_regular or one.due_on <= self.today)
        return sum(one.left_fen for one in mine)

    @property
    def next(self) -> KeptPart | None:
        """Return the first payment of which something is left, also where its day has passed."""
        return next((one for one in self.payments if one.left_fen), None)

    @property
    def asked_fen(self) -> int:
        """Return what to pay next, in fen: all whose day has come, else what is left on the next
        day, what the contract asks beside a catch-up with it.
        """
        return sum(one.left_fen for one in self._asked)

    @property
    def asked_on(self) -> date | None:
        """Return the day of what is paid next: the earliest that is open."""
        return min((one.due_on for one in self._asked), default=None)

    @property
    def asked_part(self) -> KeptPart | None:
        """Return the plan's own payment of that day; None where the contract alone asks on it."""
        return self.next if self.next and self.next.due_on == self.asked_on else None

    @property
    def regular_fen(self) -> int:
        """Return what of that the contract asks beside a catch-up, in fen."""
        return sum(one.left_fen for one in self._asked if one.is_regular)

    @property
    def _asked(self) -> list[InstalmentStanding]:
        left = [one for one in self._mine if one.left_fen]
        due = [one for one in left if one.due_on <= self.today]
        next_on = min((one.due_on for one in left), default=None)
        return due or [one for one in left if one.due_on == next_on]

    @property
    def help_ends(self) -> KeptPart | None:
        """Return the first payment that is no longer lower or put off, while it lies ahead."""
        number = self.whole.help_ends_with
        coming = (one for one in self.payments if one.number == number)
        return next((one for one in coming if one.due_on > self.today and one.left_fen), None)

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left."""
        return self.stands.state == "completed"

    @property
    def is_late(self) -> bool:
        """Whether something is left of a payment whose day has passed."""
        return self.past.total > 0

    @cached_property
    def _mine(self) -> tuple[InstalmentStanding, ...]:
        return tuple(one for one in self.stands.instalments if one.ref in self.refs)


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
        if one.is_kept and one.stands and one.signed_at is not None and one.agreement is not None:
            signed = SignedPlan(one.plan, one.version, one.signed_at)
            kept = kept_since(signed, one.stands, agreement=one.agreement, today=today)
            refs = frozenset({one.stands.refs[loan]})
            return replace(kept, terms=kept.whole.share_of(loan), refs=refs)
    return None


def kept_since(
    signed: SignedPlan, stands: KeptStanding, *, agreement: str, today: date
) -> KeptPlan:
    """Return a signed version over all its loans as it stands on a day, with the first payment due
    some days after the signature.
    """
    # The first payment is due days after the signature (ADR 0008).
    signed_on = beijing_date(signed.signed_at)
    version, refs = signed.version, frozenset(stands.refs.values())
    terms = read_terms(version.terms, moved=moved_of(version), signed_on=signed_on)
    return KeptPlan(
        version.public_id,
        signed.plan.number,
        agreement,
        signed_on,
        terms,
        terms,
        today,
        stands.standing,
        refs,
        refs,
        received(stands.money, stands.standing.payments, until=today),
        _cure_from(stands.account.plan, today),
    )


def _cure_from(plan: PlanKept, day: date) -> date:
    calendar = WorkCalendar(plan.holidays, plan.workdays)
    return calendar.moved(day + timedelta(days=plan.cure_days))

"""What a batch of lines asks about, and what is known of it: plans, loans, people, accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

# What an open plan or loan asks for at this moment: what is due, the next instalment alone, all
# that is left.
Ask = Literal["due", "next", "payoff"]
LoanState = Literal["open", "settled", "sold", "recalled", "missing"]


class Destination(NamedTuple):
    """What money is laid on: a plan by its number, or a loan by its 借据号."""

    kind: Literal["plan", "loan"]
    ref: str


@dataclass(frozen=True, slots=True)
class PlanFound:
    """A plan, whose it is, its state and what it asks for while it runs. Units: fen."""

    number: str
    borrower: str
    name: str
    state: str
    loans: tuple[str, ...]
    asks: Mapping[Ask, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoanFound:
    """A loan, whose it is, the running plan on it, and what it asks for where none runs. Units:
    fen.
    """

    ref: str
    borrower: str
    name: str
    state: LoanState
    plan: str | None = None
    asks: Mapping[Ask, int] = field(default_factory=dict)


class SeenBefore(NamedTuple):
    """Whose money came from an account earlier, as a person or a rule matched it and as it still
    stands: who paid, as name_key makes it, and for whom.
    """

    payer: str
    borrower: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything a batch of lines asks about. Names are as `name_key` makes them."""

    plans: frozenset[str] = frozenset()
    # By 借据号 and by 合同编号 alike.
    loans: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    tails: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of that: also the loans of each plan found, the running plans on each loan
    found, and everything that each borrower found by any way holds.
    """

    plans: Mapping[str, PlanFound] = field(default_factory=dict)
    loans: Mapping[str, LoanFound] = field(default_factory=dict)
    # 借据号 by 合同编号.
    contracts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Borrowers by name: all of that name, with and without anything open.
    people: Mapping[str, Sequence[str]] = field(default_factory=dict)
    accounts: Mapping[str, Sequence[SeenBefore]] = field(default_factory=dict)
    # By borrower: running plans, and open loans on which none runs.
    holds: Mapping[str, Sequence[Destination]] = field(default_factory=dict)

    def of(self, destination: Destination) -> "PlanFound | LoanFound":
        """Return the plan or loan that money may be laid on.

        Raises: KeyError for one that was not found.
        """
        found = self.plans if destination.kind == "plan" else self.loans
        return found[destination.ref]


class Directory(Protocol):
    """Where plans, loans, people and accounts are looked up: all that a batch asks about at once,
    nothing a line.
    """

    def find(self, wanted: Wanted) -> Findings:
        """Return what is known of everything asked about; what is unknown is left out."""

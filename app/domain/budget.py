"""A month of a household as its borrower tells it: who lives on it, what comes in, what must go
out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

# From this number on the answer is "so many or more".
MOST_PEOPLE = 6
INCOMES = ("own", "partner", "benefits", "other")
SPENDING = ("food", "housing", "utilities", "children", "medicine", "transport", "other")
# Told as one sum, not by groups: as it was asked before, and as it may be told on the phone.
SUM = "sum"


@dataclass(frozen=True)
class Budget:
    """What was told of a month; None where a question is still open.

    `people` live on it, the borrower among them. `debts_fen` goes to other lenders. `regular` are
    the instalments here of the loans that are not planned, by 借据号, as they stood when debts were
    told.
    Units: fen a month.
    """

    people: int | None = None
    incomes: Mapping[str, int] | None = None
    spending: Mapping[str, int] | None = None
    debts_fen: int | None = None
    regular: Mapping[str, int] | None = None

    @classmethod
    def of_sums(cls, income_fen: int, essential_fen: int) -> "Budget":
        """Return what was told as two sums; all debts are in the spending.

        Units: fen a month.
        """
        return cls(
            incomes={SUM: income_fen}, spending={SUM: essential_fen}, debts_fen=0, regular={}
        )

    @property
    def income_fen(self) -> int | None:
        """Return all that comes in, in fen."""
        return None if self.incomes is None else sum(self.incomes.values())

    @property
    def regular_fen(self) -> int:
        """Return the instalments of the loans beside the plan, in fen."""
        return sum((self.regular or {}).values())

    @property
    def essential_fen(self) -> int | None:
        """Return all that must go out, in fen: essential spending, other debts, and the instalments
        of the loans beside the plan.

        Source: rules part 1, which loans: they count as spending.
        """
        if self.spending is None or self.debts_fen is None:
            return None
        return sum(self.spending.values()) + self.debts_fen + self.regular_fen

    @property
    def surplus_fen(self) -> int | None:
        """Return what is left, in fen; below zero where more must go out. None until all of it was
        told: a guess at what is missing would decide about a plan.
        """
        if self.income_fen is None or self.essential_fen is None:
            return None
        return self.income_fen - self.essential_fen

    def with_part(self, part: "Budget") -> "Budget":
        """Return it with the parts that were just told."""
        told = {name: value for name, value in vars(part).items() if value is not None}
        return replace(self, **told)

    def check(self) -> None:
        """Pass what a form can let through.

        Raises: ValueError.
        """
        people = self.people if self.people is not None else 1
        sums = [*(self.incomes or {}).values(), *(self.spending or {}).values()]
        sums += [self.debts_fen or 0, *(self.regular or {}).values()]
        is_known = {*(self.incomes or ())} <= {*INCOMES, SUM}
        is_known = is_known and {*(self.spending or ())} <= {*SPENDING, SUM}
        if not (1 <= people <= MOST_PEOPLE and is_known and min(sums) >= 0):
            raise ValueError("a budget no form lets through")

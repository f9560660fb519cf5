"""Why the file of a day says otherwise of a loan than the ledger, rule by rule. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from app.domain.allocation import Components
from app.domain.keeping.account import Account
from app.domain.keeping.breaking import without_plan

COMPONENTS = ("principal", "interest", "penalty", "fee")
# The file rounds an instalment's penalty once, we once more at the plan's start.
ROUNDED_FEN = 2
ON_ITS_WAY, ROUNDING = "on_its_way", "rounding"


class Explained(NamedTuple):
    """One component of a loan by ledger and file, what rules explain of the difference, and what is
    open. Units: fen.
    """

    component: str
    ledger_fen: int
    file_fen: int
    rules: Mapping[str, int]
    open_fen: int


def explained(
    account: Account, day: date, ledger: Mapping[str, Components], file: Mapping[str, Components]
) -> Mapping[str, tuple[Explained, ...]]:
    """Return for each loan of the file in which components it differs from the ledger: what the
    contract would ask by the money that the core knew of, less by the money on its way to it, less
    what the plan asks, is the rule's part; what the file says beyond that contract is open.

    Units:  fen; by 借据号.
    Source: rules part 1, the ledger; the nightly file follows part 1.
    """
    known = tuple(one for one in account.money if one.arrived_on <= day)
    core = without_plan(replace(account, money=known), day)
    every = without_plan(account, day)
    if core is None or every is None:
        return {}
    found = {}
    for ref, told in file.items():
        mine = ledger.get(ref, Components())
        found[ref] = tuple(_differing(mine, told, core[ref], every[ref]))
    return found


def _differing(
    ledger: Components, file: Components, core: Components, every: Components
) -> list[Explained]:
    found = []
    for name in COMPONENTS:
        ours, theirs, by_core, by_all = (
            getattr(one, f"{name}_fen") for one in (ledger, file, core, every)
        )
        if ours == theirs:
            continue
        rules = {ON_ITS_WAY: by_core - by_all, f"plan_{name}": by_all - ours}
        left = theirs - by_core
        if 0 < abs(left) <= ROUNDED_FEN and name == "penalty":
            rules[ROUNDING], left = left, 0
        rules = {rule: fen for rule, fen in rules.items() if fen}
        found.append(Explained(name, ours, theirs, rules, left))
    return found

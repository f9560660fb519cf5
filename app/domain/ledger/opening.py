"""The journal a signature opens a plan's books with: what each loan owes, gross, by component."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from app.domain.arrears import less_excess
from app.domain.keeping.account import Account, LoanKept
from app.domain.keeping.ground import KeptGround
from app.domain.ledger.entries import Cause, EntryDraft, JournalDraft
from app.domain.ledger.recording import opened_lines

OPENED = ("fee", "penalty", "interest", "principal")


def opening(ground: KeptGround) -> JournalDraft:
    """Return the opening journal: the parts of a plan but the interest that is still to run, and
    beside the instalments what is waived once the plan is kept; what is above the ceiling comes in
    and off again as lines of its own. What a plan took over from the one it took the place of comes
    from there.

    Units:  fen.
    Source: rules part 1, the ledger; how a signed plan is kept: change.
    """
    plan = ground.account.plan
    opened = opened_lines(ground)
    found: list[EntryDraft] = []
    for loan, kept in enumerate(plan.loans):
        mine = [
            EntryDraft("receivable", line.fen, kept.ref, line.component, line.number)
            for place, line in enumerate(ground.lines)
            if line.loan == loan and place in opened and line.fen
        ]
        found += [*mine, *_beside(ground.account, kept, mine)]
    return JournalDraft("opening", plan.signed_on, Cause("opening", plan.number), tuple(found))


def _beside(account: Account, kept: LoanKept, parts: list[EntryDraft]) -> Iterator[EntryDraft]:
    gross: Counter[str] = Counter()
    for part in parts:
        gross[str(part.component)] += part.fen
    for waiver in kept.waivers:
        gross[waiver.component] += waiver.fen
        if waiver.fen:
            yield EntryDraft("receivable", waiver.fen, kept.ref, waiver.component)
    # The excess went off when the first of several agreements was signed.
    for component, fen in ({} if account.earlier else excess_of(kept)).items():
        gross[component] += fen
        yield EntryDraft("receivable", fen, kept.ref, component)
        yield EntryDraft("receivable", -fen, kept.ref, component)
        yield EntryDraft("excess", fen, kept.ref, component)
    for component, fen in taken_over(account, kept.ref).items():
        gross[component] -= fen
        yield EntryDraft("carried", -fen, kept.ref, component)
    for component, fen in gross.items():
        if fen:
            yield EntryDraft("opening", -fen, kept.ref, component)


def taken_over(account: Account, ref: str) -> dict[str, int]:
    """Return what of a loan went over from the plan before, waivers promised among it, by
    component, in fen.
    """
    taken = account.earlier.taken if account.earlier else ()
    sums = (zip(OPENED, one.left, one.waived, strict=True) for one in taken if one.ref == ref)
    return {name: fen + more for each in sums for name, fen, more in each if fen + more}


def excess_of(kept: LoanKept) -> dict[str, int]:
    """Return what is above the ceiling and not asked, by component, in fen.

    Source: M-01.
    """
    if kept.contract is None:
        return {}
    gross = kept.contract.gross
    net = less_excess(gross, kept.contract.excess_fen)
    off = (was - now for was, now in zip(gross, net, strict=True))
    return {name: fen for name, fen in zip(OPENED, off, strict=True) if fen}


def value_day(signed_on: date, day: date) -> date:
    """Return the day on which something counts: what came before the signature is money ahead, and
    laid with it.

    Source: rules part 1, how a signed plan is kept: credit.
    """
    return max(signed_on, day)

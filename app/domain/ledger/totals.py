"""What a signed plan comes to by its ledger, to be held against what its agreement prints."""

from datetime import date

from app.domain.keeping.account import Account
from app.domain.keeping.missing import walked
from app.domain.ledger.recording import RecordedRun


def comes_to(account: Account, as_of: date, *, opened_fen: int, interest_fen: int) -> int:
    """Return opening less what is promised to be waived, plus plan interest posted, saved and still
    to come: the sum of all that the agreement prints, where the ledger is right.

    Units:  fen; opened_fen is what the opening brought on receivables, interest_fen what was posted
            on them since for the plan's own running.
    Source: rules part 1, the ledger.
    """
    run = RecordedRun.of(walked(account, as_of, RecordedRun))
    waived = sum(one.fen for kept in account.plan.loans for one in kept.waivers)
    posted = run.posted_fen()
    unposted = sum(
        line.fen - posted[place]
        for place, line in enumerate(run.ground.lines)
        if not line.is_regular and place not in run.opened
    )
    return opened_fen - waived + interest_fen + unposted

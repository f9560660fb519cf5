"""What of all that a plan asks its ledger does not hold: what is never charged, and what is still
to come.
"""

from typing import NamedTuple

from app.domain.keeping.missing import Walked
from app.domain.ledger.recording import opened_lines, posted_of


class Unposted(NamedTuple):
    """What a plan's journals leave out of its instalments.

    Units: fen; `saved` is interest that is never charged, `coming` what falls due later.
    """

    saved_fen: int
    coming_fen: int


def unposted(found: Walked) -> Unposted:
    """Return what of a plan's instalments is posted neither at the signature nor since, by the very
    run that tells where it stands; of a broken plan as it was on the day of the break.

    Units:  fen; what a contract asks beside the plan is in neither.
    Source: rules part 1, the ledger; ADR 0079.
    """
    run, ground = found.run, found.ground
    posted = posted_of(run, opened_lines(ground))
    mine = [place for place, line in enumerate(ground.lines) if not line.is_regular]
    return Unposted(
        saved_fen=sum(ground.lines[place].fen - run.charged[place] for place in mine),
        coming_fen=sum(run.charged[place] - posted[place] for place in mine),
    )

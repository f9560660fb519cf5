"""Counter-offers the way staff make them: shown first, then written; released by others."""

from itertools import count

from sqlalchemy import select

from app.domain.allocation import Components
from app.models import Borrower, Loan, LoanSnapshot, Plan, PlanVersion
from app.services.core.context import Actor
from app.services.core.transaction import transaction
from app.services.counters.releasing import release_counter
from app.services.counters.wishes import CounterWish
from app.services.counters.writing import CounterText, rehearse_counter, write_counter
from app.services.recalls.recalling import recall_version, rehearse_recall
from app.services.upkeep.invariants import check_invariants
from tests.support.acting import acting
from tests.support.clock import NOW

_keys = count(1)
TEXT = CounterText("每月少一些，您看看合不合适。", "本人收入降了，这样稳得住。")


def at_desk(vault, site, staff, *, now=NOW):
    """Someone of the staff at work."""
    actor = Actor(staff.author, "127.0.0.1")
    return acting(now=now, actor=actor, vault=vault, site=site, staff=staff)


def wish(**values) -> CounterWish:
    """Ten instalments at the contract's rate, all the penalty waived."""
    given = {"kind": "reamortise", "periods": 10, "pay_day": 10, "waived": Components(0, 33_29)}
    return CounterWish(**(given | values))


def shown(session, vault, site, version, staff, *, text=TEXT, now=NOW, **values):
    """What a counter-offer would bring its borrower."""
    return rehearse_counter(
        session,
        at_desk(vault, site, staff, now=now),
        version_public_id=version,
        wish=wish(**values),
        text=text,
    )


def counter(session, vault, site, version, staff, *, text=TEXT, now=NOW, key="", **values) -> str:
    """Shown and written; the public id of the new version."""
    context = at_desk(vault, site, staff, now=now)
    seen = shown(session, vault, site, version, staff, text=text, now=now, **values)
    return write_counter(
        session,
        context,
        version_public_id=version,
        wish=wish(**values),
        text=text,
        shown_sha256=seen.sha256,
        request_key=key or f"counter-{next(_keys)}",
    )


def release(session, vault, site, version, staff, *, now=NOW) -> bool:
    """Released as it was read."""
    return release_counter(
        session,
        at_desk(vault, site, staff, now=now),
        version_public_id=version.public_id,
        shown_sha256=version.terms_sha256,
    )


def recall(
    session, vault, site, version, staff, *, words="数字要重新核对，抱歉。", now=NOW
) -> None:
    """Recalled as it was shown; what was recalled before is shown no more."""
    context, mine = at_desk(vault, site, staff, now=now), {"version_public_id": version}
    gone = version_of(session, version).state == "recalled"
    session.rollback()
    seen = "" if gone else rehearse_recall(session, context, words=words, **mine).sha256
    recall_version(session, context, words=words, shown_sha256=seen, **mine)


def file_says(session, loan, *, fee_fen=None, paid=None) -> None:
    """Another file of the same day has other figures of a loan."""
    with transaction(session):
        row = session.get_one(Loan, loan.id)
        mine = LoanSnapshot.loan_id == loan.id, LoanSnapshot.as_of_on == row.as_of_on
        snapshot = session.scalars(select(LoanSnapshot).where(*mine)).one()
        snapshot.fee_fen = snapshot.fee_fen if fee_fen is None else fee_fen
        row.paid = row.paid if paid is None else paid


def broken(session, vault=None, *, gateways=None) -> set[str]:
    """Every promise that does not hold; `gateways` where something was signed, for its file."""
    gateways = gateways or acting(vault=vault).gateways
    _checked, found = check_invariants(session, gateways=gateways)
    return {f"{one.invariant} {one.what}" for one in found}


def sound(database, vault=None, *, gateways=None) -> None:
    """Every promise holds on what all rounds of a race left: each has a plan of its own."""
    with database.sessions() as session:
        assert broken(session, vault, gateways=gateways) == set()


def version_of(session, public_id) -> PlanVersion:
    """A stored version, read anew."""
    found = select(PlanVersion).where(PlanVersion.public_id == public_id)
    return session.scalars(found, execution_options={"populate_existing": True}).one()


def owner_of(session, version) -> Borrower:
    """The borrower of a version."""
    mine = (
        select(Borrower)
        .join(Plan, Plan.borrower_id == Borrower.id)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
    )
    return session.scalars(mine.where(PlanVersion.public_id == version)).one()

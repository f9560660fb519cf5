"""Signed plans of every kind, also with money that came, was reversed or undone."""

from datetime import date, datetime
from typing import NamedTuple

from app.domain.calendar import midnight
from app.models import Agreement, PlanNotice
from tests.factories import make_agreement
from tests.support.kinds import KINDS, signed_of
from tests.support.money import covered, paid, plan_of, taken_back, undone
from tests.support.several import proposed_over, three_loans

# What has money is looked at on a day on which the broken one is.
AFTER: datetime = midnight(date(2027, 2, 1))


class Kept(NamedTuple):
    """Plans with money, by what became of them; what came for each in all, in fen."""

    agreements: dict[str, Agreement]
    received: dict[str, int]


def with_money(session, vault, site) -> Kept:
    """A plan of every kind and one over three loans, each with money of all sorts; one that is paid
    in all, one paid off early and more, one that broke.
    """
    found = {kind: signed_of(session, vault, site, kind)[0] for kind in KINDS}
    borrower, loans = three_loans(session, vault)
    found["three"] = make_agreement(session, proposed_over(session, vault, site, borrower, loans))
    # What a catch-up asks is little: more would be all of it.
    received = {
        name: _of_all_sorts(session, one.number, 5_000 if name == "catch_up" else 123_456)
        for name, one in found.items()
    }
    for name in ("early", "broken", "nothing"):
        found[name] = signed_of(session, vault, site, "reamortise")[0]
    received |= {"early": 5_000_000, "broken": 7_000, "nothing": 0}
    paid(session, found["early"].number, fen=5_000_000, on=date(2026, 12, 20))
    paid(session, found["broken"].number, fen=7_000, on=date(2026, 11, 25))
    covered(session, date(2027, 1, 31))
    broken = plan_of(session, found["broken"].number)
    for kind, day in (("notice", date(2026, 12, 16)), ("break", date(2027, 1, 6))):
        notice = PlanNotice(plan_id=broken.id, kind=kind, sent_on=day, at=midnight(day), told={})
        notice.received_on, notice.received_by = day, "read"
        session.add(notice)
    broken.state = "broken"
    plan_of(session, found["early"].number).state = "completed"
    session.commit()
    return Kept(found, received)


def _of_all_sorts(session, number: str, last: int) -> int:
    """Money that stays, some that is reversed by its channel, some laid on the wrong plan."""
    paid(session, number, fen=30_001, on=date(2026, 11, 24))
    back = paid(session, number, fen=20_000, on=date(2026, 11, 30))
    taken_back(session, back, number, on=date(2026, 12, 4))
    wrong = paid(session, number, fen=11_111, on=date(2026, 12, 7))
    undone(session, wrong, at=midnight(date(2026, 12, 9)))
    paid(session, number, fen=last, on=date(2026, 12, 14))
    return 30_001 + last

"""Files taken in, and the staff who decide about them."""

from app.services.core.context import StaffMember
from tests.services.nightly.conftest import NOW, count, loan, take_in
from tests.support.acting import acting

__all__ = ["by", "count", "loan", "take_in"]


def by(name, *, roles=("supervisor",), now=NOW, **more):
    """The context of a member of staff, who is the person of that name."""
    return acting(now=now, staff=StaffMember(1, name, f"person-{name}", frozenset(roles)), **more)

"""Who acts, from where, when and with which gateways: one value that every use case gets first."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from app.domain.calendar import beijing_date
from app.ports.gateways import Gateways
from app.ports.site import Site
from app.ports.vault import Vault


@dataclass(frozen=True)
class StaffMember:
    """One of the lender's staff at work: the account, the person behind it, the roles held now."""

    staff_id: int
    public_id: str
    person_id: str
    roles: frozenset[str]

    @property
    def author(self) -> str:
        """Return the name that messages and the audit trail know them by."""
        return f"staff:{self.public_id}"


@dataclass(frozen=True)
class Actor:
    """Who acts and from where: kind:id, e.g. borrower:…, staff:…, job:…; never a name or a
    number.
    """

    who: str
    from_where: str = "-"


@dataclass(frozen=True)
class Context:
    """The surroundings of one request, command or turn of a job; it goes first after the session.

    `now` is one instant (aware), so that everything in a use case agrees on it.
    """

    now: datetime
    actor: Actor
    gateways: Gateways
    site: Site
    member: StaffMember | None = None
    # Names the request, or the turn of a job, in the log and in what it causes.
    request_id: str = ""

    @property
    def today(self) -> date:
        """Return the day in Beijing."""
        return beijing_date(self.now)

    @property
    def vault(self) -> Vault:
        """Return the keeper of personal data."""
        return self.gateways.vault

    @property
    def staff(self) -> StaffMember:
        """Return the member of staff who acts.

        Raises: ValueError where nobody of the staff does (a caller's bug: the route lets none in).
        """
        if self.member is None:
            raise ValueError(f"{self.actor.who} is not staff")
        return self.member

    def by(self, actor: Actor) -> "Context":
        """Return the same surroundings with someone else acting: a job, or the policy itself."""
        return replace(self, actor=actor)

    def at(self, now: datetime) -> "Context":
        """Return the same surroundings at another instant."""
        return replace(self, now=now)

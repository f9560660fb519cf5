"""Staff check on the phone who is calling, in the words of the page."""

import json
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from app.models import OutboxItem
from app.services.core.context import StaffMember
from app.services.identity import changing, checking
from app.services.identity.queries import CallerView, caller_view
from tests.support.acting import acting
from tests.support.clock import NOW

# Of the borrower and the loan that the factories make.
RIGHT = {"id_last4": "0965", "birth_on": "19890114", "instalment": "585.27"}
WRONG = {"id_last4": "1234", "birth_on": "19900101", "instalment": "1.00"}
MINUTE = timedelta(minutes=1)


class Waiting(NamedTuple):
    """A message that was written and not handed over yet."""

    to: str
    text: str
    at: datetime
    purpose: str


def waiting(session, vault) -> list[Waiting]:
    """What waits to be sent, in the order it was written."""
    found = []
    for one in session.scalars(select(OutboxItem).order_by(OutboxItem.id)):
        sealed = one.payload_enc, one.idempotency_key
        said = json.loads(vault.unseal(sealed[0], table="outbox", row=sealed[1], column="payload"))
        found.append(Waiting(said["to"], said["text"], one.not_before_at, one.purpose))
    return found


class Phone:
    """One member of staff on the phone with who says to be a borrower."""

    def __init__(self, session, vault, site, borrower, who: StaffMember, now=NOW):
        self.session, self.vault, self.site = session, vault, site
        self.borrower, self.who, self.now = borrower, who, now
        self.check = ""

    def context(self):
        return acting(now=self.now, vault=self.vault, site=self.site, staff=self.who)

    def call(self, *, after: timedelta = MINUTE) -> "Phone":
        self.now += after
        self.check = checking.start_check(
            self.session, self.context(), borrower_public_id=self.borrower.public_id
        )
        return self

    def hear(self, item: str, heard: str) -> str:
        return checking.answer_item(
            self.session, self.context(), check_public_id=self.check, item=item, heard=heard
        )

    def right(self, item: str) -> str:
        return self.hear(item, RIGHT[item])

    def wrong(self, item: str) -> str:
        return self.hear(item, WRONG[item])

    def skip(self, item: str) -> None:
        checking.pass_over(self.session, self.context(), check_public_id=self.check, item=item)

    def leave(self) -> None:
        checking.leave_check(self.session, self.context(), check_public_id=self.check)

    def pass_check(self) -> "Phone":
        self.call()
        self.right("id_last4")
        self.right("birth_on")
        return self

    @property
    def view(self) -> CallerView:
        return caller_view(self.session, self.context(), borrower_public_id=self.borrower.public_id)


NEW = "19003747745"


def entered(phone: Phone, *, mobile: str = NEW, reason: str = "closed") -> str:
    """The public id of a change that was entered in a call whose caller passed."""
    if not phone.view.has_passed:
        phone.pass_check()
    return changing.enter_mobile(
        phone.session,
        phone.context(),
        borrower_public_id=phone.borrower.public_id,
        mobile=mobile,
        reason=reason,
    )


def confirmed(phone: Phone, by: StaffMember, *, mobile: str = NEW) -> str:
    """The public id of a change that a colleague confirmed."""
    change = entered(phone, mobile=mobile)
    context = acting(now=phone.now, vault=phone.vault, site=phone.site, staff=by)
    changing.confirm_mobile(phone.session, context, change_public_id=change)
    return change

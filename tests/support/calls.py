"""Steps of a random walk: a caller is checked, a mobile changed, objected to, decided."""

from sqlalchemy import select

from app.models import MobileChange
from app.services.identity.changing import confirm_mobile, drop_mobile, enter_mobile
from app.services.identity.checking import answer_item, leave_check, pass_over, start_check
from app.services.identity.objecting import decide_mobile, object_to_mobile
from app.services.identity.queries import caller_view
from tests.support import callers
from tests.support.acting import acting


class Calls:
    """What staff do on the phone, for a walk with dice, a clock, borrowers and staff."""

    def call(self, session):
        """Someone says to be a borrower: asked by whoever takes the call, right or wrong."""
        borrower, who = self.dice.choice(self.borrowers), self.dice.choice(self.staff)
        context = acting(now=self.now, staff=who, vault=self.vault, site=self.site)
        mine = {"borrower_public_id": borrower.public_id}
        check = start_check(session, context, **mine)
        for _ in range(self.dice.randint(1, 5)):
            item = caller_view(session, context, **mine).asked
            session.rollback()
            if item is None:
                break
            act = self.dice.choice(("right", "right", "right", "wrong", "skip"))
            if act == "skip":
                pass_over(session, context, check_public_id=check, item=item)
            else:
                heard = self._said(borrower, item) if act == "right" else callers.WRONG[item]
                answer_item(session, context, check_public_id=check, item=item, heard=heard)
        if caller_view(session, context, **mine).has_passed and self.dice.random() < 0.8:
            session.rollback()
            mobile = f"1900375{self.dice.randrange(10_000):04d}"
            enter_mobile(session, context, **mine, mobile=mobile, reason="lost")
        else:
            session.rollback()
            leave_check(session, context, check_public_id=check)

    def _said(self, borrower, item):
        number = self.vault.unseal(
            borrower.id_enc, table="borrowers", row=borrower.public_id, column="id"
        )
        return {"id_last4": number[-4:], "birth_on": number[6:14]}.get(item, "585.27")

    def change_mobile(self, session):
        """Confirmed, taken back, objected to or decided: by whoever, in whatever state it is."""
        found = session.scalars(select(MobileChange.public_id).order_by(MobileChange.id)).all()
        session.rollback()
        if not found:
            return
        change, who = (
            found[-1 - self.dice.randrange(min(3, len(found)))],
            self.dice.choice(self.staff),
        )
        context = acting(now=self.now, staff=who, vault=self.vault, site=self.site)
        it = {"change_public_id": change}
        self.dice.choice(
            (
                lambda: confirm_mobile(session, context, **it),
                lambda: confirm_mobile(session, context, **it),
                lambda: drop_mobile(session, context, **it),
                lambda: object_to_mobile(session, context, **it),
                lambda: decide_mobile(session, context, **it, is_new_right=True),
                lambda: decide_mobile(session, context, **it, is_new_right=False),
            )
        )()

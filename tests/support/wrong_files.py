"""A step of the random walk: a wrong file, what people do while it stands, and the way back."""

import contextlib

from sqlalchemy import select, update

from app.domain.calendar import BEIJING
from app.domain.errors import DomainError
from app.models import Borrower, Loan, LoanSnapshot
from app.services.core.policy import active_policy
from app.services.file_decisions.taking_back import answer_taking_back, ask_to_take_back
from app.services.loans.figures import terms_of
from app.services.nightly.importing import import_book
from app.services.nightly.rows import Style, loan_cells
from tests.support.acting import acting
from tests.support.books import ListBook, good_cells, id_number


class WrongFiles:
    """What a walk needs to take files back; its borrowers have the ID numbers of their places."""

    def take_back(self, session):
        """A wrong file, what people do while it stands, and the way back to what was before."""
        today = self.now.astimezone(BEIJING).date()
        session.execute(update(Loan).values(missing_since_on=None))
        session.commit()
        before = self._book(session)
        rows = [self._cells(session, one, today) for one in self.loans]
        self.dice.shuffle(rows)
        book = ListBook(rows[1:], sha256=f"{next(self.keys):064d}")
        context = acting(now=self.now, vault=self.vault)
        assert import_book(session, context, book=book, is_confirmed=True).state == "applied"
        assert self._book(session) != before
        meanwhile = (self.withdraw, self.answer, self.sign, self.own, self.breathe)
        with contextlib.suppress(DomainError):
            self.dice.choice(meanwhile)(session)
        session.rollback()
        asks, agrees = self.staff[1], self.staff[2]
        asked = ask_to_take_back(
            session, acting(now=self.now, staff=asks), as_of=today, words="拿错了"
        )
        answer_taking_back(
            session,
            acting(now=self.now, staff=agrees),
            public_id=asked.public_id,
            is_agreed=True,
            words="同意",
        )
        assert self._book(session) == before

    def _cells(self, session, mine, today):
        """A row of the wrong file: one of our loans, another product and an amount too high."""
        borrower, loan = mine
        found = session.get_one(Loan, loan.id)
        more = {"interest": self.dice.choice((0, 500))}
        cells = loan_cells(
            terms_of(found),
            paid=found.paid,
            fee_fen=0,
            as_of=today,
            ceiling_ppm=active_policy(session)[1].amounts.ceiling_ppm,
            style=Style(),
            differences=more,
        )
        number = self.borrowers.index(borrower)
        return (
            good_cells()
            | cells
            | {
                "客户编号": borrower.customer_no,
                "证件号码": id_number(number),
                "手机号码": f"1900374000{number}",
                "借据号": loan.ref,
                "合同编号": loan.contract_no,
                "产品名称": "信用付",
            }
        )

    def _book(self, session):
        session.rollback()
        but = {"id", "updated_at"}
        found = []
        for table in (Loan, LoanSnapshot, Borrower):
            columns = [one for one in table.__table__.columns if one.name not in but]
            found.append(sorted(map(repr, session.execute(select(*columns)).all())))
        session.rollback()
        return found

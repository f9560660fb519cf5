"""A made bank file with ten kinds of human error; each line says whose money it is, and whether it
bears a trait by which anyone could tell.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from app.domain.references import read_references, reference_of
from app.domain.repayments.directory import Destination, SeenBefore
from app.domain.repayments.row import RepaymentRow
from tests.support.made_plans import MadeLender, a_name, made_lender

TODAY = date(2026, 11, 27)
CHANNELS = ("对公转账", "银行卡", "支付宝", "微信支付")
WORDS = ("", "", "还款", "11月还款", "还 {}", "分期还款", "安还还款，谢谢", "请查收")
NOTHING = ("", "", "还款", "补上个月", "11月", "20261125", "13800001234", "货款", "信用付 0412")
FEES = (50, 100, 200, 550, 1_000)
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@dataclass(frozen=True)
class MadeLine:
    """A line, its kind of error, whose money it is (nothing where it is for two or for nobody we
    know), and whether it bears one trait that identifies.
    """

    kind: str
    row: RepaymentRow
    truth: Destination | None
    bears: bool


class _Payment(NamedTuple):
    """A payment as it should have been: of something open, by its own borrower."""

    end: Destination
    borrower: str
    row: RepaymentRow


class BankMaker:
    """Makes lines one after the other, the kinds in turn."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed * 7_919 + 1)
        self.lender: MadeLender = made_lender(seed)
        self.unique = self.lender.unique_names
        self.ends = [(who, end) for who, ends in self.lender.holds.items() for end in ends]
        self.running = [one for one in self.ends if one[1].kind == "plan"]
        self.old = [one for one in self.lender.plans.values() if one.state != "active"]
        self.kinds: dict[str, Callable[[_Payment], MadeLine]] = {
            "swapped": self._swapped,
            "in_the_name": self._in_the_name,
            "spouse": self._spouse,
            "two_in_one": self._two_in_one,
            "fee_off": self._fee_off,
            "full_width": self._full_width,
            "blanks": self._blanks,
            "old_reference": self._old_reference,
            "loan_number": self._loan_number,
            "nothing": self._nothing,
        }

    def lines(self, count: int) -> list[MadeLine]:
        """Return so many lines, as many of each kind."""
        kinds = list(self.kinds.values())
        return [kinds[place % len(kinds)](self._payment(place)) for place in range(count)]

    def _payment(self, place: int) -> _Payment:
        borrower, end = self.random.choice(self.running)
        row = RepaymentRow(
            channel=self.random.choice(CHANNELS),
            channel_ref=f"LS{place:09d}",
            paid_on=TODAY - timedelta(days=self.random.randrange(4)),
            arrived_on=TODAY,
            fen=self._sum(end),
            payer=self.lender.names[borrower],
            account_tail=self.lender.tails[borrower],
        )
        return _Payment(end, borrower, row)

    def _sum(self, end: Destination) -> int:
        """Return what is asked, or in a third an amount of one's own, mostly round."""
        asks = self._asks(end)
        if self.random.random() < 0.66 and asks:
            return self.random.choice(sorted(asks.values()))
        own = self.random.randrange(10_000, 200_000)
        return own // 10_000 * 10_000 if self.random.random() < 0.7 else own

    def _asks(self, end: Destination) -> dict[str, int]:
        found = self.lender.plans if end.kind == "plan" else self.lender.loans
        return dict(found[end.ref].asks)

    def _told(self, reference: str) -> str:
        """Return a remark with a reference among other words, with nothing but blanks or words
        beside it.
        """
        words = self.random.choice(WORDS)
        if "{}" in words:
            return words.format(reference)
        return self.random.choice((f"{reference}{words}", f"{words} {reference}", reference))

    def _written(self, end: Destination) -> str:
        reference = reference_of(end.ref)
        return self.random.choice((reference, reference.replace("-", ""), reference.lower()))

    def _by_payer(self, payment: _Payment, row: RepaymentRow) -> bool:
        """Whether payer and amount tell: one thing of the payer's asks exactly that sum, and either
        the account is known, or nobody else has the name and the sum is not in whole yuan.
        """
        name = self.lender.names[payment.borrower]
        held = self.lender.holds[payment.borrower]
        asking = [end for end in held if row.fen in self._asks(end).values()]
        known = self.lender.accounts.get(row.account_tail, ())
        is_known = SeenBefore(name, payment.borrower) in known
        is_one = name in self.unique and row.fen % 100 != 0
        return row.payer == name and asking == [payment.end] and (is_known or is_one)

    def _other_plan(self, payment: _Payment) -> tuple[str, Destination]:
        return next(
            one
            for one in iter(lambda: self.random.choice(self.running), None)
            if one[1] != payment.end
        )

    def _swap(self, digits: str) -> str:
        places = [at for at in range(len(digits) - 1) if digits[at] != digits[at + 1]]
        at = self.random.choice(places)
        return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]

    def _swapped(self, payment: _Payment) -> MadeLine:
        digits = reference_of(payment.end.ref).removeprefix("AH").replace("-", "")
        wrong = self._swap(digits)
        row = replace(payment.row, remark=self._told(f"AH-{wrong[:-1]}-{wrong[-1]}"))
        # Nought and nine swapped is another plan's reference, and a good one.
        read = read_references(row.remark).right
        reads_as_another = any(one.form == "whole" for one in read)
        bears = not reads_as_another and self._by_payer(payment, row)
        return MadeLine("swapped", row, payment.end, bears)

    def _in_the_name(self, payment: _Payment) -> MadeLine:
        name, reference = payment.row.payer, self._written(payment.end)
        payer = self.random.choice((f"{name}{reference}", f"{reference}{name}", reference))
        return MadeLine("in_the_name", replace(payment.row, payer=payer), payment.end, True)

    def _spouse(self, payment: _Payment) -> MadeLine:
        row = replace(
            payment.row,
            payer=a_name(self.random),
            account_tail=f"{self.random.randrange(10_000):04d}",
        )
        if self.random.random() < 0.7:
            row = replace(row, remark=self._told(self._written(payment.end)))
            return MadeLine("spouse", row, payment.end, True)
        remark = self.random.choice((f"替{payment.row.payer}还款", "代还", ""))
        return MadeLine("spouse", replace(row, remark=remark), payment.end, False)

    def _two_in_one(self, payment: _Payment) -> MadeLine:
        own = self._asks(payment.end)
        if self.random.random() < 0.4:  # two instalments of one plan
            row = replace(payment.row, fen=own["next"] * 2, remark=self._written(payment.end))
            return MadeLine("two_in_one", row, payment.end, True)
        other, end = self._other_plan(payment)
        row = replace(payment.row, fen=own["next"] + self._asks(end)["next"])
        written = self._written(payment.end)
        if self.random.random() < 0.5:
            remark = f"{written} {self._written(end)}"
            return MadeLine("two_in_one", replace(row, remark=remark), None, False)
        # Only one of the two is told; the other one is the payer's own.
        row = replace(row, payer=self.lender.names[other], account_tail=self.lender.tails[other])
        remark = self.random.choice((written, ""))
        return MadeLine("two_in_one", replace(row, remark=remark), None, False)

    def _fee_off(self, payment: _Payment) -> MadeLine:
        row = replace(payment.row, fen=payment.row.fen - self.random.choice(FEES))
        if self.random.random() < 0.7:
            row = replace(row, remark=self._told(self._written(payment.end)))
            return MadeLine("fee_off", row, payment.end, True)
        return MadeLine("fee_off", row, payment.end, self._by_payer(payment, row))

    def _full_width(self, payment: _Payment) -> MadeLine:
        told = self._told(self._written(payment.end)).translate(FULL_WIDTH)
        return MadeLine("full_width", replace(payment.row, remark=told), payment.end, True)

    def _blanks(self, payment: _Payment) -> MadeLine:
        blank = self.random.choice((" ", "  ", "\u3000", "\t", "\xa0"))
        reference = self._written(payment.end)
        at = sorted(self.random.sample(range(1, len(reference)), 3))
        cut = zip([0, *at], [*at, len(reference)], strict=True)
        spread = self.random.choice(
            (blank.join(reference), blank.join(reference[a:b] for a, b in cut))
        )
        return MadeLine("blanks", replace(payment.row, remark=spread), payment.end, True)

    def _old_reference(self, payment: _Payment) -> MadeLine:
        plan = self.random.choice(self.old)
        loans = [self.lender.loans[ref] for ref in plan.loans]
        ends = {
            Destination("plan", loan.plan) if loan.plan else Destination("loan", loan.ref)
            for loan in loans
            if loan.state == "open"
        }
        truth = ends.pop() if len(ends) == 1 else None
        row = replace(
            payment.row,
            fen=self._sum(truth) if truth else payment.row.fen,
            payer=plan.name,
            account_tail=self.lender.tails[plan.borrower],
            remark=self._told(self._written(Destination("plan", plan.number))),
        )
        return MadeLine("old_reference", row, truth, truth is not None)

    def _loan_number(self, payment: _Payment) -> MadeLine:
        borrower, end = self.random.choice(self.ends)
        own = _Payment(end, borrower, payment.row)
        row = replace(
            payment.row,
            fen=self._sum(end),
            payer=self.lender.names[borrower],
            account_tail=self.lender.tails[borrower],
        )
        plan = self.lender.plans.get(end.ref)
        ref = self.random.choice(plan.loans) if plan else end.ref
        chance = self.random.random()
        if chance < 0.15:  # also of these the digits are swapped, and no check digit tells
            wrong = "JJ" + self._swap(ref[2:])
            row = replace(row, remark=self._told(wrong))
            is_own = bool(plan) and wrong in plan.loans
            bears = is_own or (wrong not in self.lender.loans and self._by_payer(own, row))
            return MadeLine("loan_number", row, end, bears)
        if chance < 0.25:  # paid by somebody else: a number without check digit, and nothing beside
            row = replace(row, payer=a_name(self.random), account_tail="", fen=row.fen // 100 * 100)
            return MadeLine("loan_number", replace(row, remark=self._told(ref)), end, False)
        row = replace(row, loan_ref=ref) if chance < 0.5 else replace(row, remark=self._told(ref))
        return MadeLine("loan_number", row, end, True)

    def _nothing(self, payment: _Payment) -> MadeLine:
        row = replace(payment.row, remark=self.random.choice(NOTHING))
        if self.random.random() < 0.2:  # not for us at all
            row = replace(row, payer=a_name(self.random), fen=self.random.randrange(100, 900_000))
            return MadeLine("nothing", row, None, False)
        return MadeLine("nothing", row, payment.end, self._by_payer(payment, row))

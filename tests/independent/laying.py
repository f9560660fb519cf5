"""How one sum of money covers open components, and the little arithmetic all of it needs."""

from collections import defaultdict, namedtuple
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from itertools import groupby

COMPONENTS = ("fee", "penalty", "interest", "plan_interest", "principal")
FEE, PENALTY, INTEREST, PLAN_INTEREST, PRINCIPAL = range(5)
ITEM = (0, 1, 2, 2, 3)  # older agreements: interest and plan interest are one item
DAY, SHANGHAI = timedelta(days=1), timezone(timedelta(hours=8))

# Sorted, keys are in the order of laying: a date's plan part before the regular one, list's order.
Key = namedtuple("Key", "due regular number loan component")


def half_up(exact):
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def interest(fen, ppm, days, basis):
    return Fraction(fen * ppm * days, 10**6 * basis)


def instant(text):
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def day_of(text):
    return text and instant(text).astimezone(SHANGHAI).date()


def days_from(first, last):
    return (first + DAY * n for n in range((last - first).days + 1))


def in_proportion(fen, owing):
    """Rounded down, odd fen in the list's order, never above what is owing."""
    total = sum(owing.values())
    shares = {loan: min(fen, total) * own // (total or 1) for loan, own in owing.items()}
    odd = min(fen, total) - sum(shares.values())
    for loan in sorted(owing):
        extra = min(odd, owing[loan] - shares[loan])
        shares[loan], odd = shares[loan] + extra, odd - extra
    return shares


class Book:
    """What was asked, what of it is open, which payment covered what, what lies ahead."""

    def __init__(self):
        self.amount, self.open, self.credit = defaultdict(int), defaultdict(int), defaultdict(int)
        self.covered, self.ahead = [], []  # (payment, key, fen) · [payment, fen], the oldest first

    def ask(self, key, fen):
        self.amount[key] += fen
        self.open[key] += fen

    def ahead_fen(self):
        return sum(fen for _, fen in self.ahead)

    def lay(self, blocks, money):
        """One sum on the blocks in turn, in each on the loans in proportion; gives what is over."""
        for block in blocks:  # {loan: its keys in order}
            owing = {loan: sum(self.open[k] for k in keys) for loan, keys in block.items()}
            shares = in_proportion(sum(fen for _, fen in money), owing)
            for loan, keys in block.items():
                for key in keys:
                    shares[loan], money = self.cover(key, shares[loan], money)
        return money

    def cover(self, key, share, money):
        fen = min(share, self.open[key])
        self.open[key] -= fen
        share, rest = share - fen, []
        for number, own in money:
            part = min(fen, own)
            fen -= part
            self.covered += [(number, key, part)] if part else []
            rest += [[number, own - part]] if own > part else []
        return share, rest


def in_order(keys, is_new):
    """The agreement's printed order: the oldest instalment first, in older ones components."""
    rank = (lambda k: k[:3]) if is_new else (lambda k: (ITEM[k.component], *k[:3]))
    ordered = sorted(keys, key=lambda k: (rank(k), k.loan, k.component))
    groups = (list(block) for _, block in groupby(ordered, key=rank))
    return [{loan: list(ks) for loan, ks in groupby(b, key=lambda k: k.loan)} for b in groups]


def walk(days, asked_on, blocks, money):
    """Each day: what falls due, the money ahead on it as one sum, then the payments one by one."""
    book = Book()
    for today in days:
        for key, fen in asked_on(today):
            book.ask(key, fen)
        due = blocks([k for k in book.open if book.open[k]], today)
        book.ahead = book.lay(due, book.ahead)
        for m in money:
            if m.since == today:
                book.ahead += book.lay(due, [[m.number, m.fen]])
    return book

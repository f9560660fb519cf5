"""After a break the contracts come back: what they ask, and the same money laid on them."""

from collections import defaultdict
from datetime import date
from fractions import Fraction

from laying import (
    COMPONENTS,
    DAY,
    FEE,
    INTEREST,
    PENALTY,
    PRINCIPAL,
    Key,
    day_of,
    half_up,
    interest,
    walk,
)

ORDER_CHANGES_ABOVE = 90
OVERDUE_ORDER = (FEE, PENALTY, INTEREST, PRINCIPAL)


def schedule(contract):
    """(number, due, principal, interest, balance before it) of every contract instalment."""
    principal, n, first = (
        contract["principal_fen"],
        contract["periods"],
        day_of(contract["start_on"]),
    )
    due_day, free = contract.get("due_day") or first.day, contract.get("interest_only") or 0
    rate, left, level = Fraction(contract["annual_ppm"], 12 * 10**6), principal, None
    bearing = n - free
    if rate and contract["method"] == "equal_instalment":
        grown = (1 + rate) ** bearing
        level = half_up(principal * rate * grown / (grown - 1))
    for number in range(1, n + 1):
        years, month = divmod(first.month + number, 12)  # the month after the due month
        last = date(first.year + years, month + 1, 1) - DAY
        own = half_up(left * rate)
        each = half_up(Fraction(principal, bearing))
        part = 0 if contract["method"] == "interest_first" else each
        part = left if number == n else 0 if number <= free else level - own if level else part
        yield number, last.replace(day=min(due_day, last.day)), part, own, left
        left -= part


def nights_charged(loan, since, day):
    """Nights between two days but those on which another plan was proposed."""
    free = [(day_of(p["from_on"]), day_of(p["until_on"])) for p in loan.get("pauses") or []]
    nights = (since + DAY * n for n in range((day - since).days)) if since < day else ()
    return sum(not any(a <= night < b for a, b in free) for night in nights)


def take_off(sums, keys, fen):
    for key in keys:
        part = max(0, min(fen, sums[key]))
        sums[key], fen = sums[key] - part, fen - part


def called(loan, n, start, net):
    """{key: fen} a contract asks from the plan's start on, what was overdue then included."""
    contract, gross, asked = loan["contract"], loan["contract"]["gross"], defaultdict(int)
    for number, due, principal, own, _ in schedule(contract):
        if number > contract["paid"]:
            asked[Key(due, 0, number, n, INTEREST)] = own
            asked[Key(due, 0, number, n, PRINCIPAL)] = principal
    overdue = {c: sorted(k for k in asked if k.due < start and k.component == c) for c in range(5)}
    for c in (INTEREST, PRINCIPAL):  # the file's figure where less is open
        sum_ = sum(asked[k] for k in overdue[c])
        take_off(asked, overdue[c], sum_ - gross.get(COMPONENTS[c], sum_))
    for c in (FEE, PENALTY):
        overdue[c] = [Key(start, 0, 0, n, c)]  # number 0: of the start as a whole
        asked[overdue[c][0]] = gross.get(COMPONENTS[c], 0)
    if net:
        keys = [k for c in (PENALTY, FEE, INTEREST) for k in overdue[c]]
        take_off(asked, keys, contract.get("excess_fen") or 0)
    return {k: fen for k, fen in asked.items() if fen}


class Contracts:
    """The loans' contracts day after day; not paused: as if no plan had been made."""

    def __init__(self, account, paused):
        self.account, self.paused, self.asked = account, paused, defaultdict(int)
        self.loans, self.start = account.loans, account.contract_start
        self.quiet_until = account.broken_on if paused else self.start
        if paused and account.stands:  # another plan was signed: no penalty is asked any more
            self.quiet_until = date.max
        for n, loan in enumerate(self.loans):
            self.asked |= called(loan, n, self.start, paused)
        days = {max(k.due, self.start) for k in self.asked} | {account.as_of}
        days |= {account.broken_on if paused else self.start}
        days |= {d for m in account.all_money for d in (m.since, m.until)}
        days = sorted(d for d in days if d <= account.as_of)
        self.fen_days, self.posted, last = defaultdict(int), defaultdict(list), None
        for day in days:
            if last:
                self.penalty(last, day)
            money = tuple(m for m in account.all_money if m.since <= day < m.until)
            self.book = walk([d for d in days if d <= day], self.falls_due, self.blocks, money)
            last = day

    def falls_due(self, day):
        own = [(k, fen) for k, fen in self.asked.items() if max(k.due, self.start) == day]
        return own + self.posted[day]

    def penalty(self, last, day):
        """Grows on open overdue principal from a day to the next, rounded once an instalment."""
        for key in [k for k, fen in self.book.open.items() if fen and k.component == PRINCIPAL]:
            loan = self.loans[key.loan]
            nights = nights_charged(loan, max(last, key.due, self.quiet_until), day)
            if nights > 0:
                contract, before = loan["contract"], self.fen_days[key]
                self.fen_days[key] += self.book.open[key] * nights
                ppm = Fraction(contract["annual_ppm"] * (10**6 + contract["uplift_ppm"]), 10**6)
                ppm = min(ppm, self.account.ceiling_ppm)
                now, then = (
                    half_up(interest(n, ppm, 1, loan["day_basis"]))
                    for n in (self.fen_days[key], before)
                )
                self.posted[day].append((key._replace(component=PENALTY), now - then))

    def blocks(self, keys, today):
        loans = sorted({k.loan for k in keys})
        return [{n: self.ordered([k for k in keys if k.loan == n], today) for n in loans}]

    def ordered(self, keys, today):
        """Fees, penalty, interest, principal; principal first where agreed and over 90 days."""
        oldest = min((k.due for k in keys if k.number), default=today)
        days = (today - oldest).days
        if self.paused:  # the days of the plan do not count
            days -= max(0, (min(today, self.quiet_until) - max(oldest, self.start)).days)
        contract = self.loans[keys[0].loan]["contract"]
        first = contract.get("principal_first_after_90d") and days > ORDER_CHANGES_ABOVE
        order = OVERDUE_ORDER[-1:] * bool(first) + OVERDUE_ORDER
        return sorted(keys, key=lambda k: (order.index(k.component), k.due, k.number))

    def open(self, n, components=OVERDUE_ORDER):
        keys = (k for k in self.book.open if k.loan == n and k.component in components)
        return sum(self.book.open[k] for k in keys)

    def excess(self, n):
        """What the contract asks above the ceiling, as without a plan."""
        loan, as_of, asked = self.loans[n], self.account.as_of, Fraction(0)
        gross, ceiling = loan["contract"]["gross"], self.account.ceiling_ppm
        asked = gross.get("fee", 0) + gross.get("penalty", 0)
        asked += sum(f for d in self.posted.values() for k, f in d if k.loan == n)
        for number, due, _, own, balance in schedule(loan["contract"]):
            if due < as_of:  # on its day an instalment is not late yet
                asked += own - half_up(Fraction(balance * ceiling, 12 * 10**6))
                key = Key(due, 0, number, n, PRINCIPAL)
                before = self.asked.get(key, 0) * max(0, (self.start - due).days)
                fen_days = self.fen_days[key] + before
                asked -= half_up(interest(fen_days, ceiling, 1, loan["day_basis"]))
        return max(0, asked)


def broken_figures(account):
    names = ("due_fen", "next", "left_fen", "ahead_fen", "payoff_fen", "instalments", "payments")
    if not all(loan.get("contract") for loan in account.loans):
        return dict.fromkeys(names)
    now, without = Contracts(account, paused=True), Contracts(account, paused=False)
    coming = {k: fen for k, fen in now.asked.items() if k.due > account.as_of}
    payoff, book = 0, now.book
    for n, loan in enumerate(account.loans):
        excess = min(without.excess(n), without.open(n, OVERDUE_ORDER[:3]))
        above, before = now.open(n) - (without.open(n) - excess), dict(book.open)
        keys = (k for c in (PENALTY, FEE, INTEREST) for k in sorted(book.open) if k.component == c)
        take_off(book.open, [k for k in keys if k.loan == n], above)
        for key, fen in before.items():
            book.amount[key] -= fen - book.open[key]
        contract, left = loan["contract"], 0
        left = sum(f for k, f in coming.items() if k.loan == n and k.component == PRINCIPAL)
        last = day_of(contract["start_on"])
        last = max((d for _, d, *_ in schedule(contract) if d <= account.as_of), default=last)
        days = nights_charged(loan, last, account.as_of)
        own = half_up(interest(left, contract["annual_ppm"], days, loan["day_basis"]))
        payoff += now.open(n) + left + own
    payoff = max(0, payoff - book.ahead_fen())
    account.past = set()
    return account.figures(book, coming, now.blocks, payoff)

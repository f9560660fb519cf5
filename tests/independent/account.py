"""Recomputes a signed plan from its account file: a second program, written from docs/rules.md.

python account.py FILE --as-of 2027-03-01 [--known-at 2027-03-01T20:00:00+08:00] [--json]
"""

import json
from argparse import ArgumentParser
from collections import defaultdict
from datetime import date
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from after_break import broken_figures
from laying import (
    COMPONENTS,
    DAY,
    INTEREST,
    PLAN_INTEREST,
    PRINCIPAL,
    day_of,
    days_from,
    half_up,
    in_order,
    interest,
    walk,
)
from reading import Facts


class Account(Facts):
    def __init__(self, file, as_of, known_at=None):
        super().__init__(file, as_of, known_at)
        self.bearing = (PLAN_INTEREST, INTEREST) if self.is_deferral else (PLAN_INTEREST,)
        self.nights = [{} for _ in self.loans]  # what money ahead saved from a day to the next
        self.books, self.lowered = {}, {}

    # The plan's own book

    def blocks(self, keys, _today=None):
        return in_order(keys, self.is_new)

    def falls_due(self, day):
        return [(k, self.charged(k)) for k in self.printed if k.due == day]

    def replay(self, day, money):
        days = sorted({d for d in (*self.dues, *(m.since for m in money)) if d <= day})
        which = (max(days, default=None), money)
        if which not in self.books:
            self.books[which] = walk(days, self.falls_due, self.blocks, money)
        return self.books[which]

    def paid_off(self, money):
        """Everything of the plan falls due on the day of pay-off, at the quote's interest."""
        day, running = self.closed[0], dict(self.closed[1])
        book = self.replay(day, tuple(m for m in money if m.since <= day))
        for key in (k for k in self.own if k.due > day):
            fen = self.printed[key]
            if key.number > 0 and key.component in self.bearing:
                fen = min(fen, running.get(key.loan, 0))
                running[key.loan] = running.get(key.loan, 0) - fen
            book.ask(key, fen)
        over = book.lay(self.blocks([k for k in book.open if book.open[k]]), book.ahead)
        over += [[m.number, m.fen] for m in money if m.since > day]
        book.credit.update(over)
        book.ahead = []
        return book

    # Interest and the quote

    def period_start(self, due):
        first = day_of(self.loans[0].get("interest_from")) if self.is_deferral else None
        return max((d for d in self.periods if d < due), default=first or self.start)

    def saved(self, loan, due, until):
        nights = days_from(self.period_start(due), until - DAY)
        return half_up(sum((self.nights[loan].get(d, 0) for d in nights), Fraction(0)))

    def charged(self, key):
        """A component as it falls due: plan interest less what money ahead saved in its period."""
        ends_period = key.number == self.ends_period.get(key.due) and not key.regular
        if not ends_period or key.component not in self.bearing:
            return self.printed[key]
        if key not in self.lowered:
            saved = self.saved(key.loan, key.due, key.due)
            if key.component == INTEREST:  # a deferral's, after its plan interest
                saved -= min(saved, self.printed.get(key._replace(component=PLAN_INTEREST), 0))
            self.lowered[key] = max(0, self.printed[key] - saved)
        return self.lowered[key]

    def not_due(self, day, loan):
        principal = (k for k in self.own if k.component == PRINCIPAL and k.loan == loan)
        return sum(self.printed[k] for k in principal if k.due > day)

    def note_night(self, day, ahead):
        left = [self.not_due(day, n) for n in range(len(self.loans))]
        for n, loan in enumerate(self.loans):
            share = Fraction(min(ahead, sum(left)) * left[n], sum(left) or 1)
            self.nights[n][day] = interest(share, loan["annual_ppm"], 1, loan["day_basis"])

    def running(self, day):
        """{loan: plan interest of the running period up to a day, less what was saved}."""
        due = min((d for d in self.periods if d > day), default=None)
        result = {}
        for n, loan in enumerate(self.loans if due else []):
            days, rate = (day - self.period_start(due)).days, loan["annual_ppm"]
            asked = half_up(interest(self.not_due(day, n), rate, days, loan["day_basis"]))
            keys = (k for k in self.own if (k.due, k.loan) == (due, n) and k.number > 0)
            most = sum(self.printed[k] for k in keys if k.component in self.bearing)
            result[n] = max(0, min(asked, most) - self.saved(n, due, day))
        return result

    def quote(self, money, day):
        """Zero or less: paid off."""
        book = self.replay(day, money)
        later = (k for k in self.own if k.due > day)
        later = (k for k in later if k.number == 0 or k.component not in self.bearing)
        later_fen = sum(self.printed[k] for k in later) + sum(self.running(day).values())
        return sum(book.open.values()) + later_fen - book.ahead_fen()

    # Day after day: paid off, missed, noticed, cured, broken

    def run(self):
        self.closed = self.broken_on = self.notice_on = self.cure_until = None
        self.missed, self.past, self.quiet_until = set(), set(), self.start
        self.result = {"waived_fen": 0, "released_fen": 0, "credit_fen": 0}
        for day in days_from(self.start, self.as_of):
            if self.breaks(day):
                self.broken_on = day
                return self
            money = self.active(day)
            self.note_night(day, self.replay(day, money).ahead_fen())
            if self.closed:  # money taken back may open the plan again
                then = self.closed[0]
                if self.quote(tuple(m for m in money if m.since <= then), then) > 0:
                    self.closed = None
                    self.quiet_until = max(m.counts_until for m in self.money if m.until == day)
            if not self.closed and self.quote(money, day) <= 0:
                self.closed = (day, self.running(day))
            self.judge(day)
        return self

    def past_grace(self, day, today):
        """Dates open at the end of a day; a reversal counts once its working days are over."""
        if today <= self.quiet_until or (self.closed and self.closed[0] <= day):
            return set()
        counting = (m for m in self.money if m.since <= day and today <= m.counts_until)
        book = self.replay(day, tuple(counting))
        known = min(today - DAY, self.covered_until)  # nothing is missed where no file tells
        return {k.due for k, fen in book.open.items() if fen and self.grace_end[k.due] <= known}

    def judge(self, day):
        self.missed |= self.past_grace(day - DAY, day)
        self.past = self.past_grace(day, day)
        if self.notice_on and not self.past:
            self.notice_on = self.cure_until = None
            self.missed = set()
        last = max(self.grace_end[k.due] for k in self.own)
        # For an older agreement's last part alone a person may send one; none is supposed.
        may_end = (self.is_new or not self.supposes) and last <= self.covered_until
        reached = len(self.missed) >= self.notice_at or (may_end and day > last)
        if self.notice_on or not (reached and self.past):
            return
        received = day
        if self.supposes and day > self.covered_until:
            return
        if not self.supposes:
            notices = self.recorded("notice", day)
            if not notices:
                return
            received = day_of(notices[0].get("received_on"))
        self.notice_on = day
        if received and received <= self.as_of:
            self.cure_until = self.end_of_cure(received)

    def end_of_cure(self, received):
        """Days on which a complaint about the money waited are left out."""
        stops = [(day_of(s["from_on"]), day_of(s["until_on"]) or self.as_of) for s in self.stopped]
        day, left = received, self.plan["cure_days"]
        while left > 0:
            day += DAY
            left -= 0 if any(a <= day <= b for a, b in stops) else 1
        day = self.move(day)
        while inside := [b for a, b in stops if a <= day <= b]:
            day = self.move(max(inside) + DAY)
        return day

    def recorded(self, kind, day):
        of_day = (n for n in self.notices if n["kind"] == kind and day_of(n["sent_on"]) == day)
        return [n for n in of_day if n not in self.taken_back]

    def breaks(self, day):
        self.stands = any(n.get("stands") for n in self.recorded("break", day))
        if self.stands:
            return True
        over = self.cure_until and day > self.cure_until
        supposed = self.supposes and day - DAY <= self.covered_until
        return over and (supposed or bool(self.recorded("break", day)))

    # What the command prints

    def standing(self):
        result = self.run().result
        money, dates = self.active(self.as_of), (self.notice_on, self.cure_until)
        result["notice_on"], result["cure_until"] = (d and d.isoformat() for d in dates)
        result["missed"] = len(self.missed)
        if self.broken_on:
            return result | {"state": "broken"} | broken_figures(self)
        if self.is_replaced and not self.closed:
            return result | self.replaced(money)
        coming, payoff = {k: fen for k, fen in self.printed.items() if k.due > self.as_of}, 0
        if self.closed:
            book = self.paid_off(money)
            coming = {k: fen for k, fen in coming.items() if k.regular}
            waivers = (w for loan in self.loans for w in loan.get("waivers") or [])
            result |= {"state": "completed", "waived_fen": sum(w["fen"] for w in waivers)}
            result["credit_fen"] = sum(book.credit.values())
        else:
            book, payoff = self.replay(self.as_of, money), self.quote(money, self.as_of)
            result["state"] = "in_cure" if self.notice_on else "active"
        bearing = [
            k for k in book.amount if k.number and not k.regular and k.component in self.bearing
        ]
        result["released_fen"] = sum(self.printed[k] - book.amount[k] for k in bearing)
        return result | self.figures(book, coming, self.blocks, payoff)

    def replaced(self, money):
        """Another plan took its place: what paying off took went over, what was paid stays."""
        self.closed = (self.as_of, self.running(self.as_of))
        book = self.paid_off(money)
        paid = {k: book.amount[k] - book.open[k] for k in book.amount}
        kept = [k for k in book.amount if k.number and not k.regular]
        kept = [k for k in kept if k.component in self.bearing]
        released = sum(self.printed[k] - book.amount[k] for k in kept)
        rows = defaultdict(int)
        for key, fen in paid.items():
            rows[self.loans[key.loan]["ref"], key.number, key.due.isoformat()] += fen
        names = ("ref", "number", "due_on")
        told = [dict(zip(names, k, strict=True)) | {"amount_fen": fen} for k, fen in rows.items()]
        rows = [one | {"paid_fen": one["amount_fen"], "state": "paid"} for one in told]
        none = {"due_fen": 0, "next": None, "left_fen": 0, "ahead_fen": 0, "payoff_fen": 0}
        none |= {"missed": 0, "notice_on": None, "cure_until": None, "state": "replaced"}
        told = {"released_fen": released, "instalments": rows, "payments": self.covered(book)}
        return none | told

    def figures(self, book, coming, blocks, payoff):
        """Rows and sums of a book, its money ahead shown on what is coming, date by date."""
        due_fen, ahead_fen = sum(book.open.values()), book.ahead_fen()
        covered = self.covered(book)  # what lies ahead covers nothing yet
        for due in sorted({k.due for k in coming}):
            keys = [k for k in coming if k.due == due]
            for key in keys:
                book.ask(key, coming[key])
            book.ahead = book.lay(blocks(keys, due), book.ahead)
        rows, left, following = [], 0, defaultdict(int)
        for (due, regular, number, n), keys in groupby(sorted(book.amount), key=lambda k: k[:4]):
            keys = list(keys)
            amount, still = (sum(sums[k] for k in keys) for sums in (book.amount, book.open))
            left += 0 if regular and due > self.as_of else still
            if due > self.as_of and still:
                following[due] += still
            waits = "due" if due <= self.as_of else "part" if still < amount else "coming"
            state = "paid" if not still else "missed" if due in self.past else waits
            rows.append({"ref": self.loans[n]["ref"], "number": number, "due_on": due.isoformat()})
            rows[-1] |= {"amount_fen": amount, "paid_fen": amount - still, "state": state}
        first = min(following, default=None)
        following = first and {"due_on": first.isoformat(), "amount_fen": following[first]}
        figures = {"due_fen": due_fen, "next": None if self.closed else following}
        figures |= {"left_fen": left, "ahead_fen": ahead_fen, "payoff_fen": payoff}
        return figures | {"instalments": rows, "payments": covered}

    def covered(self, book):
        sums = defaultdict(lambda: defaultdict(int))
        for payment, key, fen in book.covered:
            sums[payment][key] += fen
        return [
            {
                "number": p["number"],
                "credit_fen": book.credit[p["number"]],
                "covered": [
                    {"ref": self.loans[k.loan]["ref"], "number": k.number}
                    | {"component": COMPONENTS[k.component], "fen": fen}
                    for k, fen in sums[p["number"]].items()
                ],
            }
            for p in self.payments
        ]


def main():
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--as-of", required=True, type=date.fromisoformat)
    parser.add_argument("--known-at")
    parser.add_argument("--json", action="store_true", help="as the product's command; always so")
    asked = parser.parse_args()
    file = json.loads(asked.file.read_text("utf-8"))
    print(json.dumps(Account(file, asked.as_of, asked.known_at).standing(), indent=1))


if __name__ == "__main__":
    main()

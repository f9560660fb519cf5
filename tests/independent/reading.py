"""An account file, read: parts with their moved dates, money with its reversals, notices."""

from collections import defaultdict, namedtuple
from datetime import date

from laying import COMPONENTS, DAY, Key, day_of, instant

CEILING_PPM = 240_000  # of a file that names none
DAYS_AFTER_REVERSAL = 3  # working days from being told
Money = namedtuple("Money", "number since until counts_until fen")  # until: taken back that day


class Facts:
    """What an account file says, as known at an instant and up to a day."""

    def __init__(self, file, as_of, known_at=None):
        # From the day on which another plan stands in its place nothing happens to it any more.
        gone = file.get("replaced")
        self.is_replaced = bool(gone) and instant(gone["at"]) < instant(f"{as_of + DAY}")
        as_of = min(as_of, day_of(gone["ground_on"])) if gone else as_of
        self.plan, self.as_of, self.loans = file["plan"], as_of, file["plan"]["loans"]
        self.start = day_of(self.plan["start_on"])
        self.holidays, self.workdays = (
            set(map(day_of, self.plan.get(k) or [])) for k in ("holidays", "workdays")
        )
        self.is_new = self.plan["order"] == "oldest_instalment_first"
        self.is_deferral = self.plan["kind"] == "deferral"
        self.read_parts(self.facts(file, "date_changes", "at", known_at))
        self.read_money(self.facts(file, "payments", "posted_at", known_at))
        # The contracts rest since the first of several agreements, and all money is laid on them.
        before = file.get("earlier") or {"start_on": self.plan["start_on"]}
        self.contract_start = day_of(before["start_on"])
        self.all_money = [*self.money_of(before.get("payments") or [])[1], *self.money]
        self.notices = self.facts(file, "notices", "sent_on", known_at)
        known = self.facts(file, "notices", "taken_back_on", known_at)
        # Nothing is supposed of a plan that is kept, nor missed where no file tells of money.
        self.stopped = file.get("stopped") or []
        self.supposes = file.get("supposes_notices", True) and not self.notices
        self.covered_until = day_of(file.get("covered_until")) or date.max
        self.ceiling_ppm = (file.get("policy") or {}).get("ceiling_ppm", CEILING_PPM)
        self.taken_back = [n for n in known if n.get("taken_back_on")]

    def facts(self, file, what, when, known_at):
        facts, known = file.get(what) or [], instant(known_at or "9999-12-31")
        return [f for f in facts if not f.get(when) or instant(f[when]) <= known]

    def move(self, day):
        while day not in self.workdays and (day.weekday() > 4 or day in self.holidays):
            day += DAY
        return day

    def read_parts(self, changes):
        moved = {c["number"]: c["due_on"] for c in changes if day_of(c["at"]) <= self.as_of}
        self.printed = defaultdict(int)
        for n, loan in enumerate(self.loans):
            for regular, parts in enumerate((loan["parts"], loan.get("regular") or [])):
                for p in parts:
                    due = p["due_on"] if regular else moved.get(p["number"], p["due_on"])
                    component = COMPONENTS.index(p["component"])
                    key = Key(self.move(day_of(due)), regular, p["number"], n, component)
                    self.printed[key] += p["fen"]
        self.dues = sorted({k.due for k in self.printed})
        grace = DAY * self.plan["grace_days"]
        self.grace_end = {due: self.move(due + grace) for due in self.dues}
        self.own = sorted(k for k in self.printed if not k.regular)
        numbers = {k.number: k.due for k in reversed(self.own) if k.number > 0}
        self.ends_period = {due: number for number, due in sorted(numbers.items(), reverse=True)}
        self.periods = sorted(self.ends_period)
        self.notice_at = 1 if len(numbers) == 1 else self.plan["missed_before_notice"]

    def read_money(self, payments):
        for p in payments:
            p["paid_on"] = max(p.get("paid_on") or p["arrived_on"], self.plan["start_on"])
        self.payments, self.money = self.money_of(payments)

    def money_of(self, payments):
        for p in payments:
            p["on"] = day_of(p.get("paid_on") or p["arrived_on"])
        payments = sorted(
            (p for p in payments if p["on"] <= self.as_of),
            key=lambda p: (p["on"], p.get("arrived_on") or "", p["number"]),
        )
        back = {p["reverses"]: p for p in payments if p.get("reverses") is not None}
        money = []
        for p in (p for p in payments if p.get("reverses") is None):
            until = counts = date.max
            if reversal := back.get(p["number"]):
                until = reversal["on"]
                counts = max(until, day_of(reversal.get("posted_at")) or until)
                for _ in range(DAYS_AFTER_REVERSAL):
                    counts = self.move(counts + DAY)
            money.append(Money(p["number"], p["on"], until, counts, p["fen"]))
        return payments, money

    def active(self, day):
        return tuple(m for m in self.money if m.since <= day < m.until)

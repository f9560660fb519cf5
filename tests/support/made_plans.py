"""A made lender for matching money: people, loans and plans by the thousand, looked up in bulk."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from app.domain.repayments.directory import (
    Destination,
    Findings,
    LoanFound,
    PlanFound,
    SeenBefore,
    Wanted,
)

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰文思雨晨欣怡梓涵子轩浩宇博佳琪雪梅"
    "志建国海波鹏飞云龙凤珍春红冬青松柏峰岩川江河湖玲珊琳瑶莹洁倩蓉薇婷媛慧惠贤淑"
)
# Plans are numbered one after the other; where noughts and nines meet, swaps pass the check digit.
FIRST_NUMBERS = (1, 8_600, 98_700)


@dataclass
class MadeLender:
    """Everything that is on record; looked up as the service would."""

    plans: dict[str, PlanFound] = field(default_factory=dict)
    loans: dict[str, LoanFound] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    tails: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, list[SeenBefore]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    holds: dict[str, list[Destination]] = field(default_factory=lambda: defaultdict(list))
    asked: int = 0

    def find(self, wanted: Wanted) -> Findings:
        """Return what was asked about, and nothing else but what belongs to it."""
        self.asked += 1
        plans = {one: self.plans[one] for one in wanted.plans if one in self.plans}
        loans = {one: self.loans[one] for one in wanted.loans if one in self.loans}
        people = {one: self.by_name[one] for one in wanted.names if one in self.by_name}
        accounts = {one: self.accounts[one] for one in wanted.tails if one in self.accounts}
        who = {one.borrower for one in (*plans.values(), *loans.values())}
        who |= {one for found in people.values() for one in found}
        who |= {one.borrower for found in accounts.values() for one in found}
        holds = {one: self.holds[one] for one in who if one in self.holds}
        self._complete(plans, loans, (end for ends in holds.values() for end in ends))
        return Findings(plans, loans, {}, people, accounts, holds)

    def _complete(
        self,
        plans: dict[str, PlanFound],
        loans: dict[str, LoanFound],
        ends: Iterable[Destination],
    ) -> None:
        for kind, ref in ends:
            if kind == "plan":
                plans[ref] = self.plans[ref]
            else:
                loans[ref] = self.loans[ref]
        for plan in list(plans.values()):
            loans |= {ref: self.loans[ref] for ref in plan.loans}
        running = [loan.plan for loan in loans.values() if loan.plan]
        plans |= {number: self.plans[number] for number in running}
        for number in running:
            loans |= {ref: self.loans[ref] for ref in self.plans[number].loans}

    @property
    def unique_names(self) -> set[str]:
        """Names that one borrower has."""
        counted = Counter(self.names.values())
        return {name for name, count in counted.items() if count == 1}


def a_name(random: Random) -> str:
    """Return somebody's name, of the same pool for borrowers and everybody else."""
    count = random.choice((1, 2, 2, 2))
    return random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=count))


def made_lender(seed: int, *, borrowers: int = 2_500) -> MadeLender:
    """Return a lender with plans in every state, a fifth of the borrowers with two loans."""
    random = Random(seed)
    lender = MadeLender()
    number = random.choice(FIRST_NUMBERS)
    for index in range(borrowers):
        borrower = f"P{index}"
        name = a_name(random)
        lender.names[borrower] = name
        lender.by_name[name].append(borrower)
        tail = lender.tails[borrower] = f"{random.randrange(10_000):04d}"
        if random.random() < 0.6:
            lender.accounts[tail].append(SeenBefore(name, borrower))
        refs = [f"JJ2617{index * 3 + place:07d}" for place in range(random.choice((1, 1, 1, 1, 2)))]
        number = _add(lender, random, borrower, refs, number)
    return lender


def _add(lender: MadeLender, random: Random, borrower: str, refs: list[str], number: int) -> int:
    """Give a borrower loans, with plans on them one after the other; return the next number."""
    name = lender.names[borrower]
    apart = [[one] for one in refs] if random.random() < 0.5 else [refs]
    for group in apart:
        state = random.choices(
            ("active", "broken", "completed", "replaced", "none"), (78, 6, 4, 7, 5)
        )[0]
        if state != "none":
            old = f"AH-{number:05d}"
            number += 1
            asks = _asks(random) if state == "active" else {}
            lender.plans[old] = PlanFound(old, borrower, name, state, tuple(group), asks)
        running = f"AH-{number - 1:05d}" if state == "active" else None
        if state == "replaced":
            running = f"AH-{number:05d}"
            number += 1
            lender.plans[running] = PlanFound(
                running, borrower, name, "active", tuple(group), _asks(random)
            )
        for ref in group:
            is_open = state != "completed"
            asks = _asks(random) if is_open and not running else {}
            lender.loans[ref] = LoanFound(
                ref, borrower, name, "open" if is_open else "settled", running, asks
            )
            if is_open and not running:
                lender.holds[borrower].append(Destination("loan", ref))
        if running:
            lender.holds[borrower].append(Destination("plan", running))
    return number


def _asks(random: Random) -> dict[str, int]:
    """Return what is due, what comes next and what pays off; one in thirty in whole yuan."""
    monthly = random.randrange(20_000, 300_000)
    if random.random() < 0.03:
        monthly = monthly // 10_000 * 10_000
    asks = {"next": monthly, "payoff": monthly * random.randrange(3, 24) + random.randrange(99)}
    if random.random() < 0.7:
        asks["due"] = monthly
    return asks

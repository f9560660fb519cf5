"""An account file, 我的账, read into values; what is wrong with it is told with its place."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, get_args

from app.domain.allocation import Components
from app.domain.calendar import midnight
from app.domain.errors import RuleBroken
from app.domain.keeping.account import (
    COMPONENTS,
    DEFAULT_CEILING_PPM,
    Account,
    ContractBack,
    DateChanged,
    DuePart,
    Earlier,
    EarnedWaiver,
    KeepingOrder,
    LoanKept,
    LoanTaken,
    MoneyIn,
    MoneyNumber,
    NoticeKind,
    PlanKept,
    RefundMade,
    Stopped,
    Successor,
    Told,
)
from app.domain.loan import LoanTerms, Method
from app.domain.money import Rate
from app.domain.pauses import Pause
from app.domain.plan import PlanKind
from app.domain.texts import N_

ISO_DAY_CHARS = 10
_NOTHING = object()


class AccountUnreadable(RuleBroken):
    """An account file lacks something or holds what cannot be; `message` names the place."""

    code = "account_unreadable"
    message = N_("账目文件的 %(where)s 不对：%(what)s")


def read_account(data: object) -> Account:
    """Read an account file's object.

    Units:  fen, ppm a year, dates ISO, as the file has them.
    Raises: AccountUnreadable, whose message names the place.
    Source: rules part 1, how a signed plan is kept.
    """
    root = _Place(data, "")
    account = Account(
        plan=_plan(root["plan"]),
        money=tuple(_money(one) for one in root.each("payments", ())),
        date_changes=tuple(
            DateChanged(one["number"].whole(), one["due_on"].day(), one["at"].instant_or_day())
            for one in root.each("date_changes", ())
        ),
        told=tuple(_told(one) for one in root.each("notices", ())),
        stopped=tuple(
            Stopped(one["from_on"].day(), one.get("until_on").maybe_day())
            for one in root.each("stopped", ())
        ),
        ceiling_ppm=_ceiling(root),
        supposes_notices=root.get("supposes_notices", True).truth(),
        covered_until=root.get("covered_until").maybe_day(),
        policy=root.get("policy", {}).mapping(),
        earlier=_earlier(root.get("earlier")),
        replaced=_replaced(root.get("replaced")),
        refunds=tuple(_refund(one) for one in root.each("refunds", ())),
    )
    _check(account)
    return account


class _Place:
    """A value of the file with the way to it, for what is told."""

    def __init__(self, value: Any, path: str) -> None:
        self.value, self.path = value, path

    def __getitem__(self, key: str) -> "_Place":
        return self.get(key, _NOTHING)

    def get(self, key: str, default: Any = None) -> "_Place":
        found = self.mapping().get(key, default)
        path = f"{self.path}.{key}".lstrip(".")
        if found is _NOTHING:
            raise AccountUnreadable(where=path, what="缺少这一项")
        return _Place(found, path)

    def each(self, key: str, default: Any = _NOTHING) -> Sequence["_Place"]:
        found = self.get(key, default)
        if found.value is None:
            return ()
        if not isinstance(found.value, list | tuple):
            raise found.wrong("应当是一个列表")
        return [_Place(one, f"{found.path}[{place}]") for place, one in enumerate(found.value)]

    @property
    def is_whole(self) -> bool:
        # To Python, true is a whole number.
        return isinstance(self.value, int) and not isinstance(self.value, bool)

    def wrong(self, what: str) -> AccountUnreadable:
        return AccountUnreadable(where=self.path or "开头", what=what)

    def mapping(self) -> Mapping[str, Any]:
        if not isinstance(self.value, dict):
            raise self.wrong("应当是一个对象")
        return self.value

    def whole(self, least: int = 0) -> int:
        if not self.is_whole or self.value < least:
            raise self.wrong(f"应当是不小于 {least} 的整数")
        return int(self.value)

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("应当是 true 或 false")
        return self.value

    def text(self) -> str:
        if self.is_whole:
            return str(self.value)
        if not isinstance(self.value, str) or not self.value:
            raise self.wrong("应当是文字")
        return self.value

    def number(self) -> MoneyNumber:
        """Return a payment's number as the file has it."""
        return int(self.value) if self.is_whole else self.text()

    def one_of(self, names: Sequence[Any]) -> Any:
        if self.value not in names:
            raise self.wrong("应当是 " + "、".join(map(str, names)) + " 中的一个")
        return self.value

    def day(self) -> date:
        found: date = self._read(date.fromisoformat, "应当是日期，例如 2026-11-20")
        return found

    def maybe_day(self) -> date | None:
        return None if self.value is None else self.day()

    def instant(self) -> datetime:
        found: datetime = self._read(
            datetime.fromisoformat, "应当是时刻，例如 2026-11-20T09:30:00+08:00"
        )
        if found.tzinfo is None:
            raise self.wrong("时刻要写明时区，例如 +08:00")
        return found

    def instant_or_day(self) -> datetime:
        """Return an instant; of a day alone, its beginning in Beijing."""
        is_day = isinstance(self.value, str) and len(self.value) == ISO_DAY_CHARS
        return midnight(self.day()) if is_day else self.instant()

    def rate(self) -> Rate:
        """Return a rate in ppm a year: whole, or as a fraction where half of an odd one is due."""
        if isinstance(self.value, str):
            found: Fraction = self._read(Fraction, "应当是百万分之几的年利率")
            if found < 0:
                raise self.wrong("不能小于 0")
            return found if found.denominator > 1 else found.numerator
        return self.whole()

    def _read(self, read: Callable[[str], Any], what: str) -> Any:
        if not isinstance(self.value, str):
            raise self.wrong(what)
        try:
            return read(self.value)
        except (ValueError, ZeroDivisionError):
            raise self.wrong(what) from None


def _plan(plan: _Place) -> PlanKept:
    return PlanKept(
        number=plan["number"].text(),
        kind=plan["kind"].one_of(get_args(PlanKind)),
        start_on=plan["start_on"].day(),
        signed_on=plan["signed_on"].day(),
        order=plan["order"].one_of(get_args(KeepingOrder)),
        grace_days=plan["grace_days"].whole(),
        missed_before_notice=plan["missed_before_notice"].whole(1),
        cure_days=plan["cure_days"].whole(),
        loans=tuple(_loan(one) for one in plan.each("loans")),
        holidays=frozenset(one.day() for one in plan.each("holidays", ())),
        workdays=frozenset(one.day() for one in plan.each("workdays", ())),
    )


def _loan(loan: _Place) -> LoanKept:
    basis = loan["day_basis"]
    back = loan.get("contract")
    return LoanKept(
        ref=loan["ref"].text(),
        annual_ppm=loan["annual_ppm"].rate(),
        day_basis=int(basis.one_of((360, 365))),
        parts=tuple(_part(one) for one in loan.each("parts")),
        regular=tuple(_part(one) for one in loan.each("regular", ())),
        waivers=tuple(
            EarnedWaiver(one["component"].text(), one["fen"].whole(), one["condition"].text())
            for one in loan.each("waivers", ())
        ),
        interest_from=loan.get("interest_from").maybe_day(),
        pauses=tuple(
            Pause(one["from_on"].day(), one["until_on"].day()) for one in loan.each("pauses", ())
        ),
        contract=None if back.value is None else _contract(back, basis.value),
    )


def _part(part: _Place) -> DuePart:
    return DuePart(
        part["number"].whole(),
        part["due_on"].day(),
        part["component"].one_of(COMPONENTS),
        part["fen"].whole(),
    )


def _contract(back: _Place, day_basis: int) -> ContractBack:
    gross = back["gross"]
    terms = LoanTerms(
        principal_fen=back["principal_fen"].whole(1),
        annual_ppm=back["annual_ppm"].whole(),
        uplift_ppm=back["uplift_ppm"].whole(),
        day_basis=day_basis,
        method=Method(back["method"].one_of([one.value for one in Method])),
        periods=back["periods"].whole(1),
        start_on=back["start_on"].day(),
        **_own_dates(back),
    )
    paid = back["paid"].whole()
    if paid > terms.periods:
        raise back["paid"].wrong(f"不能超过 {terms.periods} 期")
    # Where the principal is not stated, it is what the schedule has.
    named = {"fee": 0, "penalty": 0, "interest": 0, "principal": terms.principal_fen}
    return ContractBack(
        terms=terms,
        paid=paid,
        gross=Components(*(gross.get(name, fen).whole() for name, fen in named.items())),
        excess_fen=back.get("excess_fen", 0).whole(),
        principal_first_after_90d=back.get("principal_first_after_90d", False).value is True,
    )


def _own_dates(back: _Place) -> dict[str, int]:
    """A contract's due day where it is not its start's, and its first numbers without principal."""
    limits = {"due_day": (1, 31), "interest_only": (0, back["periods"].whole(1) - 1)}
    found = {}
    for name, (least, most) in limits.items():
        place = back.get(name)
        if place.value is not None:
            found[name] = place.whole(least)
            if found[name] > most:
                raise place.wrong(f"不能超过 {most}")
    return found


def _refund(one: _Place) -> RefundMade:
    bounced_on = one.get("bounced_on").maybe_day()
    return RefundMade(
        number=str(one["number"].number()),
        paid_on=one["paid_on"].day(),
        fen=one["fen"].whole(1),
        bounced_on=bounced_on,
    )


def _money(one: _Place) -> MoneyIn:
    reverses = one.get("reverses")
    arrived_on = one["arrived_on"].day()
    # Where a channel tells no value date, the day it arrived is the day.
    paid_on = one.get("paid_on").maybe_day() or arrived_on
    if paid_on > arrived_on:
        raise one["paid_on"].wrong("付款日期不能晚于入账日期")
    return MoneyIn(
        number=one["number"].number(),
        paid_on=paid_on,
        arrived_on=arrived_on,
        posted_at=one["posted_at"].instant(),
        fen=abs(one["fen"].value) if _is_negative_reversal(one) else one["fen"].whole(1),
        reverses=None if reverses.value is None else reverses.number(),
    )


def _is_negative_reversal(one: _Place) -> bool:
    fen, reverses = one["fen"], one.get("reverses")
    return fen.is_whole and fen.value < 0 and reverses.value is not None


def _earlier(one: _Place) -> Earlier | None:
    """What lies before a plan that took the place of another."""
    if one.value is None:
        return None
    return Earlier(
        one["start_on"].day(),
        tuple(_money(each) for each in one.each("payments", ())),
        tuple(
            LoanTaken(each["ref"].text(), _amounts(each["left"]), _amounts(each["waived"]))
            for each in one.each("taken", ())
        ),
    )


def _amounts(one: _Place) -> Components:
    names = (name.removesuffix("_fen") for name in Components._fields)
    return Components(*(one.get(name, 0).whole() for name in names))


def _replaced(one: _Place) -> Successor | None:
    if one.value is None:
        return None
    return Successor(one["ground_on"].day(), one["at"].instant(), one["number"].text())


def _told(one: _Place) -> Told:
    return Told(
        one["kind"].one_of(get_args(NoticeKind)),
        one["sent_on"].day(),
        one.get("received_on").maybe_day(),
        one.get("taken_back_on").maybe_day(),
        one.get("stands", False).truth(),
    )


def _ceiling(root: _Place) -> int:
    return root.get("policy", {}).get("ceiling_ppm", DEFAULT_CEILING_PPM).whole()


def _check(account: Account) -> None:
    plan = account.plan
    if not plan.loans or not all(one.parts for one in plan.loans):
        raise AccountUnreadable(where="plan.loans", what="每笔借款至少要有一期")
    for one in plan.loans:
        dates = {part.number: part.due_on for part in one.parts}
        for other in plan.loans:
            if any(dates.get(part.number, part.due_on) != part.due_on for part in other.parts):
                raise AccountUnreadable(where="plan.loans", what="同一期在几笔借款里的日期要一样")
    numbers = [one.number for one in account.money]
    if len(set(numbers)) < len(numbers):
        raise AccountUnreadable(where="payments", what="编号不能重复")
    if len({type(one) for one in numbers}) > 1:
        raise AccountUnreadable(where="payments", what="编号要么都是数字，要么都是文字")
    came = {one.number for one in account.money if one.reverses is None}
    reversed_ = [one.reverses for one in account.money if one.reverses is not None]
    if not came.issuperset(reversed_):
        raise AccountUnreadable(where="payments", what="冲正要写明一笔收到的款项的编号")
    if len(set(reversed_)) < len(reversed_):
        raise AccountUnreadable(where="payments", what="同一笔款项只能冲正一次")

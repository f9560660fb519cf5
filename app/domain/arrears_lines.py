"""How each figure of a loan's arrears came about, line by line."""

from collections.abc import Iterator
from datetime import date

from app.domain.arrears import Arrears, OverdueInstalment
from app.domain.explanation import Line, Section
from app.domain.loan import LoanTerms
from app.domain.money import PPM, div_half_up, exact_percent, figure
from app.domain.texts import N_

# The lines explain the figures of the engine and only repeat its arithmetic in words; no amount is
# computed here but sums of lines.
_CHECKING = N_("和贷款机构的数字不同，正在核对，先按低的算")


def explain(terms: LoanTerms, owed: Arrears) -> tuple[Line, ...]:
    """Return, section by section, how each figure came about; the step lines of a section sum to
    its figure.
    """
    return (
        *_principal(owed),
        *_interest(terms, owed),
        *_penalty(terms, owed),
        *_fee(owed),
        *_excess(owed),
        *_accrued(terms, owed),
        *_adjustment(owed),
        *_payoff(owed),
        *_today(owed),
    )


def _step(section: Section, what: str, fen: int, how: str = "", **values: str) -> Line:
    return Line(section, what, how, values, fen)


def _sum(section: Section, what: str, fen: int, **values: str) -> Line:
    return Line(section, what, "", values, fen, "sum")


def _rule(section: Section, what: str, **values: str) -> Line:
    return Line(section, what, "", values, None, "rule")


def _numbered(one: OverdueInstalment, as_of: date) -> tuple[str, dict[str, str]]:
    """Return the phrase that names an instalment, with the year only where it is another one."""
    due = one.due_on
    values = {"number": str(one.number), "month": str(due.month), "day": str(due.day)}
    if due.year == as_of.year:
        return N_("第 %(number)s 期 %(month)s月%(day)s日"), values
    return N_("第 %(number)s 期 %(year)s年%(month)s月%(day)s日"), values | {"year": str(due.year)}


def _checked(section: Section, lowered: int) -> Iterator[Line]:
    if lowered:
        yield _step(section, _CHECKING, -lowered)


def _principal(owed: Arrears) -> Iterator[Line]:
    for one in owed.overdue:
        what, values = _numbered(one, owed.as_of)
        yield _step("principal", what, one.principal_fen, **values)

    yield from _checked("principal", owed.lowered.overdue_principal)
    if not owed.overdue:
        yield _step("principal", N_("没有过了还款日的本金"), 0)
        return

    count = str(len(owed.overdue))
    yield _sum("principal", N_("%(count)s 期本金相加"), owed.overdue_principal_fen, count=count)


def _interest(terms: LoanTerms, owed: Arrears) -> Iterator[Line]:
    rate = exact_percent(terms.annual_ppm)
    for one in owed.overdue:
        what, values = _numbered(one, owed.as_of)
        how = N_("%(base)s × %(rate)s ÷ 12")
        yield _step(
            "interest",
            what,
            one.interest_fen,
            how,
            base=figure(one.balance_fen),
            rate=rate,
            **values,
        )

    yield from _checked("interest", owed.lowered.interest)
    if not owed.overdue:
        yield _step("interest", N_("没有过了还款日的利息"), 0)
        return

    yield _sum(
        "interest", N_("%(count)s 期利息相加"), owed.interest_fen, count=str(len(owed.overdue))
    )
    yield _rule(
        "interest",
        N_("按合同年利率 %(rate)s，每期用当时的剩余本金计算，每行四舍五入到分。"),
        rate=rate,
    )


def _penalty(terms: LoanTerms, owed: Arrears) -> Iterator[Line]:
    rate, basis = exact_percent(owed.penalty_ppm), str(terms.day_basis)
    for one in owed.overdue:
        values = {"number": str(one.number), "days": str(one.days), "basis": basis, "rate": rate}
        values["charged"] = str(one.charged_days)
        yield _step(
            "penalty",
            N_("第 %(number)s 期 过了 %(days)s 天"),
            one.penalty_fen,
            N_("%(base)s × %(rate)s × %(charged)s ÷ %(basis)s"),
            base=figure(one.principal_fen),
            **values,
        )

    yield from _checked("penalty", owed.lowered.penalty)
    if not owed.overdue:
        yield _step("penalty", N_("没有罚息"), 0)
        return

    yield _sum(
        "penalty", N_("%(count)s 期罚息相加"), owed.penalty_fen, count=str(len(owed.overdue))
    )
    # The oldest instalment has lived through every pause, so its difference is the longest.
    still = owed.overdue[0].days - owed.overdue[0].charged_days
    if still:
        yield _rule("penalty", N_("方案在办理的 %(days)s 天不计罚息。"), days=str(still))

    yield _uplift(terms, owed)
    yield _rule(
        "penalty",
        N_(
            "全部息费一年不超过 %(ceiling)s。只对过了还款日的本金计算，没有利滚利。每行四舍五入到分。"
        ),
        ceiling=exact_percent(owed.ceiling_ppm),
    )


def _uplift(terms: LoanTerms, owed: Arrears) -> Line:
    # Rounded for show only; the amounts use the exact rate (ADR 0001).
    contract = div_half_up(terms.annual_ppm * (PPM + terms.uplift_ppm), PPM)
    values = {
        "times": _times(terms.uplift_ppm),
        "contract": exact_percent(contract),
        "rate": exact_percent(owed.penalty_ppm),
    }
    if contract > owed.penalty_ppm:
        return _rule(
            "penalty",
            N_("合同写明罚息为利率的 %(times)s 倍，即 %(contract)s；超过上限，只按 %(rate)s 算。"),
            **values,
        )
    if not terms.uplift_ppm:
        return _rule("penalty", N_("合同没有上浮罚息，按合同年利率 %(rate)s 算。"), **values)

    return _rule("penalty", N_("合同写明罚息为利率的 %(times)s 倍，即 %(contract)s。"), **values)


def _times(uplift_ppm: int) -> str:
    whole, rest = divmod(PPM + uplift_ppm, PPM)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def _fee(owed: Arrears) -> Iterator[Line]:
    gross = owed.fee_fen + owed.lowered.fee
    if gross:
        yield _step("fee", N_("合同约定的费用"), gross, N_("数字来自贷款机构"))
        yield from _checked("fee", owed.lowered.fee)
    else:
        yield _step("fee", N_("这笔借款没有收过费用"), 0)


def _excess(owed: Arrears) -> Iterator[Line]:
    if not owed.excess_fen:
        return

    ceiling = exact_percent(owed.ceiling_ppm)
    yield _step(
        "excess", N_("到今天为止各期的利息"), owed.interest_so_far_fen, N_("已还的和没还的都算在内")
    )
    yield _step("excess", N_("罚息"), owed.penalty_fen)
    yield _step("excess", N_("费用"), owed.fee_fen)
    yield _step(
        "excess",
        N_("按一年 %(ceiling)s 最多可以收的息费"),
        -owed.ceiling_fen,
        N_("同样的各期，用同样的剩余本金和天数计算，每行四舍五入到分"),
        ceiling=ceiling,
    )
    yield _sum("excess", N_("超过上限的部分"), owed.excess_fen)
    yield _rule(
        "excess",
        N_(
            "全部息费一年不能超过 %(ceiling)s，多出的部分不用还：先从罚息里减，再从费用里减，再从利息里减。"
        ),
        ceiling=ceiling,
    )


def _accrued(terms: LoanTerms, owed: Arrears) -> Iterator[Line]:
    yield _step(
        "accrued",
        N_("未到期本金 %(days)s 天的利息"),
        owed.accrued_fen,
        N_("%(base)s × %(rate)s × %(days)s ÷ %(basis)s"),
        days=str(owed.accrued_days),
        base=figure(owed.not_due_principal_fen),
        rate=exact_percent(terms.annual_ppm),
        basis=str(terms.day_basis),
    )


def _adjustment(owed: Arrears) -> Iterator[Line]:
    if any(owed.lowered):
        yield _rule(
            "adjustment", N_("这笔借款的数字正在和贷款机构核对，核对好之前，都按较低的数算。")
        )


def _payoff(owed: Arrears) -> Iterator[Line]:
    yield _step(
        "payoff", N_("剩余本金"), owed.principal_left_fen, _CHECKING if owed.lowered.left else ""
    )
    yield _step("payoff", N_("已到期的利息"), owed.interest_fen)
    yield _step("payoff", N_("已到期的罚息"), owed.penalty_fen)
    if owed.fee_fen:
        yield _step("payoff", N_("费用"), owed.fee_fen)

    yield _step(
        "payoff", N_("未到期本金 %(days)s 天的利息"), owed.accrued_fen, days=str(owed.accrued_days)
    )
    gross = (
        owed.principal_left_fen
        + owed.interest_fen
        + owed.penalty_fen
        + owed.fee_fen
        + owed.accrued_fen
    )
    yield from _taken_off("payoff", gross - owed.payoff_fen)
    yield _sum("payoff", N_("结清金额"), owed.payoff_fen)


def _today(owed: Arrears) -> Iterator[Line]:
    yield _step("today", N_("过了还款日的本金"), owed.overdue_principal_fen)
    yield _step("today", N_("过了还款日的利息"), owed.interest_fen)
    yield _step("today", N_("罚息"), owed.penalty_fen)
    if owed.fee_fen:
        yield _step("today", N_("费用"), owed.fee_fen)
    if owed.due_today_fen:
        yield _step("today", N_("今天到期的一期"), owed.due_today_fen)

    gross = (
        owed.overdue_principal_fen
        + owed.interest_fen
        + owed.penalty_fen
        + owed.fee_fen
        + owed.due_today_fen
    )
    yield from _taken_off("today", gross - owed.today_fen)
    yield _sum("today", N_("今天应还"), owed.today_fen)


def _taken_off(section: Section, fen: int) -> Iterator[Line]:
    if fen:
        yield _step(section, N_("减去超过上限的部分"), -fen, N_("这部分不用还"))

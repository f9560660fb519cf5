"""How a quote came about, line by line."""

from collections.abc import Iterator
from datetime import date

from app.domain.explanation import Line
from app.domain.keeping.quoting import Quote, QuotedDue, QuotedInterest
from app.domain.money import exact_percent, figure
from app.domain.texts import N_

_TAIL = 4


def quote_lines(quoted: Quote, *, loans: int) -> tuple[Line, ...]:
    """Return the lines of a quote for a plan of so many loans; its steps sum to the sum line.

    Units:  fen.
    Source: rules part 1, quote.
    """
    steps = (
        *(_due(one, quoted.day) for one in quoted.due),
        _step(N_("还没到期的本金"), quoted.principal_fen),
        _step(
            N_("以前的利息、罚息、费用"),
            quoted.old_fen,
            N_("签协议时已经有的，还没到期的各期里的"),
        ),
        *(_interest(one, quoted.day, loans) for one in quoted.interest),
        _step(N_("放在前面的钱"), -quoted.ahead_fen),
        _step(N_("它省下的利息"), -quoted.saved_fen),
    )
    return (*(one for one in steps if one.fen), *_end(quoted))


def _step(what: str, fen: int, how: str = "", **values: str) -> Line:
    return Line("quote", what, how, values, fen)


def _on(day: date, asked: date) -> tuple[bool, dict[str, str]]:
    """Whether a day is of another year than the one that is asked for, and what names it."""
    named = {"month": str(day.month), "day": str(day.day)}
    return day.year != asked.year, named | {"year": str(day.year)}


def _due(one: QuotedDue, asked: date) -> Line:
    is_other, values = _on(one.due_on, asked)
    if one.is_regular:
        what = N_("合同的第 %(number)s 期")
    else:
        what = N_("第 %(number)s 期还没还的") if one.number else N_("先还的一笔还没还的")
    how = N_("%(year)s年%(month)s月%(day)s日到期") if is_other else N_("%(month)s月%(day)s日到期")
    return _step(what, one.fen, how, number=str(one.number), **values)


def _interest(one: QuotedInterest, asked: date, loans: int) -> Line:
    is_other, values = _on(one.from_on, asked)
    values |= {
        "days": str(one.days),
        "base": figure(one.principal_fen),
        "rate": exact_percent(one.annual_ppm),
        "basis": str(one.day_basis),
        "tail": one.ref[-_TAIL:],
    }
    since = (
        N_("%(year)s年%(month)s月%(day)s日起 %(days)s 天的利息")
        if is_other
        else N_("%(month)s月%(day)s日起 %(days)s 天的利息")
    )
    if loans > 1:
        since = (
            N_("尾号 %(tail)s，%(year)s年%(month)s月%(day)s日起 %(days)s 天的利息")
            if is_other
            else N_("尾号 %(tail)s，%(month)s月%(day)s日起 %(days)s 天的利息")
        )
    how = N_("%(base)s × %(rate)s × %(days)s ÷ %(basis)s")
    if one.is_capped:
        how = N_("照天数算比这一期印的多，所以只收印的这些")
    return _step(since, one.fen, how, **values)


def _end(quoted: Quote) -> Iterator[Line]:
    _is_other, values = _on(quoted.day, quoted.today)
    what = N_("%(month)s月%(day)s日还清") if quoted.day > quoted.today else N_("今天还清")
    yield Line("quote", what, "", values, quoted.sum_fen, "sum")
    yield Line("quote", N_("利息只算到还清那天，没有手续费，没有违约金。"), "", {}, None, "rule")

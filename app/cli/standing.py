"""The calculator of a signed plan: an account file in, where the plan stands on a day out."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from app.cli.console import DAY, Answer, answering
from app.domain.keeping.reading import AccountUnreadable, read_account
from app.domain.keeping.standing import PlanStanding, known_at
from app.domain.keeping.standing import standing as standing_of
from app.domain.money import yuan

STATES = {
    "active": "正常履行",
    "in_cure": "补救期内",
    "broken": "已终止",
    "completed": "已还清",
    "replaced": "已由新的方案取代",
}


class Moment(click.ParamType[datetime]):
    """An instant with its zone."""

    name = "instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} 不是时刻，请写成 2026-11-20T09:30:00+08:00", param, ctx)
        if found.tzinfo is None:
            self.fail("时刻要写明时区，例如 +08:00", param, ctx)
        return found


@click.command("standing", help="一份已签方案的账目文件，在某一天还了多少、还差多少、怎么分的")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", type=DAY, required=True, help="按哪一天结束时算")
@click.option("--known-at", "instant", type=Moment(), help="只算到这一刻为止登记的")
@answering
def standing(file: Path, as_of: date, instant: datetime | None) -> Answer:
    account = read_account(_object(file))
    if instant is not None:
        account = known_at(account, instant)
    found = standing_of(account, as_of)
    return Answer(values_of(found), _words(found))


def _object(file: Path) -> object:
    try:
        return json.loads(file.read_text("utf-8-sig"))
    except (ValueError, RecursionError) as fault:
        raise AccountUnreadable(where=file.name, what="读不懂，应当是 UTF-8 的 JSON") from fault


def values_of(found: PlanStanding) -> dict[str, Any]:
    """Return what the command tells, as its JSON has it."""
    return {
        "state": found.state,
        "due_fen": found.due_fen,
        "next": found.next
        and {"due_on": found.next.due_on.isoformat(), "amount_fen": found.next.amount_fen},
        "left_fen": found.left_fen,
        "ahead_fen": found.ahead_fen,
        "credit_fen": found.credit_fen,
        "missed": found.missed,
        "notice_on": _iso(found.notice_on),
        "cure_until": _iso(found.cure_until),
        "payoff_fen": found.payoff_fen,
        "waived_fen": found.waived_fen,
        "released_fen": found.released_fen,
        "instalments": [
            {
                "ref": one.ref,
                "number": one.number,
                "due_on": one.due_on.isoformat(),
                "amount_fen": one.amount_fen,
                "paid_fen": one.paid_fen,
                "state": one.state,
            }
            for one in found.instalments
        ],
        "payments": [
            {
                "number": one.number,
                "covered": [
                    {
                        "ref": part.ref,
                        "number": part.number,
                        "component": part.component,
                        "fen": part.fen,
                    }
                    for part in one.covered
                ],
                "credit_fen": one.credit_fen,
            }
            for one in found.payments
        ],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _words(found: PlanStanding) -> list[str]:
    lines = [f"方案{STATES[found.state]}"]
    if found.due_fen is not None:
        lines.append(f"现在应还 {yuan(found.due_fen)}，全部还剩 {yuan(found.left_fen or 0)}")
    if found.next:
        lines.append(f"下一次 {found.next.due_on}，{yuan(found.next.amount_fen)}")
    if found.payoff_fen:
        lines.append(f"今天一次还清要 {yuan(found.payoff_fen)}")
    return lines


COMMANDS = (standing,)

"""Nightly files: taking one in, and making one up."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from app.cli.console import DAY, Answer, answering, today
from app.cli.database import context, opened
from app.domain.errors import RuleBroken
from app.domain.money import yuan
from app.ports.book import Book
from app.services.core.context import Actor
from app.services.core.policy import active_policy
from app.services.file_decisions.taking_back import ask_to_take_back
from app.services.maps.mapped_book import MappedBook
from app.services.maps.reading_queries import active_map
from app.services.nightly.importing import ImportReport
from app.services.nightly.importing import import_book as take_in
from app.services.nightly.maker import made_rows
from app.services.nightly.reasons import VANISH_PERCENT
from app.wiring import open_book

ACTOR, TAKING_BACK = Actor("cli:import-book"), Actor("cli:take-back-book")
MADE_NAME = "loan_book.csv"
# The figures of the file stand afterwards.
STORED = ("applied", "unchanged")


@click.command("import-book", help="导入夜间文件")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", "as_of", type=DAY, help="数据日期，默认看文件里的数据日期")
@click.option(
    "--confirm-vanished",
    is_flag=True,
    help=f"确认超过 {VANISH_PERCENT}% 的借款不在文件里也照常导入",
)
@click.option("--map", "map_name", default="", help="按哪个列对照读，默认是我们自己的列名")
@click.option("--confirm", is_flag=True, help="看过等人确认的原因，照常导入")
@answering
def import_book(
    file: Path, as_of: date | None, confirm_vanished: bool, map_name: str, confirm: bool
) -> Answer:
    with opened() as session:
        try:
            book = _mapped(session, file, map_name, as_of) if map_name else open_book(file)
            report = take_in(
                session,
                context(ACTOR),
                book=book,
                as_of=as_of,
                is_vanishing_confirmed=confirm_vanished,
                is_confirmed=confirm,
            )
        except RuleBroken as refusal:
            return _refused(refusal)
    if book.told:
        click.echo("\n".join(_told(book.told)), err=True)
    is_stored = report.state in STORED
    if not is_stored:
        click.echo("\n".join(_why(report)), err=True)
    return Answer(_values(report), _words(report), is_so=is_stored)


def _mapped(session: Session, file: Path, name: str, as_of: date | None) -> Book:
    told, read_by = active_map(session, name=name)
    how = {"sheet": told.sheet, "delimiter": told.delimiter, "encoding": told.encoding}
    return MappedBook(
        context(ACTOR).gateways.tables.open(file, **how), told, as_of=as_of, read_by=read_by
    )


def _told(told: Mapping[str, Any]) -> list[str]:
    """Which rows were left out and which nobody sees, so that none is lost unnamed."""
    rows = {name: "、".join(map(str, told.get(name, ()))) for name in ("closing", "hidden")}
    return [
        f"按列对照“{told['read_by']}”读",
        *([f"第 {rows['closing']} 行是合计或落款，没有当成借款"] if rows["closing"] else []),
        *([f"第 {rows['hidden']} 行在表格里是隐藏的，也读了"] if rows["hidden"] else []),
    ]


def _refused(refusal: RuleBroken) -> Answer:
    """Tell a file refused whole as any refusal is told, and in the words of the file."""
    click.echo(refusal.words, err=True)
    told = {"state": "refused", "reasons": [refusal.code]}
    return Answer(told | {"error": refusal.code, "message": refusal.words}, [], is_so=False)


def _why(report: ImportReport) -> list[str]:
    codes = {one.code for one in report.reasons}
    option = "--confirm-vanished" if codes == {"vanished"} else "--confirm"
    was = "这份文件有人看过并退回了" if report.state == "declined" else "文件在等人确认，没有导入"
    return [
        *(f"{one.words}。" for one in report.reasons),
        f"{was}；核对后由主管在管理台的夜间文件里确认，或者用 {option} 再运行一次",
    ]


def _values(report: ImportReport) -> dict[str, object]:
    return {
        "state": report.state,
        "as_of": report.as_of_on.isoformat(),
        "rows": report.rows,
        "accepted": report.accepted,
        "unchanged": report.unchanged,
        "reasons": [one.code for one in report.reasons],
        "evidence": [
            {"code": one.code, "message": one.words, **one.values} for one in report.reasons
        ],
        "vanished": report.vanished,
        "over_ceiling": report.over_ceiling,
        "rejected": [
            {"line": one.line, "field": one.field, "code": one.code, "message": one.message}
            for one in report.rejected
        ],
        "discrepancies": [one._asdict() for one in report.discrepancies],
        "conflicts": [
            {
                "code": one.code,
                "customer_no": one.customer_no,
                "field": one.field,
                "lines": list(one.lines),
                "message": one.message,
            }
            for one in report.conflicts
        ],
        "totals_fen": dict(report.totals_fen),
    }


def _words(report: ImportReport) -> list[str]:
    return [
        f"{report.as_of_on} 的文件：{report.rows} 行，收下 {report.accepted} 行（{report.unchanged} 行没有变化），"
        f"退回 {len(report.rejected)} 行，{report.vanished} 笔不在文件里，{len(report.discrepancies)} 处金额不同。",
        *(f"第 {one.line} 行 {one.field} {one.code}：{one.message}" for one in report.rejected),
        *(
            f"第 {'、'.join(map(str, one.lines))} 行 {one.customer_no} {one.field}：{one.message}"
            for one in report.conflicts
        ),
        *(
            f"第 {one.line} 行 {one.ref} {one.component} 比我们多 {yuan(one.file_minus_engine_fen)}"
            for one in report.discrepancies
        ),
    ]


@click.command("take-back-book", help="撤回误导入的夜间文件，要另一个人在管理台确认")
@click.option("--as-of", "as_of", type=DAY, required=True, help="文件的数据日期")
@click.option("--reason", required=True, help="为什么要撤回")
@click.option("--by", "username", default="", help="谁提出的（账号），这个人自己不能确认")
@answering
def take_back_book(as_of: date, reason: str, username: str) -> Answer:
    with opened() as session:
        asked = ask_to_take_back(
            session, context(TAKING_BACK), as_of=as_of, words=reason, username=username
        )
    values = {
        "state": "waiting",
        "file": asked.public_id,
        "as_of": asked.as_of_on.isoformat(),
        "since": list(asked.since),
    }
    since = [f"这期间提出或签下的方案都会留着：{'、'.join(asked.since)}"] if asked.since else []
    return Answer(
        values, ["已提出撤回，请另一个人在管理台的夜间文件里确认；确认前什么都不变", *since]
    )


@click.command("make-book", help="造一份夜间文件，人和借款都是虚构的")
@click.option("--borrowers", type=click.IntRange(1, 1_000_000), required=True, help="多少个借款人")
@click.option("--seed", type=int, required=True, help="种子，同一个数造出同一份")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="写到哪个文件夹"
)
@click.option("--as-of", "as_of", type=DAY, help="数据日期，默认今天")
@answering
def make_book(borrowers: int, seed: int, out: Path, as_of: date | None) -> Answer:
    as_of = as_of or today()
    with opened() as session:
        ceiling_ppm = active_policy(session)[1].amounts.ceiling_ppm
    out.mkdir(parents=True, exist_ok=True)
    path, rows = out / MADE_NAME, -1
    with path.open("w", encoding="gb18030", newline="") as text:
        writer = csv.writer(text)
        for row in made_rows(borrowers=borrowers, seed=seed, as_of=as_of, ceiling_ppm=ceiling_ppm):
            writer.writerow(row)
            rows += 1
    values = {"file": str(path), "borrowers": borrowers, "rows": rows, "as_of": as_of.isoformat()}
    return Answer(values, [f"{path}：{borrowers} 人，{rows} 行"])


COMMANDS = (import_book, take_back_book, make_book)

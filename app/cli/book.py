"""Nightly files: taking one in, and making one up."""

import csv
from datetime import date
from pathlib import Path

import click

from app.cli.console import DAY, Answer, answering, today
from app.cli.database import context, opened
from app.domain.money import yuan
from app.services.core.context import Actor
from app.services.core.policy import active_policy
from app.services.nightly.importing import VANISH_PERCENT, ImportReport
from app.services.nightly.importing import import_book as take_in
from app.services.nightly.maker import made_rows
from app.wiring import open_book

ACTOR = Actor("cli:import-book")
MADE_NAME = "loan_book.csv"


@click.command("import-book", help="导入夜间文件")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", "as_of", type=DAY, help="数据日期，默认看文件里的数据日期")
@click.option(
    "--confirm-vanished",
    is_flag=True,
    help=f"确认超过 {VANISH_PERCENT}% 的借款不在文件里也照常导入",
)
@answering
def import_book(file: Path, as_of: date | None, confirm_vanished: bool) -> Answer:
    book = open_book(file)
    with opened() as session:
        report = take_in(
            session, context(ACTOR), book=book, as_of=as_of, is_vanishing_confirmed=confirm_vanished
        )
    if report.state == "waiting":
        click.echo(
            f"{report.vanished} 笔借款不在文件里，超过 {VANISH_PERCENT}%，没有导入；核对后用 --confirm-vanished 再运行一次",
            err=True,
        )
    return Answer(_values(report), _words(report))


def _values(report: ImportReport) -> dict[str, object]:
    return {
        "state": report.state,
        "as_of": report.as_of_on.isoformat(),
        "rows": report.rows,
        "accepted": report.accepted,
        "unchanged": report.unchanged,
        "vanished": report.vanished,
        "over_ceiling": report.over_ceiling,
        "rejected": [
            {"line": one.line, "field": one.field, "code": one.code, "message": one.message}
            for one in report.rejected
        ],
        "discrepancies": [one._asdict() for one in report.discrepancies],
        "totals_fen": dict(report.totals_fen),
    }


def _words(report: ImportReport) -> list[str]:
    return [
        f"{report.as_of_on} 的文件：{report.rows} 行，收下 {report.accepted} 行（{report.unchanged} 行没有变化），"
        f"退回 {len(report.rejected)} 行，{report.vanished} 笔不在文件里，{len(report.discrepancies)} 处金额不同。",
        *(f"第 {one.line} 行 {one.field} {one.code}：{one.message}" for one in report.rejected),
        *(
            f"第 {one.line} 行 {one.ref} {one.component} 比我们多 {yuan(one.file_minus_engine_fen)}"
            for one in report.discrepancies
        ),
    ]


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


COMMANDS = (import_book, make_book)

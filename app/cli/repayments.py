"""Files of money received."""

from datetime import date
from pathlib import Path

import click

from app.cli.console import DAY, Answer, answering
from app.cli.database import context, opened
from app.domain.money import yuan
from app.domain.repayments.reasons import reason_told
from app.services.core.context import Actor
from app.services.repayments.importing import RepaymentsReport
from app.services.repayments.importing import import_repayments as take_in
from app.wiring import open_repayments

ACTOR = Actor("cli:import-repayments")


@click.command("import-repayments", help="导入还款流水")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--through", type=DAY, help="文件里的钱到哪一天为止（含当天），默认到最晚入账日期的前一天"
)
@click.option("--dry-run", "is_dry_run", is_flag=True, help="只看结果，什么都不存")
@answering
def import_repayments(file: Path, through: date | None, is_dry_run: bool) -> Answer:
    with opened() as session:
        report = take_in(
            session,
            context(ACTOR),
            file=open_repayments(file),
            through=through,
            is_dry_run=is_dry_run,
        )
    return Answer(_values(report), _words(report, is_dry_run=is_dry_run))


def _values(report: RepaymentsReport) -> dict[str, object]:
    return {
        "rows": report.rows,
        "posted": report.posted,
        "duplicates": report.duplicates,
        "unmatched": [
            {"line": one.line, "reason": one.reason, "suggestions": list(one.suggestions)}
            for one in report.unmatched
        ],
        "rejected": [one._asdict() for one in report.rejected],
        "total_fen": report.total_fen,
    }


def _words(report: RepaymentsReport, *, is_dry_run: bool) -> list[str]:
    covers = report.covers_until_on
    told = "试一遍，什么都没有存。" if is_dry_run else ""
    until = f"记到 {covers}（含当天）" if covers else "看不出记到哪一天"
    return [
        f"{told}{report.rows} 行：入账 {report.posted} 笔，合计 {yuan(report.total_fen)}，"
        f"重复 {report.duplicates} 行，没有认领 {len(report.unmatched)} 笔，"
        f"退回 {len(report.rejected)} 行；{until}。",
        *(f"第 {one.line} 行 {one.field} {one.code}：{one.message}" for one in report.rejected),
        *(
            f"第 {one.line} 行没有认领：{reason_told(one.reason)}"
            + (f"；可能是 {'、'.join(one.suggestions)}" if one.suggestions else "")
            for one in report.unmatched
        ),
    ]


COMMANDS = (import_repayments,)

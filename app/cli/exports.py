"""Agreements as files in a folder."""

from datetime import date
from pathlib import Path

import click

from app.cli.console import DAY, Answer, answering
from app.cli.database import context, runtime
from app.domain.money import yuan
from app.services.core.context import Actor
from app.services.finance.export_files import LedgerDiffers
from app.services.finance.exports import CLI_PURPOSE, FORMS, ExportWish, export_to_folder
from app.services.register.filter import RegisterFilter
from app.wiring import open_folder

ACTOR = Actor("cli:export-agreements")


@click.command("export-agreements", help="导出已签署的协议：台账、分期明细和借款，或签好的 PDF")
@click.option("--from", "from_on", type=DAY, help="签署日从哪一天起，默认最早")
@click.option("--to", "to_on", type=DAY, help="签署日到哪一天，包括当天，默认最近")
@click.option("--format", "form", type=click.Choice(FORMS), required=True, help="格式")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="写到哪个文件夹"
)
@answering
def export_agreements(from_on: date | None, to_on: date | None, form: str, out: Path) -> Answer:
    if from_on and to_on and from_on > to_on:
        raise click.BadParameter("开始日期不能晚于结束日期", param_hint="--from")
    found = runtime()
    assert found.sessions is not None  # noqa: S101 - bound by create_app
    wish = ExportWish(form, RegisterFilter(from_on, to_on), CLI_PURPOSE)
    written = export_to_folder(found.sessions, context(ACTOR), storage=open_folder(out), wish=wish)
    values = {
        "files": [
            {"name": one.name, "rows": one.rows, "sha256": one.sha256} for one in written.files
        ],
        "total_fen": written.total_fen,
        "ledger_total_fen": written.ledger_total_fen,
    }
    lines = [f"{one.name}：{one.rows} 行，SHA-256 {one.sha256}" for one in written.files]
    lines += [f"{written.rows} 份协议，合计 {yuan(written.total_fen)}"]
    if not written.differing:
        return Answer(values, [*lines, f"总账里的合计 {yuan(written.ledger_total_fen)}，一致"])
    told = f"总账里的合计 {yuan(written.ledger_total_fen)}，和协议对不上，最先是：{'、'.join(written.differing)}"
    # What is told in words to people is told to a script as well, beside the two sums.
    refused = {"error": LedgerDiffers.code, "message": told}
    return Answer(values | refused, [*lines, told], is_so=False)


COMMANDS = (export_agreements,)

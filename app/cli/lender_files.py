"""Files back to the lender's core system."""

from datetime import date, timedelta
from pathlib import Path

import click

from app.cli.console import DAY, Answer, answering, today
from app.cli.database import context, runtime
from app.domain.money import yuan
from app.services.core.context import Actor
from app.services.lender_files.making import hand_out
from app.wiring import open_folder

ACTOR = Actor("cli:export-nightly")


@click.command("export-nightly", help="给核心系统的文件：方案、暂缓、减免、不得转让、已入账、联络")
@click.option("--date", "on", type=DAY, help="哪一天，默认昨天")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="写到哪个文件夹"
)
@answering
def export_nightly(on: date | None, out: Path) -> Answer:
    found = runtime()
    assert found.sessions is not None  # noqa: S101 - bound by create_app
    made = hand_out(
        found.sessions,
        context(ACTOR),
        on=on or today() - timedelta(days=1),
        storage=open_folder(out),
    )
    files = [{"name": one.name, "rows": one.rows, "sha256": one.sha256} for one in made]
    lines = [
        f"{one.name}：{one.rows} 行，合计 {yuan(one.fen)}，SHA-256 {one.sha256}" for one in made
    ]
    return Answer({"files": files}, lines)


COMMANDS = (export_nightly,)

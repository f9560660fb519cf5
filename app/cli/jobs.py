"""Background work."""

import logging
from dataclasses import asdict

import click

from app.cli.console import Answer, answering
from app.cli.database import context, runtime
from app.jobs import ACTOR, run_all


@click.group("jobs", help="后台任务")
def jobs() -> None:
    pass


@jobs.command("run", help="运行后台任务，直到停止")
@click.option("--once", is_flag=True, help="只运行一轮")
@answering
def run(once: bool) -> Answer:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    sessions = runtime().sessions
    assert sessions is not None  # noqa: S101 - bound by create_app
    reports = run_all(sessions, lambda: context(ACTOR), once=once)
    return Answer(
        {"jobs": [asdict(report) for report in reports]},
        [f"{report.job}：完成 {report.done}，剩余 {report.left}" for report in reports],
    )


COMMANDS = (jobs,)

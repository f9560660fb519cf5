"""Background work."""

import logging
from dataclasses import asdict

import click

from app.cli.console import Answer, answering
from app.cli.database import context, opened, runtime, surroundings
from app.jobs import ACTOR, run_all
from app.services.work.work_queries import work_health


@click.group("jobs", help="后台任务")
def jobs() -> None:
    pass


@jobs.command("run", help="运行后台任务，直到停止")
@click.option("--once", is_flag=True, help="只运行一轮")
@answering
def run(once: bool) -> Answer:
    logging.getLogger().setLevel(logging.INFO)
    sessions = runtime().sessions
    assert sessions is not None  # noqa: S101 - bound by create_app
    reports = run_all(sessions, surroundings(ACTOR), once=once)
    return Answer(
        {"jobs": [asdict(report) for report in reports]},
        [f"{report.job}：完成 {report.done}，剩余 {report.left}" for report in reports],
    )


@jobs.command("status", help="后台任务是否正常；有要看的退出码为 1")
@answering
def status() -> Answer:
    with opened() as session:
        health = work_health(session, context(ACTOR))
    lines = [f"{name}：{value}" for name, value in asdict(health).items()]
    return Answer(asdict(health), lines, is_so=health.is_well)


COMMANDS = (jobs,)

"""The demo data."""

from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app

from app.cli.console import Answer, answering
from app.cli.database import context, opened, runtime
from app.domain.errors import RuleBroken
from app.services.core.context import Actor
from app.services.demo.loading import demo_code_of, load_demo
from app.wiring import open_book

EXAMPLE = Path("demo_data", "loan_book.csv")

ACTOR = Actor("cli:demo")


class DemoRefused(RuleBroken):
    """The demo is for development."""

    code = "demo_refused"
    message = "演示数据只用于 APP_ENV=development"


@click.command("demo", help="载入演示数据（只载入一次）")
@answering
def demo() -> Answer:
    if runtime().is_production:
        raise DemoRefused
    with opened() as session:
        found = load_demo(
            session, context(ACTOR), example=open_book(Path(current_app.root_path) / EXAMPLE)
        )
    values = {
        "borrowers": [
            {"mobile": one.mobile, "id_last4": one.id_last4, "loans": list(one.loans)}
            for one in found.borrowers
        ],
        "staff": [asdict(one) for one in found.staff],
    }
    lines = [f"{one.mobile}（证件号后四位 {one.id_last4}）" for one in found.borrowers]
    lines += [
        f"{one.username}（{one.password}，动态码密钥 {one.totp_secret}）" for one in found.staff
    ]
    return Answer(values, lines)


@click.command("demo-code", help="演示员工现在的动态码（只用于开发）")
@click.argument("username")
@answering
def demo_code(username: str) -> Answer:
    if runtime().is_production:
        raise DemoRefused
    with opened() as session:
        code = demo_code_of(session, context(ACTOR), username=username)
    return Answer({"username": username, "code": code}, [code])


COMMANDS = (demo, demo_code)

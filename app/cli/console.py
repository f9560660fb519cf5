"""How a command answers: words or one JSON object, and an exit status."""

import functools
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.db import lift_limits
from app.domain.calendar import beijing_date
from app.domain.errors import DomainError
from app.domain.money import MoneyFormat, parse_yuan
from app.domain.nightly_fields import RowFault, read_day

REFUSED = 1


@dataclass(frozen=True)
class Answer:
    """What a command found: the JSON object, lines for people, and whether the thing asked is
    so.
    """

    values: Mapping[str, Any]
    lines: Sequence[str] = field(default=())
    is_so: bool = True


def answering(run: Callable[..., Answer]) -> Callable[..., None]:
    """Give a command --json, and turn refusals into words and exit status 1."""

    @click.option("--json", "is_json", is_flag=True, help="只输出一个 JSON 对象")
    @with_appcontext
    @functools.wraps(run)
    def command(is_json: bool, **options: Any) -> None:
        lift_limits(current_app.extensions["anhuan_engine"])  # nobody waits before a command
        try:
            answer = run(**options)
        except DomainError as refusal:
            _refuse(refusal.code, refusal.words or refusal.code, is_json)
        except (OperationalError, ProgrammingError) as failure:
            _refuse(
                "database",
                f"数据库用不了，请检查 DATABASE_URL，并先运行 alembic upgrade head（{failure.orig}）",
                is_json,
            )
        except OSError as failure:
            _refuse("file", f"文件或文件夹用不了，请检查路径和权限（{failure.strerror}）", is_json)
        except UnicodeEncodeError:
            _refuse("text", "参数里有读不懂的字节，请用 UTF-8 再写一次", is_json)
        else:
            if is_json:
                click.echo(json.dumps(answer.values, ensure_ascii=False, indent=2))
            elif answer.lines:
                click.echo("\n".join(answer.lines))
            if not answer.is_so:
                sys.exit(REFUSED)

    return command


def _refuse(code: str, message: str, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps({"error": code, "message": message}, ensure_ascii=False))
    else:
        click.echo(message, err=True)
    sys.exit(REFUSED)


def present() -> datetime:
    """Return the present instant."""
    instant: datetime = current_app.extensions["anhuan"].clock.now()
    return instant


def today() -> date:
    """Return the date in Beijing."""
    return beijing_date(present())


class Day(click.ParamType[date]):
    """A date such as 2026-11-20."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return read_day(value, self.name)
        except RowFault:
            self.fail(f"{value} 不是日期，请写成 2026-11-20", param, ctx)


class Yuan(click.ParamType[int]):
    """An amount in yuan, read into fen; below zero only where that means something."""

    name = "yuan"

    def __init__(self, *, may_be_negative: bool = False) -> None:
        self.may_be_negative = may_be_negative

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        is_negative = self.may_be_negative and value.startswith("-")
        try:
            return -parse_yuan(value[1:]) if is_negative else parse_yuan(value)
        except MoneyFormat as error:
            self.fail(error.words, param, ctx)


DAY = Day()
YUAN = Yuan()
SIGNED_YUAN = Yuan(may_be_negative=True)

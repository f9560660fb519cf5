"""Staff accounts."""

import sys

import click

from app.cli.console import Answer, answering
from app.cli.database import context, opened
from app.services.core.context import Actor
from app.services.staff.accounts import ROLES, add_staff

ACTOR = Actor("cli:staff-add")


@click.command("staff-add", help="开一个员工账号，密码从提示或标准输入读")
@click.argument("username")
@click.option("--name", "display_name", required=True, help="姓名")
@click.option(
    "--role", "roles", type=click.Choice(ROLES), multiple=True, required=True, help="可以写几次"
)
@click.option("--person", "person_id", help="同一个人已有账号时，写那个账号的人员编号")
@click.option("--password-stdin", is_flag=True, help="从标准输入读一行密码")
@answering
def staff_add(
    username: str,
    display_name: str,
    roles: tuple[str, ...],
    person_id: str | None,
    password_stdin: bool,
) -> Answer:
    password = _password(password_stdin)
    with opened() as session:
        public_id = add_staff(
            session,
            context(ACTOR),
            username=username,
            display_name=display_name,
            password=password,
            roles=roles,
            person_id=person_id,
        )
    values = {"username": username, "public_id": public_id, "roles": sorted(set(roles))}
    return Answer(values, [f"已开通 {username}（{'、'.join(sorted(set(roles)))}）"])


def _password(is_piped: bool) -> str:
    if is_piped:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("这里没有终端可以输入密码，请加 --password-stdin")
    typed: str = click.prompt("密码", hide_input=True, confirmation_prompt="再输入一次", err=True)
    return typed


COMMANDS = (staff_add,)

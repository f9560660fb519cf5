"""Staff accounts."""

import sys

import click

from app.cli.console import Answer, answering
from app.cli.database import context, opened
from app.services.core.context import Actor
from app.services.staff import managing, queries
from app.services.staff.accounts import ROLES, add_staff, normal_username

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


@click.command("staff-list", help="有哪些员工账号、角色、能不能登录")
@answering
def staff_list() -> Answer:
    with opened() as session:
        rows = queries.staff_list(session, context(Actor("cli:staff-list")))
    told = [
        {
            "username": one.username,
            "public_id": one.public_id,
            "display_name": one.display_name,
            "roles": list(one.roles),
            "is_enrolled": one.is_enrolled,
            "open_sessions": one.open_sessions,
            "disabled_at": one.disabled_at.isoformat() if one.disabled_at else None,
        }
        for one in rows
    ]
    lines = [
        f"{one.username} {one.display_name}（{'、'.join(one.roles) or '没有角色'}）"
        + ("，已停用" if one.disabled_at else "")
        for one in rows
    ]
    return Answer({"staff": told}, lines)


@click.command("staff-disable", help="停用一个账号，登录着的地方马上退出")
@click.argument("username")
@click.option("--undo", is_flag=True, help="重新启用")
@answering
def staff_disable(username: str, undo: bool) -> Answer:
    acting = context(Actor("cli:staff-disable"))
    with opened() as session:
        public_id = managing.public_id_of(session, username=normal_username(username))
        change = managing.enable_staff if undo else managing.disable_staff
        is_changed = change(session, acting, public_id=public_id)
    values = {"username": username, "is_disabled": not undo, "is_changed": is_changed}
    return Answer(values, [f"{username} {'可以登录了' if undo else '已停用'}"])


@click.command("staff-roles", help="给一个账号角色，或者拿掉")
@click.argument("username")
@click.option("--give", type=click.Choice(ROLES), multiple=True, help="可以写几次")
@click.option("--take", type=click.Choice(ROLES), multiple=True, help="可以写几次")
@answering
def staff_roles(username: str, give: tuple[str, ...], take: tuple[str, ...]) -> Answer:
    if not give and not take:
        raise click.UsageError("请写 --give 或 --take")
    with opened() as session:
        public_id = managing.public_id_of(session, username=normal_username(username))
        roles = managing.change_roles(
            session, context(Actor("cli:staff-roles")), public_id=public_id, given=give, taken=take
        )
    values = {"username": username, "roles": list(roles)}
    return Answer(values, [f"{username}（{'、'.join(roles) or '没有角色'}）"])


@click.command("staff-reset", help="重设密码或动态码；登录着的地方马上退出")
@click.argument("username")
@click.option("--password", "is_password", is_flag=True, help="换一个新密码，只显示一次")
@click.option("--authenticator", "is_authenticator", is_flag=True, help="下次登录重新设置动态码")
@answering
def staff_reset(username: str, is_password: bool, is_authenticator: bool) -> Answer:
    acting, password = context(Actor("cli:staff-reset")), None
    with opened() as session:
        public_id = managing.public_id_of(session, username=normal_username(username))
        ended = managing.end_sessions(session, acting, public_id=public_id)
        if is_authenticator:
            managing.reset_second_factor(session, acting, public_id=public_id)
        if is_password:
            password = managing.reset_password(session, acting, public_id=public_id)
    values = {
        "username": username,
        "password": password,
        "is_authenticator_reset": is_authenticator,
        "sessions_ended": ended,
    }
    lines = [f"{username} 已退出 {ended} 处"]
    lines += [f"新密码 {password}"] if password else []
    lines += ["下次登录重新设置动态码"] if is_authenticator else []
    return Answer(values, lines)


COMMANDS = (staff_add, staff_list, staff_disable, staff_roles, staff_reset)

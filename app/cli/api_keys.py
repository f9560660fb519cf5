"""Keys of the machine interface."""

import click

from app.cli.console import Answer, answering
from app.cli.database import context, opened
from app.services.api_keys import managing, queries
from app.services.core.context import Actor


@click.command("api-key-add", help="给贷款人的一个系统发一把接口密钥，只显示这一次")
@click.option("--name", required=True, help="给哪个系统用")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(queries.SCOPES),
    multiple=True,
    required=True,
    help="能做什么，可以写几次",
)
@answering
def api_key_add(name: str, scopes: tuple[str, ...]) -> Answer:
    with opened() as session:
        made = managing.add_api_key(
            session, context(Actor("cli:api-key-add")), name=name, scopes=scopes
        )
    values = {"public_id": made.public_id, "key": made.key, "scopes": sorted(set(scopes))}
    return Answer(values, [f"编号 {made.public_id}", f"密钥 {made.key}（只显示这一次，请收好）"])


@click.command("api-key-list", help="有哪些接口密钥，最近什么时候用过")
@answering
def api_key_list() -> Answer:
    with opened() as session:
        rows = queries.api_key_list(session)
    return Answer({"keys": [_values(one) for one in rows]}, [_words(one) for one in rows])


@click.command("api-key-disable", help="停用一把接口密钥，马上生效，不能再启用")
@click.argument("public_id")
@answering
def api_key_disable(public_id: str) -> Answer:
    with opened() as session:
        is_changed = managing.disable_api_key(
            session, context(Actor("cli:api-key-disable")), public_id=public_id
        )
    return Answer({"public_id": public_id, "is_changed": is_changed}, [f"{public_id} 已停用"])


def _values(one: queries.ApiKeyRow) -> dict[str, object]:
    return {
        "public_id": one.public_id,
        "name": one.name,
        "scopes": list(one.scopes),
        "made_at": one.made_at.isoformat(),
        "disabled_at": one.disabled_at.isoformat() if one.disabled_at else None,
        "last_used_at": one.last_used_at.isoformat() if one.last_used_at else None,
    }


def _words(one: queries.ApiKeyRow) -> str:
    used = f"最近用过 {one.last_used_at:%Y-%m-%d}" if one.last_used_at else "还没用过"
    state = "，已停用" if one.disabled_at else ""
    return f"{one.public_id} {one.name}（{'、'.join(one.scopes)}），{used}{state}"


COMMANDS = (api_key_add, api_key_list, api_key_disable)

"""Whether channels that collect money can be used."""

from datetime import datetime

import click

from app.cli.console import Answer, answering, present
from app.cli.database import runtime
from app.ports.payments import ChannelDown, Payments
from app.services.paying.handing_over import CALLBACK


@click.command(
    "payments-check", help="付款通道能不能用：各问一张不存在的单，不动钱；有问题退出码为 1"
)
@answering
def payments_check() -> Answer:
    found = runtime()
    rows = [
        {
            "code": code,
            "channel": channel.channel,
            "answers": _answers(channel, present()),
            "callback": found.site.base_url.rstrip("/") + CALLBACK.format(code),
        }
        for code, channel in found.gateways.payments.items()
    ]
    lines = [_line(row) for row in rows] or ["没有设置付款通道"]
    return Answer({"channels": rows}, lines, is_so=bool(rows) and all(r["answers"] for r in rows))


def _answers(channel: Payments, now: datetime) -> bool:
    """Whether it says, and signs, that it knows no order of a number that we never gave."""
    try:
        return channel.ask(f"CHECK{now:%Y%m%d%H%M%S}").fate == "unknown"
    except ChannelDown:
        return False


def _line(row: dict[str, object]) -> str:
    how = "正常" if row["answers"] else "不能用，原因在日志（标准错误）里"
    return f"{row['channel']}：{how}；通知地址 {row['callback']}"


COMMANDS = (payments_check,)

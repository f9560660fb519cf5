"""What must always be true, checked on the stored rows."""

from dataclasses import asdict

import click

from app.cli.console import Answer, answering
from app.cli.database import opened, runtime
from app.domain.calendar import beijing_date
from app.services.core.transaction import one_view
from app.services.upkeep.invariants import check_invariants


@click.command(
    "check-invariants", help="核对必须始终成立的事：协议、状态、金额、签名、审批人、审计链"
)
@click.option("--every-file", is_flag=True, help="每份协议文件都读一遍；不加这个，每晚轮着读一部分")
@answering
def check(*, every_file: bool) -> Answer:
    found = runtime()
    night = None if every_file else beijing_date(found.clock.now())
    with opened() as session, one_view(session):  # what others commit meanwhile is no violation
        checked, violations = check_invariants(session, gateways=found.gateways, night=night)
    lines = [
        f"已核对 {'、'.join(checked)}，{'都成立' if not violations else f'有 {len(violations)} 处不成立'}"
    ]
    lines += [f"  {one.invariant}  {one.what}" for one in violations]
    return Answer(
        {"checked": list(checked), "violations": [asdict(one) for one in violations]},
        lines,
        not violations,
    )


COMMANDS = (check,)

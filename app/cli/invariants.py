"""What must always be true, checked on the stored rows."""

from dataclasses import asdict

import click

from app.cli.console import Answer, answering
from app.cli.database import opened, runtime
from app.services.core.transaction import one_view
from app.services.upkeep.invariants import check_invariants


@click.command(
    "check-invariants", help="核对必须始终成立的事：协议、状态、金额、签名、审批人、审计链"
)
@answering
def check() -> Answer:
    with opened() as session, one_view(session):  # what others commit meanwhile is no violation
        checked, violations = check_invariants(session, gateways=runtime().gateways)
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

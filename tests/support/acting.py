"""Who acts in a test, when and with what: the context that every use case gets."""

from datetime import datetime
from typing import Any

from app.integrations.processes.pool import OneProcess
from app.integrations.sheets.tables import LenderTables
from app.ports.gateways import Gateways
from app.services.core.context import Actor, Context, StaffMember
from tests.support.anchors import MemoryAnchors
from tests.support.clock import NOW
from tests.support.work import KeptOrders


def acting(
    *,
    now: datetime = NOW,
    actor: Actor | None = None,
    staff: StaffMember | None = None,
    vault: Any = None,
    site: Any = None,
    gateways: Gateways | None = None,
) -> Context:
    """What a test does not name is not there, so that nothing else can have been used."""
    gateways = gateways or Gateways(
        None,
        vault,
        None,
        None,
        {},
        None,
        MemoryAnchors(),
        None,
        None,
        None,
        KeptOrders(),
        OneProcess(),
        LenderTables(),
    )
    actor = actor or Actor(staff.author if staff else "test:-")
    return Context(now, actor, gateways, site, staff)

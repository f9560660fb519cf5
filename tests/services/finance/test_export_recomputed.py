"""From the exported files alone, read by a reader that shares nothing with us: what is asked and
what came, day by day, is what finance's page of dues tells.
"""

from collections import Counter

from sqlalchemy import select

from app.domain.states import KEPT_PLANS
from app.models import Agreement, DuesDay, DuesLine, Plan, PlanVersion
from app.services.core.transaction import transaction
from app.services.dues.keeping import keep_dues
from app.services.upholding.following import follow
from tests.support.acting import acting
from tests.support.exporting import export_made, files_of
from tests.support.kept_plans import AFTER, with_money
from tests.support.reading_back import csv_rows, fen, table


def test_dues_are_what_the_exported_instalments_come_to(database, gateways, settings, finance):
    with database.sessions() as session:
        with_money(session, gateways.vault, settings.site)
    context = acting(now=AFTER, vault=gateways.vault, site=settings.site)
    with database.sessions() as session:
        with transaction(session):
            ids = list(session.scalars(select(Plan.id).order_by(Plan.id)))
            follow(session, context, plan_ids=ids)
        while not keep_dues(session, context, limit=100).is_over:
            continue
    public_id = export_made(database, gateways, finance, now=AFTER)
    register, instalments, _loans = (
        table(csv_rows(data)) for data in files_of(database, gateways, public_id, finance).values()
    )
    # What the contract asks beside a catch-up stands in the register as one sum, not by day.
    with database.sessions() as session:
        catching_up = set(
            session.scalars(
                select(Agreement.number)
                .join(PlanVersion, PlanVersion.id == Agreement.version_id)
                .where(PlanVersion.kind == "catch_up")
            )
        )
    running = {
        row["协议号"] for row in register[0] if row["状态"] not in ("已终止", "已取代", "已结清")
    } - catching_up
    asked: Counter = Counter()
    for line in instalments[0]:
        if line["协议号"] in running:
            day = line["顺延后到期日"] or line["到期日"]
            asked[day, "due"] += fen(line["已还"]) + fen(line["未还"])
            asked[day, "received"] += fen(line["已还"])
    told: Counter = Counter()
    with database.sessions() as session:
        lines = (
            select(DuesLine)
            .join(Plan, Plan.id == DuesLine.plan_id)
            .join(PlanVersion, PlanVersion.id == Plan.active_version_id)
            .where(Plan.state.in_(KEPT_PLANS), PlanVersion.kind != "catch_up")
        )
        for one in session.scalars(lines):
            told[one.due_on.isoformat(), "due"] += one.due_fen
            told[one.due_on.isoformat(), "received"] += one.received_fen
        days = sum(one.received_fen for one in session.scalars(select(DuesDay)))
    assert +asked == +told
    assert sum(fen for (_day, what), fen in told.items() if what == "received") <= days

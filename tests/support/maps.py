"""Maps of the five layouts, drafted and activated by two administrators."""

from sqlalchemy import select

from app.domain.maps.column_map import values_of
from app.models import ColumnMapVersion
from app.services.maps import drafting
from tests.support.acting import acting
from tests.support.layouts import SHEETS, map_for, table_of


def drafted(session, vault, maker, name="collection.csv", *, called=""):
    """A draft with its codes filled in; its row."""
    context = acting(staff=maker, vault=vault)
    public_id = drafting.begin_map(
        session, context, name=called or name, table=table_of(name), sheet=SHEETS.get(name, "")
    )
    row = map_row(session, public_id)
    values = {**row.values, "columns": values_of(map_for(name))["columns"]}
    values["nothing"] = ["/", "--", "19000101"]
    save(session, vault, maker, public_id, values=values)
    return map_row(session, public_id)


def save(session, vault, maker, public_id, *, values=None):
    """Keep other values, or the same once more."""
    row = map_row(session, public_id)
    told = {"edition": row.edition, "values": values or row.values}
    drafting.save_map(session, acting(staff=maker, vault=vault), public_id=public_id, **told)


def hand(session, vault, maker, public_id):
    """Give it to a colleague."""
    edition = map_row(session, public_id).edition
    context = acting(staff=maker, vault=vault)
    drafting.hand_map(session, context, public_id=public_id, edition=edition)


def in_use(session, vault, maker, other, name="collection.csv", *, called=""):
    """A map that another person has activated; its row."""
    row = drafted(session, vault, maker, name, called=called)
    hand(session, vault, maker, row.public_id)
    row = map_row(session, row.public_id)
    drafting.activate_map(
        session, acting(staff=other, vault=vault), public_id=row.public_id, edition=row.edition
    )
    return map_row(session, row.public_id)


def map_row(session, public_id) -> ColumnMapVersion:
    session.rollback()
    query = select(ColumnMapVersion).where(ColumnMapVersion.public_id == public_id)
    return session.scalars(query).one()

"""The map that files are read by now."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.maps.column_map import ColumnMap, map_of
from app.domain.texts import N_
from app.models import ColumnMapVersion


class NoSuchMap(RuleBroken):
    """No map of that name is in use."""

    code = "no_map"
    message = N_("没有叫“%(name)s”的列对照在用，在用的有：%(names)s")


def active_map(session: Session, *, name: str) -> tuple[ColumnMap, str]:
    """Return the map of a name in use, and what it is called with its version.

    Raises: NoSuchMap.
    """
    query = select(ColumnMapVersion).where(ColumnMapVersion.state == "active")
    found = session.scalars(query.where(ColumnMapVersion.name == name)).one_or_none()
    if found is None:
        names = session.scalars(query.order_by(ColumnMapVersion.name)).all()
        raise NoSuchMap(name=name, names="、".join(one.name for one in names) or "（还没有）")
    return map_of(found.values), f"{found.name} 第 {found.number} 版"

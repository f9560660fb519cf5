"""The files that the core system is told by, made for a day that is over."""

from datetime import timedelta

from sqlalchemy import select

from app.models import LenderFileSet
from app.services.lender_files.making import make_day
from tests.support.acting import acting
from tests.support.clock import NOW


def core_files_of_yesterday(database, gateways, site) -> str:
    """The public id of the files of the day before."""
    on = NOW.date() - timedelta(days=1)
    make_day(database.sessions, acting(gateways=gateways, site=site), on=on)
    with database.sessions() as session:
        return session.scalars(
            select(LenderFileSet.public_id).where(LenderFileSet.for_on == on)
        ).one()

"""One file of a day handed to one of the lender's people, on record."""

from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.models import LenderFileSet
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.lender_files.making import record_taken


def take_lender_file(
    session: Session, context: Context, *, public_id: str, number: int
) -> tuple[str, BinaryIO]:
    """Open one file of a day, counted from 1, and note who took it; return its name and its bytes.

    Raises: NotFound, also for files that are no longer kept; GatewayDown.
    Source: ADR 0087.
    """
    with transaction(session):
        kept = LenderFileSet.lapsed_at.is_(None)
        one = select(LenderFileSet).where(LenderFileSet.public_id == public_id, kept)
        found = session.scalars(one).one_or_none()
        if found is None or not 1 <= number <= len(found.files):
            raise NotFound
        name: str = found.files[number - 1]["name"]
        # Opened before the entry: what cannot be opened was not taken.
        file = context.gateways.storage.opened(found.folder + name)
        record_taken(session, context, found=found, names=[name])
        told = f"{found.for_on:%Y%m%d}-{name}"
    return told, file

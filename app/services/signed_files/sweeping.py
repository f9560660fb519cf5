"""Files that no agreement, certificate or voucher names: what a kill, or a refusal, between
writing and commit left.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app.models import AgreementFile, CertificateFile, VoucherFile
from app.services.core import audit
from app.services.core.context import Context
from app.services.sweeping.folders import sweep

# Far longer than any signature: where an older backup was restored, these are all there is of what
# was signed since, and somebody has time to look for it.
SPARED = timedelta(days=30)


def sweep_signed(session: Session, context: Context, *, limit: int) -> int:
    """Delete the files that no agreement, certificate or voucher names and that have lain for 30
    days, `limit` looked at a time; return how many there were.

    Idempotent on: the folders. Raises: GatewayDown.
    Source: quality, I11; ADR 0073.
    """
    return sweep(
        session,
        context,
        storage=context.gateways.agreements,
        nameless=lambda names: _nameless(session, names),
        entry=lambda done: audit.Entry(
            "agreement.files_swept", "agreement", "-", after={"files": done}
        ),
        limit=limit,
        spared=SPARED,
    )


def _nameless(session: Session, names: Sequence[str]) -> list[str]:
    columns = (
        AgreementFile.folder,
        AgreementFile.unstamped_folder,
        CertificateFile.folder,
        VoucherFile.folder,
    )
    # Look-ups by index, which one condition with an `or` would not be.
    kept = union_all(*(select(one).where(one.in_(names)) for one in columns))
    named = set(session.scalars(kept))
    return [one for one in names if one not in named]

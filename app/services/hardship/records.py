"""What borrowers tell in confidence: why it is hard now, and income. Sealed with the draft, then
with the version.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.explanation import N_
from app.models import PlanVersion
from app.ports.vault import Vault
from app.services.core.context import Context

CONSENT = "sensitive_reason"
COLUMN = "hardship"
UNSAID = "unsaid"


@dataclass(frozen=True)
class HardshipReason:
    """One reason in the words people choose it by, and whether it is kept only with a consent of
    its own (I-02).
    """

    words: str
    hint: str = ""
    sensitive: bool = False


REASONS: Mapping[str, HardshipReason] = MappingProxyType(
    {
        "income_fell": HardshipReason(N_("收入突然少了"), N_("降薪、停工、工资没发下来")),
        "work_lost": HardshipReason(N_("工作没了，或者生意难做"), N_("失业、歇业、接不到活")),
        "spending_rose": HardshipReason(
            N_("一下子多了一笔开销"), N_("房子要修、东西被偷、孩子上学")
        ),
        "disaster": HardshipReason(N_("遇上灾害或意外"), N_("大水、火灾、疫情")),
        "illness": HardshipReason(
            N_("自己或家人病了、伤了"), N_("身体的、心里的都算"), sensitive=True
        ),
        "family": HardshipReason(
            N_("家里出了变故"), N_("亲人离世、分开、在家里不安全"), sensitive=True
        ),
        "no_savings": HardshipReason(N_("手头没有留出还款的钱")),
        "money_awaited": HardshipReason(N_("在等一笔钱到账"), N_("工资、货款、赔偿、退款")),
        "other": HardshipReason(N_("是别的原因")),
        UNSAID: HardshipReason(N_("不想说")),
    }
)


@dataclass(frozen=True)
class Hardship:
    """What was told; empty where it was not.

    Units: fen a month; None where it was not told.
    """

    reason: str = UNSAID
    words: str = ""
    income_fen: int | None = None
    essential_fen: int | None = None

    @property
    def surplus_fen(self) -> int | None:
        """Return income less essential spending, in fen; below zero where spending is more."""
        if self.income_fen is None or self.essential_fen is None:
            return None
        return self.income_fen - self.essential_fen

    @property
    def is_sensitive(self) -> bool:
        """Whether reason and words are kept only with a consent of their own."""
        return REASONS[self.reason].sensitive

    @property
    def without_reason(self) -> "Hardship":
        """Return it without what may be sensitive: the reason and the words."""
        return replace(self, reason=UNSAID, words="")


@dataclass(frozen=True)
class HardshipView:
    """What the case page shows at once; a sensitive reason stays closed until it is opened on
    record.
    """

    hardship: Hardship
    is_closed: bool


def seal_hardship(hardship: Hardship, *, vault: Vault, table: str, row: str) -> bytes:
    """Encrypt what was told for a draft (its request key) or a version (its public id)."""
    return vault.seal(
        json.dumps(asdict(hardship), ensure_ascii=False), table=table, row=row, column=COLUMN
    )


def open_hardship(sealed: bytes | None, *, vault: Vault, table: str, row: str) -> Hardship | None:
    """Decrypt what was told; None where nothing was.

    Raises: ValueError when it was moved or altered.
    """
    if sealed is None:
        return None
    return Hardship(**json.loads(vault.unseal(sealed, table=table, row=row, column=COLUMN)))


def told_hardship(
    session: Session, context: Context, *, version_public_id: str
) -> HardshipView | None:
    """Return what may be shown without a record: all but a sensitive reason and its words.

    Raises: NotFound.
    """
    hardship = hardship_of(session, context, version_public_id=version_public_id)
    if hardship is None:
        return None
    return HardshipView(
        hardship.without_reason if hardship.is_sensitive else hardship, hardship.is_sensitive
    )


def hardship_of(session: Session, context: Context, *, version_public_id: str) -> Hardship | None:
    """Return all that was told with a version, for a reading that is put on record.

    Raises: NotFound.
    """
    row = session.execute(
        select(PlanVersion.hardship_enc).where(PlanVersion.public_id == version_public_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return open_hardship(
        row.hardship_enc, vault=context.vault, table="plan_versions", row=version_public_id
    )

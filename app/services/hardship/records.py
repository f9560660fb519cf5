"""What borrowers tell in confidence: why it is hard now, and what a month brings and takes. Sealed
with the draft, then with the version.
"""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.budget import Budget
from app.domain.errors import NotFound
from app.domain.ways import Ease
from app.models import PlanDraft, PlanVersion
from app.ports.vault import Vault
from app.services.core.context import Context

CONSENT = "sensitive_reason"
COLUMN, DRAFTS = "hardship", PlanDraft.__tablename__
# Not telling is an answer like any other, and is stored like one: its absence would tell something
# too.
UNSAID = "unsaid"
SENSITIVE = frozenset({"illness", "family"})  # kept only with a consent of their own (I-02)
HARDSHIP_CODES = (
    "income_fell",
    "work_lost",
    "spending_rose",
    "disaster",
    "illness",
    "family",
    "no_savings",
    "money_awaited",
    "many_debts",
    "other",
    UNSAID,
)


@dataclass(frozen=True)
class Hardship:
    """What was told; empty where it was not, None where nothing was said of income, or of when it
    will be easier again (`ease`, with the months where they were named).
    """

    reason: str = UNSAID
    words: str = ""
    budget: Budget | None = None
    ease: Ease | None = None
    ease_months: int | None = None

    @property
    def surplus_fen(self) -> int | None:
        """Return income less essential spending, in fen; below zero where spending is more, None
        where not all of it was told.
        """
        return self.budget.surplus_fen if self.budget else None

    @property
    def is_sensitive(self) -> bool:
        """Whether reason and words are kept only with a consent of their own."""
        return self.reason in SENSITIVE

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
    # One value for all of it: sealed apart, the mere presence of words or of income would show
    # (ADR 0010).
    return vault.seal(
        json.dumps(asdict(hardship), ensure_ascii=False), table=table, row=row, column=COLUMN
    )


def open_hardship(sealed: bytes | None, *, vault: Vault, table: str, row: str) -> Hardship | None:
    """Decrypt what was told; None where nothing was.

    Raises: ValueError when it was moved or altered.
    """
    if sealed is None:
        return None
    return _read(json.loads(vault.unseal(sealed, table=table, row=row, column=COLUMN)))


def told_beside(vault: Vault, *, row: PlanDraft) -> Hardship | None:
    """Decrypt what was told with the answers of a draft; None where nothing was."""
    return open_hardship(row.hardship_enc, vault=vault, table=DRAFTS, row=row.request_key)


def keep_beside(vault: Vault, *, row: PlanDraft, told: Hardship) -> None:
    """Keep what was told with the answers of a draft, sealed. Never commits."""
    row.hardship_enc = seal_hardship(told, vault=vault, table=DRAFTS, row=row.request_key)


def told_with(context: Context, *, version: PlanVersion) -> HardshipView | None:
    """Return what may be shown of a version without a record: all but a sensitive reason and its
    words.
    """
    hardship = open_hardship(
        version.hardship_enc, vault=context.vault, table="plan_versions", row=version.public_id
    )
    if hardship is None:
        return None
    # Income is not sensitive in the sense of I-02 and shows at once; it decides about the plan.
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


def _read(told: dict[str, Any]) -> Hardship:
    # Sealed before income was told by groups: two sums, both or neither.
    if "income_fen" in told:
        income, essential = told["income_fen"], told["essential_fen"]
        is_told = income is not None and essential is not None
        budget = Budget.of_sums(income, essential) if is_told else None
        return Hardship(told["reason"], told["words"], budget)
    known = {**told, "budget": Budget(**told["budget"]) if told["budget"] else None}
    return Hardship(**known)

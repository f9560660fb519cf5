"""Plans, their versions, the parts of each instalment, the verdict on them and the decisions."""

from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, Code, Digest, Fen, Instant, Key, MaybeInstant, PublicId

# Conditions of partial indexes; they have to read the same on both databases.
OPEN = text("is_open")
OPEN_STATES = text(
    "state IN ('submitted', 'needs_document', 'countered', 'approved', 'under_appeal')"
)
DRAFT_STATE = text("state = 'draft'")
# A change of a signed plan that came to nothing makes room for another one.
CHANGING = text("state NOT IN ('refused', 'upheld', 'withdrawn', 'expired', 'recalled')")


class Plan(Base):
    """An arrangement with one borrower; its state follows its versions until it is signed."""

    __tablename__ = "plans"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"), index=True)
    state: Mapped[Code]
    # No foreign key: plans and versions would name each other, and no order of making or dropping
    # the tables would do.
    active_version_id: Mapped[int | None] = mapped_column(BigId)
    created_at: Mapped[Instant]
    # The signed plan that this one takes the place of once it is signed (ADR 0081). No foreign key
    # either: SQLite adds none to a table that stands.
    replaces_id: Mapped[int | None] = mapped_column(BigId)
    __table_args__ = (
        Index(
            "uq_plans_replaces_id",
            "replaces_id",
            unique=True,
            sqlite_where=CHANGING,
            postgresql_where=CHANGING,
        ),
    )


class PlanLoan(Base):
    """Which loans a plan covers; a loan is in at most one open plan. Those of a change of a signed
    plan are not open before its signature: until then they are in the plan that runs.
    """

    __tablename__ = "plan_loans"
    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"), index=True)
    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loans.id"), index=True)
    # Stored beside the state it follows from, because only a stored column can carry the unique
    # index that lets no loan into two open plans.
    is_open: Mapped[bool]
    __table_args__ = (
        Index(
            "uq_plan_loans_open_loan",
            "loan_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        UniqueConstraint("plan_id", "loan_id"),
    )


class PlanVersion(Base):
    """Terms put forward once and never edited; a trigger guards them from sealing on.

    `ended_at` is set once a version ends without a signature; `decide_by_on` is the day promised at
    submission; `hardship_enc` holds what the borrower told of the reason and of income.
    """

    __tablename__ = "plan_versions"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.id"))
    number: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("plan_versions.id"))
    kind: Mapped[Code]
    state: Mapped[Code]
    # Who made it: `borrower`; `staff`, also where the borrower changed something afterwards
    # (ADR 0017); `lender` for a counter-offer. The person and not the account, so that a second
    # account is no way round (V2.3.5).
    author_kind: Mapped[Code]
    author_person: Mapped[str] = mapped_column(String(64))
    # Of a counter-offer: who let it go to the borrower in the end, the author where nobody else had
    # to.
    released_by: Mapped[str | None] = mapped_column(String(64))
    # How many besides the author have to stand behind it before it lies with its borrower; a
    # trigger counts them.
    releases_needed: Mapped[int] = mapped_column(default=0)
    start_on: Mapped[date]
    # The last second of the last day in Beijing, once approved.
    valid_until_at: Mapped[MaybeInstant]
    # Terms are never edited; by how much their dates moved at approval stands beside them
    # (ADR 0004).
    moved_months: Mapped[int] = mapped_column(default=0)
    # Of kinds whose parts keep to days of their own: what was too near falls due on this day.
    not_before_on: Mapped[date | None]
    # Also inside the terms; a column of its own for sums and lists, held against them by the
    # invariants.
    total_fen: Mapped[Fen]
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    terms_sha256: Mapped[Digest]
    # By which policy it was judged: a later policy changes nothing about it.
    policy_version: Mapped[Code]
    submitted_at: Mapped[MaybeInstant]
    decide_by_on: Mapped[date | None]
    decided_at: Mapped[MaybeInstant]
    # From here on a trigger refuses any other terms, also from a console.
    sealed_at: Mapped[MaybeInstant]
    ended_at: Mapped[MaybeInstant]
    # One sealed value for reason, words and income; no other column or export carries any of it
    # (ADR 0010).
    hardship_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        Index("ix_plan_versions_state_submitted", "state", "submitted_at", "id"),
        Index("ix_plan_versions_state_valid", "state", "valid_until_at"),
        # At most one version of a plan is open, and one counter-offer of it waits.
        Index(
            "uq_plan_versions_open_plan",
            "plan_id",
            unique=True,
            sqlite_where=OPEN_STATES,
            postgresql_where=OPEN_STATES,
        ),
        Index(
            "uq_plan_versions_draft_plan",
            "plan_id",
            unique=True,
            sqlite_where=DRAFT_STATE,
            postgresql_where=DRAFT_STATE,
        ),
        CheckConstraint("total_fen > 0", name="total_positive"),
    )


class VersionRelease(Base):
    """One person of the staff who stands behind a version besides its author; never edited, a
    trigger holds to that.
    """

    __tablename__ = "version_releases"
    id: Mapped[Key]
    version_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_versions.id"))
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    # Both people stand in the row itself; a trigger holds the author to the version's.
    person_id: Mapped[str] = mapped_column(String(64))
    author_person: Mapped[str] = mapped_column(String(64))
    at: Mapped[Instant]
    __table_args__ = (
        UniqueConstraint("version_id", "person_id"),
        CheckConstraint("person_id <> author_person", name="nobody_their_own"),
    )


class VersionWords(Base):
    """What staff wrote with a version, sealed: `borrower` for its borrower, `summary` for who
    releases it, `returned` and `recalled` for why.
    """

    __tablename__ = "version_words"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    version_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_versions.id"))
    kind: Mapped[Code]
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    words_enc: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    at: Mapped[Instant]
    __table_args__ = (UniqueConstraint("version_id", "kind"),)


class PlanPart(Base):
    """One component of one instalment; number 0 is the first payment."""

    __tablename__ = "plan_parts"
    id: Mapped[Key]
    version_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_versions.id"))
    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loans.id"))
    number: Mapped[int]
    # As the terms have it. Moved months are added by who reads (ADR 0004), and a first payment
    # follows the signature (ADR 0008).
    due_on: Mapped[date] = mapped_column(index=True)
    component: Mapped[Code]
    fen: Mapped[Fen]
    # What is earned with this part under the condition beside it; it is in no instalment's sum.
    waived_fen: Mapped[Fen] = mapped_column(default=0)
    condition: Mapped[str | None] = mapped_column(String(40))
    __table_args__ = (
        UniqueConstraint("version_id", "loan_id", "number", "component"),
        CheckConstraint("fen >= 0 AND waived_fen >= 0", name="never_negative"),
    )


class PlanDraft(Base):
    """Answers given so far for one loan; kept 90 days, gone once submitted. `entered_by` is a
    person of the staff.
    """

    __tablename__ = "plan_drafts"
    id: Mapped[Key]
    borrower_id: Mapped[int] = mapped_column(BigId, ForeignKey("borrowers.id"))
    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loans.id"))
    # Amounts and choices only. What was told in confidence is sealed below.
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    request_key: Mapped[str] = mapped_column(String(64))
    hardship_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Once staff filled something in this stays, whatever the borrower changes (ADR 0017).
    entered_by: Mapped[str | None] = mapped_column(String(64))
    updated_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    __table_args__ = (UniqueConstraint("borrower_id", "loan_id"),)


class Verdict(Base):
    """What policy said of a version, rule by rule."""

    __tablename__ = "verdicts"
    id: Mapped[Key]
    version_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_versions.id"))
    rule: Mapped[Code]
    held: Mapped[bool]
    # What was found, for people to read; nothing that tells anyone's income (ADR 0010).
    value: Mapped[str] = mapped_column(String(120))
    judged_at: Mapped[Instant]
    __table_args__ = (UniqueConstraint("version_id", "rule"),)


class Decision(Base):
    """A person's answer to a version; the one who entered the terms can never be that person."""

    __tablename__ = "decisions"
    id: Mapped[Key]
    version_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_versions.id"))
    # The answer to an appeal is a second decision on the same version (ADR 0015).
    round: Mapped[int] = mapped_column(default=1)
    answer: Mapped[Code]
    reason_code: Mapped[Code]
    words: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    # Both people stand in the row itself, so that the CHECK below holds without reading another
    # table.
    person_id: Mapped[str] = mapped_column(String(64))
    author_person: Mapped[str] = mapped_column(String(64))
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    at: Mapped[Instant] = mapped_column(index=True)
    __table_args__ = (
        UniqueConstraint("version_id", "round"),
        CheckConstraint("person_id <> author_person", name="maker_is_not_checker"),
        Index("ix_decisions_staff_at", "staff_id", "at"),
    )


class Appeal(Base):
    """What a borrower says against a refusal, sealed; answered by someone other than who
    refused.
    """

    __tablename__ = "appeals"
    id: Mapped[Key]
    public_id: Mapped[PublicId]
    # One appeal a version (ADR 0015).
    version_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_versions.id"), unique=True)
    words_enc: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    filed_at: Mapped[Instant]
    answer_by_on: Mapped[date]
    # A person again and not an account: who refused cannot answer, also by a second account.
    refused_by: Mapped[str] = mapped_column(String(64))
    answered_by: Mapped[str | None] = mapped_column(String(64))
    answered_at: Mapped[MaybeInstant]
    __table_args__ = (
        CheckConstraint("answered_by IS NULL OR answered_by <> refused_by", name="another_person"),
    )

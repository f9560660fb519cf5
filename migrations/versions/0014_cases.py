"""A case is a row of its own, one a plan: owner, what it waits for, clock, fault of a document.

Why:    a counter-offer is another version of the same plan, and took owner and history with it (ADR
        0037). Every plan gets its case from its latest version; what the versions no longer tell
        goes from them, so that nothing is told twice.
Locks:  plans and staff take no writes from the first statement on, while every plan is read once;
        plan_versions is locked while three columns go, for an instant. Code from before reads those
        columns and makes plans without a case, which no page shows: stop it first. A plan it made
        all the same is told by check-invariants; going down and up again gives it its case.
Down:   the columns come back with what the cases hold, on the latest version of each plan, and the
        days by which an answer is due are those of the cases; the table goes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014_cases"
down_revision = "0013_lookups"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
MOVED = ("owner_staff_id", "owned_at", "document_fault")
LATEST = "v.number = (SELECT MAX(number) FROM plan_versions WHERE plan_id = v.plan_id)"
ASKED_AT = """(SELECT MAX(answered_at) FROM threads WHERE version_id = v.id
    AND about = 'plan_change' AND state = 'answered')"""
FILL = f"""INSERT INTO cases
    (plan_id, owner_staff_id, owned_at, waits_for, waits_since_at, answer_by_on, document_fault)
SELECT plan_id, owner_staff_id, owned_at,
    CASE WHEN state = 'submitted' AND asked_at IS NOT NULL THEN 'borrower'
         WHEN state = 'submitted' THEN 'us'
         WHEN state = 'under_appeal' THEN 'second_person'
         WHEN state = 'needs_document' THEN 'documents'
         WHEN state IN ('approved', 'countered') THEN 'borrower'
         ELSE 'nobody' END,
    CASE WHEN state = 'submitted' THEN COALESCE(asked_at, submitted_at, created_at)
         WHEN state = 'under_appeal' THEN COALESCE(filed_at, submitted_at, created_at)
         ELSE COALESCE(ended_at, decided_at, submitted_at, created_at) END,
    CASE WHEN state = 'under_appeal' THEN answer_by_on
         WHEN state IN ('submitted', 'needs_document') THEN decide_by_on END,
    document_fault
FROM (SELECT p.id AS plan_id, p.created_at, v.owner_staff_id, v.owned_at, v.document_fault,
        v.state, v.submitted_at, v.decided_at, v.ended_at, v.decide_by_on, a.filed_at,
        a.answer_by_on, {ASKED_AT} AS asked_at
      FROM plans p
      LEFT JOIN plan_versions v ON v.plan_id = p.id AND {LATEST}
      LEFT JOIN appeals a ON a.version_id = v.id) AS found"""
OF_CASE = "FROM cases WHERE cases.plan_id = v.plan_id"
CLOCKS = (
    f"""UPDATE plan_versions AS v SET decide_by_on = (SELECT answer_by_on {OF_CASE})
    WHERE {LATEST} AND state IN ('submitted', 'needs_document')""",
    f"""UPDATE appeals SET answer_by_on = (SELECT cases.answer_by_on FROM cases
        JOIN plan_versions v ON v.plan_id = cases.plan_id WHERE v.id = appeals.version_id)
    WHERE version_id IN
        (SELECT v.id FROM plan_versions v WHERE {LATEST} AND state = 'under_appeal')""",
)


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("plan_id", BIG_ID, nullable=False),
        sa.Column("owner_staff_id", BIG_ID, nullable=True),
        sa.Column("owned_at", INSTANT, nullable=True),
        sa.Column("waits_for", sa.String(length=40), nullable=False),
        sa.Column("waits_since_at", INSTANT, nullable=False),
        sa.Column("answer_by_on", sa.Date(), nullable=True),
        sa.Column("document_fault", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "waits_for IN ('us', 'borrower', 'second_person', 'documents', 'nobody')",
            name=op.f("ck_cases_waits_for_known"),
        ),
        sa.CheckConstraint(
            "(owner_staff_id IS NULL) = (owned_at IS NULL)", name=op.f("ck_cases_owned_since")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_cases_plan_id")),
        sa.ForeignKeyConstraint(
            ["owner_staff_id"], ["staff.id"], name=op.f("fk_cases_owner_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_cases_plan_id")),
    )
    op.create_index("ix_cases_waits_for_answer_by", "cases", ["waits_for", "answer_by_on"])
    op.execute(FILL)
    for name in MOVED:
        op.drop_column("plan_versions", name)


def downgrade() -> None:
    for column in (
        sa.Column("owner_staff_id", BIG_ID, nullable=True),
        sa.Column("owned_at", INSTANT, nullable=True),
        sa.Column("document_fault", sa.String(length=200), nullable=True),
    ):
        op.add_column("plan_versions", column)
    values = ", ".join(f"{name} = (SELECT {name} {OF_CASE})" for name in MOVED)
    op.execute(f"UPDATE plan_versions AS v SET {values} WHERE {LATEST}")
    for statement in CLOCKS:
        op.execute(statement)
    op.drop_table("cases")

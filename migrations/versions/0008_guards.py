"""Guards: the audit trail is append-only; sealed terms stay, and their parts sum.

Why:    what the code promises, the database holds to as well.
Locks:  none on data; triggers are created on the tables.
Down:   drops the triggers.
"""

from alembic import op

revision = "0008_guards"
down_revision = "0007_outbox_and_audit"

SUM = "COALESCE((SELECT SUM(fen) FROM plan_parts WHERE version_id = NEW.id), 0)"
FROZEN = (
    "plan_id",
    "number",
    "kind",
    "author_kind",
    "author_person",
    "start_on",
    "total_fen",
    "terms_sha256",
    "policy_version",
    "sealed_at",
)
PART_OWNER = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


def _changed(operator: str) -> str:
    plain = " OR ".join(f"NEW.{column} {operator} OLD.{column}" for column in FROZEN)
    return f"{plain} OR CAST(NEW.terms AS TEXT) {operator} CAST(OLD.terms AS TEXT)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def _sqlite() -> None:
    def refuse(name: str, event: str, table: str, condition: str, words: str) -> None:
        when = f"WHEN {condition} " if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when}"
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )

    for event in ("UPDATE", "DELETE"):
        refuse(f"audit_no_{event.lower()}", event, "audit", "", "audit is append-only")
    refuse(
        "plan_versions_seal",
        "UPDATE",
        "plan_versions",
        f"OLD.sealed_at IS NULL AND NEW.sealed_at IS NOT NULL AND {SUM} <> NEW.total_fen",
        "parts do not sum",
    )
    refuse(
        "plan_versions_born_open",
        "INSERT",
        "plan_versions",
        "NEW.sealed_at IS NOT NULL",
        "seal after the parts",
    )
    refuse(
        "plan_versions_sealed",
        "UPDATE",
        "plan_versions",
        f"OLD.sealed_at IS NOT NULL AND ({_changed('IS NOT')})",
        "sealed terms stay",
    )
    refuse(
        "plan_versions_kept",
        "DELETE",
        "plan_versions",
        "OLD.sealed_at IS NOT NULL",
        "sealed terms stay",
    )
    for event, rows in PART_OWNER.items():
        sealed = " OR ".join(
            f"(SELECT sealed_at FROM plan_versions WHERE id = {row}.version_id) IS NOT NULL"
            for row in rows
        )
        refuse(f"plan_parts_no_{event.lower()}", event, "plan_parts", sealed, "sealed terms stay")


def _postgresql() -> None:
    op.execute(
        "CREATE FUNCTION anhuan_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'check_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION anhuan_refuse('audit is append-only')"
    )
    op.execute(
        f"""CREATE FUNCTION anhuan_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'INSERT' THEN
            IF NEW.sealed_at IS NOT NULL THEN
              RAISE EXCEPTION 'seal after the parts' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
          END IF;
          IF TG_OP = 'DELETE' THEN
            IF OLD.sealed_at IS NOT NULL THEN
              RAISE EXCEPTION 'sealed terms stay' USING ERRCODE = 'check_violation';
            END IF;
            RETURN OLD;
          END IF;
          IF OLD.sealed_at IS NULL AND NEW.sealed_at IS NOT NULL AND {SUM} <> NEW.total_fen THEN
            RAISE EXCEPTION 'parts do not sum' USING ERRCODE = 'check_violation';
          END IF;
          IF OLD.sealed_at IS NOT NULL AND ({_changed("IS DISTINCT FROM")}) THEN
            RAISE EXCEPTION 'sealed terms stay' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$"""
    )
    op.execute(
        "CREATE TRIGGER plan_versions_guard BEFORE INSERT OR UPDATE OR DELETE ON plan_versions "
        "FOR EACH ROW EXECUTE FUNCTION anhuan_guard_version()"
    )
    op.execute(
        """CREATE FUNCTION anhuan_guard_part() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP <> 'INSERT' AND EXISTS
              (SELECT 1 FROM plan_versions WHERE id = OLD.version_id AND sealed_at IS NOT NULL) THEN
            RAISE EXCEPTION 'sealed terms stay' USING ERRCODE = 'check_violation';
          END IF;
          IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
          IF EXISTS
              (SELECT 1 FROM plan_versions WHERE id = NEW.version_id AND sealed_at IS NOT NULL) THEN
            RAISE EXCEPTION 'sealed terms stay' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$"""
    )
    op.execute(
        "CREATE TRIGGER plan_parts_guard BEFORE INSERT OR UPDATE OR DELETE ON plan_parts "
        "FOR EACH ROW EXECUTE FUNCTION anhuan_guard_part()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        names = [
            "audit_no_update",
            "audit_no_delete",
            "plan_versions_seal",
            "plan_versions_born_open",
        ]
        names += ["plan_versions_sealed", "plan_versions_kept"]
        names += [f"plan_parts_no_{event.lower()}" for event in PART_OWNER]
        for name in names:
            op.execute(f"DROP TRIGGER {name}")
        return
    op.execute("DROP TRIGGER audit_no_change ON audit")
    op.execute("DROP TRIGGER plan_versions_guard ON plan_versions")
    op.execute("DROP TRIGGER plan_parts_guard ON plan_parts")
    for name in ("anhuan_refuse", "anhuan_guard_version", "anhuan_guard_part"):
        op.execute(f"DROP FUNCTION {name}()")

"""Migrations: one line of numbered steps, up and down with data on both databases, and equal to the
models.
"""

import ast
import re
from collections.abc import Mapping

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from app.models import Base
from tests.migrations.seeds import is_engines, plant, planted
from tests.migrations.shapes import shape
from tests.support.databases import ROOT, alembic_config, migrate

VERSIONS = ROOT / "migrations" / "versions"
SCRIPTS = ScriptDirectory.from_config(alembic_config())
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
# columns whose values another table tells from a step on; on the way down they are back
MOVED = {
    "0014_cases": {"plan_versions": ("owner_staff_id", "owned_at", "document_fault")},
    "0017_sealed_remarks": {"loans": ("remark",), "loan_snapshots": ("extra",)},
}
# a step that goes down only while nothing lies in these tables
NEVER_LOST = {
    "0042_money": {
        "statement_files",
        "statement_faults",
        "payments",
        "matches",
        "payment_acts",
    },
    "0043_kept": {"notices", "date_changes", "certificates"},
    "0044_ledger": {"journals", "entries"},
    "0045_certificate_files": {"certificate_files"},
    "0046_paying": {
        "payment_orders",
        "order_payments",
        "provider_events",
        "payment_refunds",
    },
    "0047_breaks": {"plan_matters"},
    "0049_vouchers": {"vouchers", "voucher_files"},
    "0050_transfer_proofs": {"transfer_proofs", "proof_views"},
    "0051_house_accounts": {"refunds"},
    "0052_dues_and_closes": {"month_closes"},
    "0053_api_keys": {"api_keys"},
    "0054_lender_files": {"lender_file_sets"},
    "0055_column_maps": {"column_maps"},
}


def test_there_is_one_head():
    assert len(SCRIPTS.get_heads()) == 1


def test_a_revision_is_named_as_its_file():
    assert sorted(REVISIONS) == sorted(path.stem for path in VERSIONS.glob("*.py"))
    assert [name[:4] for name in REVISIONS] == [
        f"{number:04}" for number in range(1, len(REVISIONS) + 1)
    ]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_migration_tells_why_and_stands_alone(revision):
    tree = ast.parse((VERSIONS / f"{revision}.py").read_text(encoding="utf-8"))
    told = ast.get_docstring(tree) or ""
    assert all(re.search(rf"^{word}:", told, re.MULTILINE) for word in ("Why", "Locks", "Down")), (
        told
    )
    names = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if name.split(".")[0] == "app"]


def test_models_and_migrations_agree(database):
    with database.engine.connect() as connection:
        ours = {"compare_type": True, "include_name": lambda name, *_: not is_engines(name)}
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, Base.metadata) == []


def test_every_constraint_has_a_name():
    nameless = [
        f"{table.name}: {constraint}"
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert not nameless


def test_rows_survive_every_step_down_and_up_again(empty_database):
    """Each step is taken up, down and up with a row in every older table; rows of its own tables go
    with them.
    """
    engine = empty_database.engine
    for number, revision in enumerate(REVISIONS):
        tables = shape(engine)
        before, columns = planted(engine, _columns(tables)), _columns(tables)
        staying = _columns(tables, without=MOVED.get(revision, {}))
        told = planted(engine, staying)
        migrate(engine, revision)
        made = shape(engine)
        assert _kept(engine, told, staying) == told, revision
        plant(engine, without=NEVER_LOST.get(revision, ()))
        migrate(engine, REVISIONS[number - 1] if number else "base", down=True)
        assert shape(engine) == tables, f"{revision} down"
        assert _kept(engine, before, columns) == before, f"{revision} down"
        migrate(engine, revision)
        assert shape(engine) == made, f"{revision} up again"
        assert _kept(engine, told, staying) == told, f"{revision} up again"
        plant(engine)


def _kept(engine, before: dict, columns: dict[str, list[str]]) -> dict:
    """The rows of before that are still there, in the columns named; a step may add rows and
    columns of its own.
    """
    now = planted(engine, columns)
    return {
        table: [row for row in rows if row in now.get(table, [])] for table, rows in before.items()
    }


def _columns(tables: dict, without: Mapping[str, tuple[str, ...]] = {}) -> dict[str, list[str]]:
    """By table the columns whose values every step keeps; a new policy takes the place of the one
    in force.
    """
    found = {
        table: [
            part[0]
            for part in parts
            if isinstance(part, tuple) and part[0] not in without.get(table, ())
        ]
        for table, parts in tables.items()
    }
    if "policy_versions" in found:
        found["policy_versions"].remove("is_active")
    return found


def test_the_policy_before_is_in_force_again_after_the_way_down(empty_database):
    engine = empty_database.engine
    active = text("SELECT version FROM policy_versions WHERE is_active")
    migrate(engine, "0010_callback_answers")
    with engine.connect() as connection:
        before = connection.scalars(active).all()
    migrate(engine, "0011_from_proposal_to_agreement")
    with engine.connect() as connection:
        after = connection.scalars(active).all()
    migrate(engine, "0010_callback_answers", down=True)
    with engine.connect() as connection:
        assert (before, after, connection.scalars(active).all()) == (
            ["2026-11-01.1"],
            ["2026-11-01.2"],
            before,
        )


def test_all_the_way_down_leaves_nothing(empty_database):
    engine = empty_database.engine
    migrate(engine)
    migrate(engine, "base", down=True)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    with engine.connect() as connection:
        assert connection.execute(text(LEFT_OVER[engine.dialect.name])).fetchall() == []


LEFT_OVER = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')",
    "postgresql": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}

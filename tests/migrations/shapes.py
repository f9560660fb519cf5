"""What a database looks like, to compare before and after."""

from sqlalchemy import inspect


def shape(engine) -> dict:
    """Tables with their columns, indexes and constraints."""
    reader = inspect(engine)
    named = (
        reader.get_multi_indexes,
        reader.get_multi_check_constraints,
        reader.get_multi_foreign_keys,
        reader.get_multi_unique_constraints,
    )
    found: dict[str, list] = {}
    for (_, table), columns in reader.get_multi_columns().items():
        found[table] = [(c["name"], str(c["type"]), c["nullable"]) for c in columns]
    for read in named:
        for (_, table), parts in read().items():
            found[table] += sorted(part["name"] for part in parts)
    found.pop("alembic_version", None)
    return found

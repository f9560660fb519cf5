"""The book that lists are measured with is one that the services could have written."""

import pytest

from app.config import Settings
from app.services.core.transaction import one_view
from app.services.upkeep.invariants import check_invariants
from app.wiring import make_gateways
from tests.bench.made.book import Size, build
from tests.support.installation import KEYS

# It is copied past the audit trail, which so tells nothing of it; and whoever decided a year before
# they came is given the role for that time.
UNTOLD = ("I9 ", "I14 staff_roles:")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_made_book_keeps_what_must_always_be_true(database, tmp_path):
    settings = Settings.from_env({"INSTANCE_DIR": str(tmp_path)} | KEYS)
    gateways = make_gateways(settings)
    with database.sessions() as session:
        size = Size(agreements=40, waiting=25, others=10)
        build(database.engine, session, gateways, settings.site, size)
    with database.sessions() as session, one_view(session):
        checked, violations = check_invariants(session, gateways=gateways)
    assert {"I2", "I4", "I5", "I14", "I20", "I21"} <= set(checked)
    found = [f"{one.invariant} {one.what}" for one in violations]
    assert not [one for one in found if not one.startswith(UNTOLD)]

"""Who stands behind a version, each person once; the number of the next one."""

import pytest
from sqlalchemy.exc import IntegrityError

from app.services.plans.releases import add_release
from app.services.plans.version_queries import names_behind, next_number, stands_behind
from tests.support.counters import at_desk, counter, version_of
from tests.support.proposals import make_staff, submitted


def test_each_person_once_in_the_order_they_came(session, vault, site):
    version = version_of(session, submitted(session, vault, site))
    first, second = (
        make_staff(session, roles=("supervisor",), display_name=name) for name in ("周明", "吴平")
    )
    for count, one in enumerate((first, second), 1):
        context = at_desk(vault, site, one)
        assert not stands_behind(session, context, version_id=version.id)
        assert add_release(session, context, version=version) == count
        assert stands_behind(session, context, version_id=version.id)
    assert names_behind(session, version_id=version.id) == ("周明", "吴平")
    session.commit()
    with pytest.raises(IntegrityError):
        add_release(session, at_desk(vault, site, first), version=version)
    session.rollback()


def test_the_next_number_counts_what_was_never_put_forward(session, vault, site):
    parent = version_of(session, submitted(session, vault, site))
    assert next_number(session, plan_id=parent.plan_id) == 2
    counter(session, vault, site, parent.public_id, make_staff(session), rate="zero")
    assert next_number(session, plan_id=parent.plan_id) == 3

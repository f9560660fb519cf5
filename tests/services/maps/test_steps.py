"""What every act on a version of a map checks."""

import pytest

from app.domain.errors import NotFound
from app.services.maps.steps import MapChanged, check_edition, lock_map
from tests.support.maps import drafted


def test_a_version_is_locked_by_its_id_and_read_as_it_is(session, vault, wu):
    row = drafted(session, vault, wu)
    found = lock_map(session, public_id=row.public_id)
    assert found.edition == 2
    check_edition(found, 2)
    with pytest.raises(MapChanged):
        check_edition(found, 1)
    with pytest.raises(NotFound):
        lock_map(session, public_id="nothing")

"""The map in use, as it was kept."""

from app.domain.maps.column_map import values_of
from app.services.maps.reading_queries import active_map
from tests.support.maps import in_use


def test_the_map_comes_as_it_was_activated(session, vault, wu, chen):
    row = in_use(session, vault, wu, chen)
    told, called = active_map(session, name="collection.csv")
    assert (values_of(told), called) == (row.values, "collection.csv 第 1 版")

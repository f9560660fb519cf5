"""What a sample proposes of each layout: all that nobody has to say."""

import pytest

from app.services.maps.samples import proposed, taken_from
from tests.support.layouts import CODES, HEADINGS, map_for, table_of


@pytest.mark.parametrize("name", CODES)
def test_the_headings_are_found_and_each_column_has_its_source(name):
    told = proposed(taken_from(table_of(name)), sheet="")
    wanted = map_for(name)
    assert told.heading_row == HEADINGS.get(name, 1)
    assert {column: (one.of, one.unit, one.way) for column, one in told.columns.items()} == {
        column: (one.of, one.unit, one.way) for column, one in wanted.columns.items()
    }

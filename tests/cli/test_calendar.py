"""calendar-load: a notice or a table from a file, in two encodings."""

import pytest

from tests.support.calendar import MADE_UP_2027, table


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_year_is_loaded_from_a_file(answer, tmp_path, encoding):
    file = tmp_path / "notice.txt"
    file.write_text(MADE_UP_2027, encoding=encoding)
    status, told = answer("calendar-load", file)
    assert status == 0
    assert (told["year"], told["days_off"], told["days_on"]) == (2027, 27, 1)
    assert told["changed"] > 0
    assert answer("calendar-load", file, "--year", 2027)[1]["changed"] == 0


def test_a_year_far_ahead_is_refused_with_its_words(answer, tmp_path):
    file = tmp_path / "days.csv"
    file.write_text(table(2030), encoding="utf-8")
    status, told = answer("calendar-load", file, "--year", 2030)
    assert (status, told["error"]) == (1, "year_not_next")

"""export-nightly: the files of a day in a folder."""

import hashlib
from datetime import timedelta

import pytest

from tests.support.clock import NOW

YESTERDAY = NOW.date() - timedelta(days=1)
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_the_files_of_yesterday_are_told_with_rows_and_hashes(answer, run, tmp_path):
    status, told = answer("export-nightly", "--out", tmp_path / "a")
    assert status == 0
    assert [one["name"] for one in told["files"]] == [
        "plans.csv",
        "holds.csv",
        "waivers.csv",
        "exits_forbidden.csv",
        "repayments_posted.csv",
        "contacts.csv",
    ]
    for one in told["files"]:
        data = (tmp_path / "a" / one["name"]).read_bytes()
        assert one == {
            "name": one["name"],
            "rows": 0,
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    again = answer("export-nightly", "--date", YESTERDAY, "--out", tmp_path / "b")
    assert again == (0, told)
    assert "0 行" in run("export-nightly", "--out", tmp_path / "c")[1]


def test_a_day_that_is_not_over_is_refused(answer, run, tmp_path):
    status, told = answer("export-nightly", "--date", NOW.date(), "--out", tmp_path)
    assert (status, told["error"]) == (1, "day_not_over")
    assert run("export-nightly", "--date", "昨天", "--out", tmp_path)[0] == 2
    assert run("export-nightly")[0] == 2

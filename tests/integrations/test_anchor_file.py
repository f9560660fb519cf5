"""Anchors in a file: added line by line, read back, a place that cannot be written told."""

import pytest

from app.domain.errors import GatewayDown
from app.integrations.storage.anchor_file import AnchorFile


def test_lines_are_added_and_read_back(tmp_path):
    anchors = AnchorFile(tmp_path / "new" / "anchors.txt")
    assert anchors.lines() == ()
    anchors.append("a")
    anchors.append("b")
    assert anchors.lines() == ("a", "b")


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GatewayDown):
        AnchorFile(tmp_path / "file" / "anchors.txt").append("a")

"""Personal data as pages may show it."""

import pytest

from app.domain.masks import masked_name, masked_staff


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王思", "*思"),
        ("欧阳思远", "*远"),
        ("王", "*"),
        ("", "*"),
        ("李女士", "*女士"),
        ("欧阳先生", "*先生"),
        ("女士", "*士"),
        ("林客服", "*客服"),
        ("周主管", "*主管"),
    ],
)
def test_a_name_shows_its_last_character_and_a_title_whole(name, shown):
    assert masked_name(name) == shown


@pytest.mark.parametrize(("name", "shown"), [("林静", "林*"), ("周", "周*"), ("", "*")])
def test_staff_sign_with_their_family_name(name, shown):
    assert masked_staff(name) == shown

"""Papers a person is known by: a table of forms, and what each tells."""

from datetime import date

import pytest

from app.domain.id_papers import (
    LABELS,
    birth_in,
    check_digit,
    masked_paper,
    paper,
    papers_of,
)

DAY = date(2026, 11, 20)


def eighteen(first: str) -> str:
    return first + check_digit(first)


CARD = eighteen("99010119880506123")
HOME = eighteen("81000019880506123")
FOREIGN = eighteen("91112419880506123")


@pytest.mark.parametrize(
    ("kind", "number", "expected"),
    [
        ("id_card", CARD, CARD),
        ("id_card", CARD[:17] + ("0" if CARD[17] != "0" else "1"), None),
        ("id_card", eighteen("99010120261121123"), None),  # born after the file
        ("id_card", eighteen("99010118991231123"), None),
        ("id_card", eighteen("99010119880230123"), None),  # no such day
        ("id_card", "E12345678", None),
        ("passport", "E12345678", "passport:E12345678"),
        ("passport", "EA1234567", "passport:EA1234567"),
        ("passport", "123456", "passport:123456"),
        ("passport", "12345", None),
        ("passport", "WANGXIAO", None),
        ("passport", "E1234567890", None),
        ("hk_macau_permit", "H12345678", "hk_macau_permit:H12345678"),
        ("hk_macau_permit", "M1234567802", "hk_macau_permit:M12345678"),  # issued twice
        ("hk_macau_permit", "C12345678", None),
        ("taiwan_permit", "12345678", "taiwan_permit:12345678"),
        ("taiwan_permit", "1234567801(D)", "taiwan_permit:1234567801"),
        ("taiwan_permit", "1234567801D", "taiwan_permit:1234567801"),
        ("taiwan_permit", "123456789", None),
        ("permanent_residence", "GBR310588050601", "permanent_residence:GBR310588050601"),
        ("permanent_residence", FOREIGN, f"permanent_residence:{FOREIGN}"),
        ("permanent_residence", FOREIGN[:17] + "?", None),
        ("permanent_residence", CARD, f"permanent_residence:{CARD}"),
        ("residence_permit", HOME, f"residence_permit:{HOME}"),
        ("residence_permit", CARD, None),
    ],
)
def test_each_kind_has_its_own_form(kind, number, expected):
    assert paper(kind, number, as_of=DAY) == expected


@pytest.mark.parametrize(
    ("text", "born", "shown"),
    [
        (CARD, "19880506", f"9{'*' * 16}{CARD[-1]}"),
        (f"residence_permit:{HOME}", "19880506", f"居住证 8{'*' * 16}{HOME[-1]}"),
        (
            f"permanent_residence:{FOREIGN}",
            "19880506",
            f"外国人永久居留身份证 9{'*' * 16}{FOREIGN[-1]}",
        ),
        ("passport:E12345678", "", f"护照 E{'*' * 16}8"),
        ("taiwan_permit:12345678", "", f"台湾居民来往大陆通行证 1{'*' * 16}8"),
    ],
)
def test_what_a_paper_tells(text, born, shown):
    assert birth_in(text) == born
    assert masked_paper(text) == shown


def test_a_number_is_looked_for_as_every_paper_it_may_be():
    assert list(papers_of("12345678", as_of=DAY)) == [
        "passport:12345678",
        "taiwan_permit:12345678",
    ]
    assert list(papers_of("王小明", as_of=DAY)) == []
    assert set(LABELS) >= {one.split(":")[0] for one in papers_of("H12345678", as_of=DAY)}

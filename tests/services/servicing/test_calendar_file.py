"""A plan's payments as a calendar file: whole, folded, escaped, neutral."""

import pytest

from app.config import Settings
from app.services.proposals.basis import Answers
from app.services.servicing.calendar_file import calendar_file, folded
from app.wiring import make_gateways
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.signing import kept_of, plain, signed

WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


@pytest.fixture
def number(session, gateways, site, borrower, loan) -> str:
    return signed(session, gateways, site, borrower=borrower, loan=loan, answers=WITH_FIRST)


def test_a_calendar_file_has_every_payment_the_first_as_number_0(session, borrower, number, site):
    kept = kept_of(session, borrower, number)
    text = calendar_file(
        kept, site=site, title="今天有一件事要办", words="请登录，谢谢；多行\n字", made_at=NOW
    )
    lines = text.replace("\r\n ", "").split("\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert (
        lines.count("BEGIN:VEVENT")
        == lines.count("END:VEVENT")
        == len(kept.payments)
        == kept.terms.periods + 1
    )
    assert f"UID:{number}-0@127.0.0.1" in lines
    starts = [
        line.partition(":")[2] for line in lines if line.startswith("DTSTART;TZID=Asia/Shanghai:")
    ]
    assert starts == [f"{one.due_on:%Y%m%d}T090000" for one in kept.payments]
    assert len({line for line in lines if line.startswith("UID:")}) == len(kept.payments)
    assert "DTSTAMP:20261123T020000Z" in lines
    assert "DESCRIPTION:请登录，谢谢；多行\\n字" in lines
    assert not any(word in text for word in ("¥", "还款", "逾期", "债"))


@pytest.mark.parametrize(
    "line", ["a" * 200, "还" * 90, "a" + "款" * 60, "", "x" * 75, "x" * 76, "𠮷" * 40]
)
def test_lines_fold_at_75_octets_and_never_inside_a_character(line):
    parts = list(folded(line))
    assert all(len(part.encode()) <= 75 for part in parts)
    assert parts[0] + "".join(part.removeprefix(" ") for part in parts[1:]) == line
    assert all(part.startswith(" ") for part in parts[1:])


def test_text_of_a_calendar_is_escaped(session, borrower, number, site):
    text = calendar_file(
        kept_of(session, borrower, number), site=site, title="a,b;c\\d", words="x", made_at=NOW
    )
    assert "SUMMARY:a\\,b\\;c\\\\d" in text

"""What the PDF of a voucher shows is what its text says, and typst sets all of it."""

from datetime import UTC, datetime

import pytest

from app.domain.money import yuan
from app.integrations.documents.typst_maker import TypstMaker
from app.services.vouchers.paper import DOCUMENT, paper_values
from tests.factories import make_hold
from tests.support.pdf_words import words_of
from tests.support.vouchers import hold_paper, kept_with, later, quoted, receipt

SEALED_AT = datetime(2027, 6, 10, 18, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def maker():
    return TypstMaker(machine_fonts=())


def made_of(session, vault, site, borrower, kind):
    if kind == "hold":
        hold = make_hold(session, borrower, cause="breathing", until_at=later(30))
        session.commit()
        return hold_paper(session, vault, site, hold)
    agreement, number = kept_with(session, vault, site, borrower=borrower)
    if kind == "quote":
        return quoted(session, vault, site, agreement)
    return receipt(session, vault, site, agreement, number, now=later(60))


@pytest.mark.parametrize("kind", ["receipt", "hold", "quote"])
def test_the_pdf_says_everything_of_the_text(session, vault, site, maker, borrower, kind):
    one = made_of(session, vault, site, borrower, kind)
    values = paper_values(
        number=one.number,
        text=one.text,
        text_sha256=one.text_sha256,
        check_code=one.check_code,
        base_url="https://anhuan.example.cn/",
        sealed_at=SEALED_AT,
    )
    made = maker.make(DOCUMENT, values)
    assert made == maker.make(DOCUMENT, values)
    words = words_of(made)
    text = one.text
    rows = [*text["facts"], *(row for table in text["tables"] for row in table["rows"])]
    total = text["total"]
    for told in (
        text["title"],
        one.number,
        text["says"],
        text["check"],
        *text["notes"],
        *(part for row in rows for part in row.values()),
        *([total["label"], total["capital"], yuan(total["fen"])] if total else []),
        text["lender"]["licence"],
        one.text_sha256,
        f"https://anhuan.example.cn/check/{one.check_code}",
        "2027年6月11日2:05",
    ):
        assert "".join(told.split()) in words, told

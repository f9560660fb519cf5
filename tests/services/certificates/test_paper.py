"""What the PDF of a certificate shows is what its text says, and typst sets all of it."""

from datetime import UTC, datetime

import pytest

from app.domain.money import yuan
from app.integrations.documents.typst_maker import TypstMaker
from app.services.certificates.paper import DOCUMENT, paper_values
from tests.support.certificates import certified, paid_as_printed, signed_of
from tests.support.pdf_words import words_of

SEALED_AT = datetime(2027, 6, 10, 18, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def maker():
    return TypstMaker(machine_fonts=())


def values_of(one):
    return paper_values(
        text=one.text,
        text_sha256=one.text_sha256,
        check_code=one.check_code,
        base_url="https://anhuan.example.cn/",
        sealed_at=SEALED_AT,
    )


@pytest.mark.parametrize("kind", ["reamortise", "catch_up"])
def test_the_pdf_says_everything_of_the_text(session, vault, site, maker, kind):
    number = signed_of(session, vault, site, kind)
    one = certified(session, vault, site, number, on=paid_as_printed(session, number))
    values = values_of(one)
    made = maker.make(DOCUMENT, values)
    assert made == maker.make(DOCUMENT, values)
    words = words_of(made)
    text = one.text
    for told in (
        text["title"],
        text["number"],
        text["agreement"],
        text["borrower"]["name"],
        text["borrower"]["id_masked"],
        text["lender"]["name"],
        text["loans"][0]["ref"],
        text["loans"][0]["product"],
        text["paid"]["capital"],
        text["left"]["capital"],
        text["says"],
        text["check"],
        *text["credit"]["words"],
        *(yuan(part["fen"]) for part in (*text["paid"]["parts"], *text["waived"]["parts"])),
        yuan(text["paid"]["fen"]),
        one.text_sha256,
        f"https://anhuan.example.cn/check/{one.check_code}",
    ):
        assert "".join(told.split()) in words
    assert ("不是结清证明" in words) == (kind == "catch_up")
    assert ("照原合同还的各期" in words) == (kind == "catch_up")


def test_the_seal_is_dated_in_beijing_and_the_document_in_utc(session, vault, site):
    number = signed_of(session, vault, site, "settlement")
    one = certified(session, vault, site, number, on=paid_as_printed(session, number))
    values = values_of(one)
    assert values["sealed_at"] == "2027年6月11日 2:05"
    assert list(values["created"].values()) == [2027, 6, 10, 18, 5, 0]

"""A file of repayments in every dress it comes in, read line by line."""

from datetime import date

import pytest

from app.ports.book import BookLine, BookUnreadable
from app.services.nightly.importing import HeaderRefused
from app.services.repayments.reading import (
    GoodLine,
    RejectedLine,
    covered_until,
    layout_of,
    read_lines,
)
from app.wiring import open_repayments
from tests.support.lender_rows import ListFile

TODAY = date(2026, 11, 23)
PLAIN = '流水号,渠道,入账日期,金额,备注\nLS1,银行卡,2026-11-20,"1,200.00",AH-00318-6 还款\n'
OTHER = "备注,金额（元）,入账日期,渠道,流 水 号,柜员\nAH-00318-6 还款,1200,2026/11/20 09:30,银行卡,LS1,7\n"


def read(file, today=TODAY):
    return list(read_lines(file, layout_of(file), today=today))


@pytest.mark.parametrize(
    "text", [PLAIN, OTHER, PLAIN.replace("\n", "\r\n"), f"十一月流水\n\n{PLAIN}"]
)
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_encodings_titles_orders_and_line_ends_do_not_matter(tmp_path, text, encoding):
    path = tmp_path / "bank.csv"
    path.write_bytes(text.encode(encoding))
    (one,) = read(open_repayments(path))
    assert isinstance(one, GoodLine)
    assert (one.row.channel_ref, one.row.channel, one.row.fen) == ("LS1", "银行卡", 120_000)
    assert (one.row.arrived_on, one.row.remark) == (date(2026, 11, 20), "AH-00318-6 还款")


def test_a_line_is_told_by_its_number_in_the_file(tmp_path):
    path = tmp_path / "bank.csv"
    path.write_text(f"标题\n{PLAIN}LS2,银行卡,2026-11-20,x,还款\n", encoding="utf-8")
    good, bad = read(open_repayments(path))
    assert (good.line, bad.line, bad.code) == (3, 4, "amount")


def test_an_empty_file_or_one_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "bank.csv"
    path.write_bytes(b"")
    with pytest.raises(BookUnreadable):
        open_repayments(path)
    path.write_bytes(b"PK\x03\x04\xff\xfe\x00\x00\x14\x00")
    with pytest.raises(BookUnreadable):
        open_repayments(path)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (("流水号", "渠道", "入账日期", "备注"), "金额或金额(元)"),
        (("流水号", "渠道", "入账日期", "金额"), "借据号或备注"),
        (("流水号", "流水号", "渠道", "入账日期", "金额", "备注"), "重复"),
    ],
)
def test_headings_that_lack_or_repeat_are_named(headers, told):
    with pytest.raises(HeaderRefused) as refused:
        layout_of(ListFile([], headers))
    assert told in refused.value.words


@pytest.mark.parametrize(("fault", "code"), [("quote", "quote"), ("text", "text")])
def test_a_line_that_cannot_be_parted_is_rejected_whole(fault, code):
    class Broken(ListFile):
        def lines(self):
            yield BookLine(2, ["LS1"], fault)

    (one,) = read(Broken([]))
    assert isinstance(one, RejectedLine)
    assert (one.line, one.field, one.code) == (2, "", code)


def test_a_line_cut_short_is_rejected():
    class Short(ListFile):
        def lines(self):
            yield BookLine(2, ["LS1", "银行卡"])

    assert [one.code for one in read(Short([]))] == ["columns"]


def test_only_good_lines_tell_what_a_file_covers():
    def line(day, **written):
        cells = {"流水号": day, "渠道": "x", "入账日期": day, "金额": "1", "备注": "还款"}
        return cells | written

    file = ListFile([line("2026-11-20"), line("2026-11-22", 金额="x"), line("2027-11-20")])
    assert covered_until(file, layout_of(file), today=TODAY) == date(2026, 11, 19)
    assert covered_until(ListFile([]), layout_of(file), today=TODAY) is None

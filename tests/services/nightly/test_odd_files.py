"""Files as other systems and accidents make them: nothing of them is lost, damage stays in its
row.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app.domain.nightly_row import COLUMNS
from app.integrations.sheets.csv_book import CsvBook
from app.models import Borrower, Loan
from app.services.core.context import Actor
from app.services.nightly.importing import HeaderRefused, import_book
from tests.support.acting import acting
from tests.support.books import good_cells

CASES = Path(__file__).parents[2] / "data" / "cases"
NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)


@pytest.fixture
def take_case(session, vault):
    def take(path):
        who = acting(now=NOW, actor=Actor("cli:import-book"), vault=vault)
        return import_book(session, who, book=CsvBook(path))

    return take


@pytest.fixture
def take_lines(take_case, tmp_path):
    """Take in lines of text under the usual headings."""

    def take(*lines, encoding="utf-8", end="\r\n"):
        path = tmp_path / "book.csv"
        texts = (",".join(COLUMNS), *lines)
        path.write_bytes(end.join(texts).encode(encoding) + end.encode())
        return take_case(path)

    return take


@pytest.fixture
def remark(session, vault):
    def opened(ref):
        loan = session.scalars(select(Loan).where(Loan.ref == ref)).one()
        sealed = loan.remark_enc
        return sealed and vault.unseal(sealed, table="loans", row=loan.public_id, column="remark")

    return opened


def line_of(number, remark="", **overrides):
    cells = good_cells(number, **overrides)
    return ",".join([*(cells[column] for column in COLUMNS[:-1]), remark])


def told(report):
    return [(one.line, one.field, one.code) for one in report.rejected]


def test_a_quote_that_never_ends_rejects_its_line_and_no_other(take_case, session):
    report = take_case(CASES / "quote-to-end" / "loan_book.csv")
    assert (report.rows, report.accepted, told(report)) == (3, 2, [(2, "", "quote")])
    assert [one.ref for one in report.rejected] == ["TJ00000001"]
    assert set(session.scalars(select(Loan.ref))) == {"TJ00000002", "TJ00000003"}


def test_a_damaged_character_rejects_its_row_and_not_the_file(take_case):
    report = take_case(CASES / "half-hanzi" / "loan_book.csv")
    assert (report.accepted, told(report)) == (2, [(3, "姓名", "text")])


def test_what_nobody_sees_in_a_name_is_refused(take_case):
    report = take_case(CASES / "invisible-in-name" / "loan_book.csv")
    assert told(report) == [(line, "姓名", "text") for line in range(2, 7)]


def test_a_private_code_point_of_the_standard_is_the_character_it_is(take_case, session, vault):
    assert take_case(CASES / "pua-name" / "loan_book.csv").accepted == 1
    who = session.scalars(select(Borrower)).one()
    name = vault.unseal(who.name_enc, table="borrowers", row=who.public_id, column="name")
    assert name == "龙\u4dae"


def test_the_habits_of_exports_are_read_each_in_one_way(take_case):
    report = take_case(CASES / "export-habits" / "loan_book.csv")
    # The twelfth is not overdue in the file while its figures are.
    assert (report.rows, report.accepted, told(report)) == (16, 15, [(13, "逾期天数", "dpd")])
    assert report.discrepancies == ()
    assert report.totals_fen["principal"] == 15 * 288_200
    assert report.totals_fen["fee"] == 0


def test_births_that_cannot_be_are_wrong_numbers(take_case):
    report = take_case(CASES / "impossible-birth" / "loan_book.csv")
    assert told(report) == [(2, "证件号码", "id_checksum"), (3, "证件号码", "id_checksum")]


def test_a_ledger_is_told_where_its_headings_are_and_what_stands_there(take_case):
    with pytest.raises(HeaderRefused) as refusal:
        take_case(CASES / "ledger-headers" / "ledger.csv")
    message = refusal.value.message
    assert "表头在第 2 行" in message
    for theirs, ours in (
        ("借据编号", "借据号"),
        ("贷款余额", "剩余本金"),
        ("身份证号", "证件号码"),
    ):
        assert f"“{theirs}”像是{ours}" in message
    assert "计息基准" in message
    assert "陈试一" not in message


def test_headings_that_are_not_there_are_told_without_repeating_the_first_row(take_case, tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text(line_of(1) + "\r\n", encoding="utf-8")
    with pytest.raises(HeaderRefused) as refusal:
        take_case(path)
    assert "罗涵敏" not in refusal.value.message
    assert "表头缺少这些列" in refusal.value.message


def test_titles_above_and_sums_below_are_no_rows(take_case, tmp_path):
    path = tmp_path / "ledger.csv"
    lines = ["逾期台账,,", "", "制表：三部,2026-11-20", ",".join(COLUMNS), line_of(1), line_of(2)]
    lines += ["合计," * 3, "总计：,,24003.00"]
    path.write_bytes("\r\n".join(lines).encode("gb18030"))
    report = take_case(path)
    assert (report.rows, report.accepted, told(report)) == (2, 2, [])


def test_a_sum_among_the_rows_and_a_row_above_the_headings_are_told(take_case, tmp_path):
    path = tmp_path / "ledger.csv"
    lines = [line_of(1), ",".join(COLUMNS), line_of(2), "小计,,,", line_of(3)]
    path.write_bytes("\r\n".join(lines).encode("gb18030"))
    report = take_case(path)
    assert (report.rows, report.accepted, told(report)) == (4, 3, [(4, "", "columns")])


def test_a_remark_in_lines_is_one_row_and_lines_count_as_in_an_editor(take_lines, remark):
    report = take_lines(line_of(1, '"第一行\r\n说""好""\n\r\n第四行"'), line_of(2, 手机号码="1"))
    assert (report.rows, report.accepted, told(report)) == (2, 1, [(6, "手机号码", "mobile")])
    assert remark("JJ10000001") == '第一行\r\n说"好"\n\r\n第四行'


@pytest.mark.parametrize(
    ("first", "last"), [('"客户说', '他说"'), ('"客户说', '"'), ('"""客户说', '他说"""')]
)
def test_rows_between_two_stray_quotes_are_named_and_never_a_remark(
    take_lines, session, first, last
):
    report = take_lines(line_of(1, first), line_of(2), line_of(3, last), line_of(4))
    assert told(report) == [(line, "", "quote") for line in (2, 3, 4)]
    assert [one.ref for one in report.rejected] == [f"JJ1000000{n}" for n in (1, 2, 3)]
    assert session.scalars(select(Loan.ref)).all() == ["JJ10000004"]


@pytest.mark.parametrize("bad", ['"客户"说', '"客户" ', '"客户""', '"'])
def test_a_quote_out_of_place_rejects_its_line(take_lines, bad):
    report = take_lines(line_of(1, bad), line_of(2, "没有引号"), line_of(3, '"有引号"'))
    assert (report.accepted, told(report)) == (2, [(2, "", "quote")])


def test_a_quote_within_a_cell_is_a_character(take_lines, remark):
    assert take_lines(line_of(1, '客户称"下月还'), line_of(2, '说"好"')).accepted == 2
    assert remark("JJ10000001") == '客户称"下月还'


def test_half_of_one_row_and_half_of_another_are_never_one(take_case, tmp_path, session):
    # The remark in the middle: what stands before and after it would make a whole row.
    order = ("备注", *COLUMNS[:-1])
    order = (*order[1:13], order[0], *order[13:])
    rows = [
        ",".join(good_cells(number, 备注=text)[column] for column in order)
        for number, text in ((1, '"客户说'), (2, '他说"'), (3, ""))
    ]
    path = tmp_path / "middle.csv"
    path.write_text("\n".join([",".join(order), *rows]), encoding="utf-8")
    report = take_case(path)
    assert told(report) == [(2, "", "quote"), (3, "", "quote")]
    assert session.scalars(select(Loan.ref)).all() == ["JJ10000003"]


@pytest.mark.parametrize("between", ["\r", "\x85", "\u2028", "\x0b", "\x0c", "\x1c"])
def test_nothing_in_a_cell_but_a_line_end_ends_a_line(take_lines, between):
    report = take_lines(line_of(1, f"前{between}后"), line_of(2, 手机号码="1"), end="\n")
    assert report.rows == 2
    assert told(report)[-1] == (3, "手机号码", "mobile")


def test_a_row_longer_than_any_is_told_by_its_line(take_lines):
    report = take_lines(
        line_of(1, "长" * 100_000), line_of(2, "长" * 20_000), line_of(3, "长" * 20_001)
    )
    assert (report.accepted, told(report)) == (1, [(2, "", "text"), (4, "备注", "text")])


@pytest.mark.parametrize(("file", "cell"), [("gb18030", "utf-8"), ("utf-8", "gb18030")])
@pytest.mark.parametrize("name", ["张伟", "王小明", "龙䶮", "信用", "啊啊", "欧阳春晓"])
def test_a_cell_in_another_encoding_is_found(take_case, tmp_path, file, cell, name):
    texts = [",".join(COLUMNS), line_of(1, 姓名="NAME"), line_of(2)]
    content = "\r\n".join(texts).encode(file).replace(b"NAME", name.encode(cell))
    path = tmp_path / "book.csv"
    path.write_bytes(content)
    report = take_case(path)
    assert (report.accepted, told(report)) == (1, [(2, "姓名", "text")])


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize("name", ["娅婷", "阿依古丽·买买提", "联通", "浣寮", "罗涵敏", "欧阳潇潇"])
def test_a_good_name_is_good_in_either_encoding(take_lines, encoding, name):
    assert take_lines(line_of(1, 姓名=name), encoding=encoding).rejected == ()


def test_a_number_as_excel_keeps_it_is_the_same_loan(take_lines, session):
    take_lines(line_of(1, 借据号='"=""00012345"""'), line_of(2, 借据号="\t00012346"))
    report = take_lines(line_of(1, 借据号="00012345"), line_of(2, 借据号="00012346"))
    assert (report.state, report.unchanged) == ("unchanged", 2)
    assert set(session.scalars(select(Loan.ref))) == {"00012345", "00012346"}


def test_a_fault_of_a_row_out_of_place_names_nobody(take_lines):
    # A comma in the first cell moves every other: a mobile stands where the loan's number should.
    report = take_lines(
        f"19003740000,19003740000,罗涵敏,{line_of(1)}", f'罗,罗涵敏,"{line_of(2)}"x'
    )
    assert [(one.code, one.ref) for one in report.rejected] == [("columns", ""), ("quote", "")]

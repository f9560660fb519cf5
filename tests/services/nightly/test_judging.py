"""Headers and rows of a nightly file judged: what is rejected, and with which fault."""

from datetime import timedelta

import pytest

from app.domain.nightly_row import COLUMNS
from app.models import Borrower
from app.services.nightly.importing import NoDate
from tests.support.books import AS_OF, ListBook, good_cells, id_number

NEXT = AS_OF + timedelta(days=1)


def _codes(report):
    return [(one.line, one.code) for one in report.rejected]


def test_full_width_brackets_and_blanks_in_headers_do_not_matter(take_in):
    headers = tuple("放款金额（元） " if one == "放款金额(元)" else one for one in COLUMNS)
    row = good_cells(1)
    row["放款金额（元） "] = row["放款金额(元)"]
    assert take_in(book=ListBook([row], headers=headers)).accepted == 1


def test_the_remark_may_be_missing(take_in):
    headers = tuple(one for one in COLUMNS if one != "备注")
    assert take_in(book=ListBook([good_cells(1)], headers=headers)).accepted == 1


def test_rows_with_too_few_or_too_many_cells_are_rejected(take_in):
    book = ListBook([good_cells(1), good_cells(2), good_cells(3)])
    lines = list(book.lines())
    lines[0] = lines[0]._replace(cells=lines[0].cells[:20])
    lines[1] = lines[1]._replace(cells=[*lines[1].cells, "", "100.00"])
    lines[2] = lines[2]._replace(cells=[*lines[2].cells, "", ""])
    book.lines = lambda: iter(lines)
    assert _codes(take_in(book=book)) == [(2, "columns"), (3, "columns")]


def test_a_file_of_a_year_far_from_ours_has_no_date(take_in):
    with pytest.raises(NoDate):
        take_in(good_cells(1, 放款日期="9990-01-18", 到期日期="9999-01-18", 数据日期="9990-02-20"))


@pytest.mark.parametrize("unseen", ["\0", "\u202e", "\u200b", "\u2028", "\x85"])
def test_what_nobody_sees_in_a_number_or_remark_rejects_its_row_alone(take_in, unseen):
    headers = (*COLUMNS, f"部{unseen}门")
    rows = [good_cells(number) | {headers[-1]: f"三{unseen}部"} for number in (1, 2, 3, 4)]
    rows[0]["客户编号"] = f"C1{unseen}0000001"
    rows[1]["借据号"] = f"JJ{unseen}10000002"
    rows[2]["备注"] = f"打过{unseen}电话"
    report = take_in(book=ListBook(rows, headers=headers))
    assert _codes(report) == [(2, "text"), (3, "text"), (4, "text")]
    # Told without what nobody sees, so that its loan has not vanished.
    assert [one.ref for one in report.rejected] == ["JJ10000001", "JJ10000002", "JJ10000003"]
    assert report.accepted == 1


def test_of_two_rows_with_one_loan_number_the_first_good_one_stands(take_in, loan):
    bad = good_cells(1, 手机号码="12345", 产品名称="坏行")
    first, second = good_cells(1, 产品名称="第一"), good_cells(1, 产品名称="第二", 手机号码="1")
    report = take_in(bad, first, second)
    assert _codes(report) == [(2, "mobile"), (4, "duplicate_ref")]
    assert loan(1).product == "第一"


def test_one_customer_number_with_two_ids_is_a_conflict_in_the_file_and_against_what_is_stored(
    take_in, count
):
    same = {"客户编号": "C10000001"}
    report = take_in(
        good_cells(1), good_cells(2, **same), good_cells(3, 证件号码=id_number(1), **same)
    )
    assert _codes(report) == [(3, "customer_conflict")]
    later = good_cells(4, as_of=NEXT, **same)
    report = take_in(
        good_cells(1, as_of=NEXT), good_cells(3, as_of=NEXT, 证件号码=id_number(1), **same), later
    )
    assert _codes(report) == [(4, "customer_conflict")]
    assert count(Borrower) == 1


def test_one_mobile_may_belong_to_several_people(take_in, count):
    assert take_in(good_cells(1), good_cells(2, 手机号码="19000000001")).accepted == 2
    assert count(Borrower) == 2


def test_a_row_of_another_day_is_rejected_and_most_rows_say_the_day(take_in):
    report = take_in(good_cells(3, as_of=NEXT), good_cells(1), good_cells(2))
    assert report.as_of_on == AS_OF
    assert _codes(report) == [(2, "date")]

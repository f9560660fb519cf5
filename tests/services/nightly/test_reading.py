"""Rows read by several processes are the rows read by one; what only rows before tell is held
against them wherever a piece ends.
"""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.integrations.processes.pool import OneProcess, ProcessPool
from app.models import Borrower, ContestedValue, Loan, LoanSnapshot
from app.services.core.context import Actor
from app.services.nightly import judging
from app.services.nightly.importing import import_book
from tests.services.nightly.conftest import NOW
from tests.support.acting import acting
from tests.support.books import ListBook, good_cells, id_number
from tests.support.databases import opened

PROCESSES = {"one": OneProcess(), "several": ProcessPool(2, few=0)}
HELD = {
    Loan: ("ref", "customer_no", "paid", "difference", "remark_hmac"),
    LoanSnapshot: ("line", "left_fen", "interest_fen", "penalty_fen", "differences", "extra_hmac"),
    Borrower: ("customer_no", "name_hmac", "mobile_hmac", "id_hmac", "is_contested"),
    ContestedValue: ("field", "value_hmac"),
}


def _rows():
    same = {"客户编号": "C10000001", "证件号码": id_number(1)}
    yield good_cells(1, 备注="第一行")
    yield good_cells(2, **same, 手机号码="19000000001")  # of the first person
    yield good_cells(3, 客户编号="C10000001")  # another person under that number
    yield good_cells(4, differences={"penalty": 137})
    yield good_cells(4, 手机号码="1")  # a loan there is, and a fault behind it
    yield good_cells(5, 手机号码="1")
    yield good_cells(5)  # the good one comes after
    yield good_cells(6, 客户编号="", 借据号="JJ10000001")
    yield good_cells(7, 证件号码="1")
    yield good_cells(8, 借据号="")
    yield good_cells(9, **same, 借据号="JJ10000009", 姓名="罗涵")  # another name
    yield good_cells(10, 客户编号="C19", 证件号码=id_number(1))  # one ID, two numbers
    yield good_cells(11, 客户编号="C10000004")  # known, of another, and its loan too
    yield good_cells(4, 客户编号="C10000001")


FAULTS = [
    (4, "客户编号", "customer_conflict"),
    (6, "借据号", "duplicate_ref"),
    (7, "手机号码", "mobile"),
    (9, "客户编号", "required"),
    (10, "证件号码", "id_checksum"),
    (11, "借据号", "missing_ref"),
    (14, "客户编号", "customer_conflict"),
    (15, "客户编号", "customer_conflict"),
]


def _taken_in(database, gateways):
    book = ListBook(list(_rows()))
    context = acting(now=NOW, actor=Actor("cli:import-book"), gateways=gateways)
    with database.sessions() as session:
        report = import_book(session, context, book=book)
        stored = {
            model: sorted(map(str, session.execute(select(*(getattr(model, c) for c in names)))))
            for model, names in HELD.items()
        }
    return report, stored


@pytest.mark.parametrize("lines", [1, 2, 3, 1000])
def test_a_fault_that_rows_before_tell_is_found_wherever_a_piece_ends(take_in, monkeypatch, lines):
    monkeypatch.setattr(judging, "PIECE_LINES", lines)
    report = take_in(*_rows())
    assert [(one.line, one.field, one.code) for one in report.rejected] == FAULTS
    assert (report.rows, report.accepted) == (14, 6)
    assert [(one.code, one.lines) for one in report.conflicts] == [
        ("two_names", (2, 12)),
        ("two_mobiles", (2, 12, 13)),
        ("shared_id", (2, 13)),
    ]


def test_several_processes_store_and_tell_what_one_does(
    database_servers, database_kind, vault, monkeypatch
):
    monkeypatch.setattr(judging, "PIECE_LINES", 2)
    told = []
    for processes in PROCESSES.values():
        gateways = replace(acting(vault=vault).gateways, processes=processes)
        with database_servers(database_kind).fresh() as url, opened(url) as database:
            told.append(_taken_in(database, gateways))
    assert told[0] == told[1]
    assert told[0][0].accepted == 6

"""The two tables of the register: a cell for every column, and sums that disagree are noticed."""

from dataclasses import replace

import pytest

from app.services.finance.register_queries import RegisterFilter, register_batches
from app.services.finance.register_sheets import (
    INSTALMENTS,
    REGISTER,
    Control,
    instalment_cells,
    instalment_total,
    register_cells,
    register_total,
)
from app.services.register.sums import register_totals
from tests.support.exporting import WITH_FIRST, signed


@pytest.fixture
def row(session, vault, site):
    signed(session, vault, site, answers=WITH_FIRST)
    ((found,),) = register_batches(session, wanted=RegisterFilter())
    return found


def counted(*rows) -> Control:
    control = Control()
    for one in rows:
        control.add(one)
    return control


def test_every_column_has_its_cell_in_rows_and_sums(row):
    control = counted(row)
    assert len(register_cells(row)) == len(register_total(control)) == len(REGISTER.columns)
    lines = list(instalment_cells(row))
    assert {len(line) for line in (*lines, instalment_total(control))} == {len(INSTALMENTS.columns)}


def test_the_first_payment_is_line_0_and_lines_add_up_to_the_row(row):
    lines = list(instalment_cells(row))
    assert [line[2] for line in lines] == list(range(row.periods + 1))
    assert sum(line[8] for line in lines) == row.total_fen
    assert all(line[8] == sum(line[4:8]) for line in lines)
    cells = dict(zip((one.name for one in REGISTER.columns), register_cells(row), strict=True))
    assert [sum(line[place] for line in lines) for place in range(4, 8)] == [
        cells[name] for name in ("方案本金", "方案利息（含原欠利息）", "方案罚息", "方案费用")
    ]
    assert cells["每期明细"].count("；") == row.periods


def test_a_waiver_is_named_with_its_condition_and_none_is_blank(row):
    waived = register_cells(row)[8:11]
    assert waived == ["罚息", row.waived_fen, "按本方案全部还完"]
    none = replace(row, waived_components=(), waived_fen=0, waived_condition="")
    assert register_cells(none)[8:11] == ["", 0, ""]


def test_two_agreements_sum_to_twice_one(row):
    once, twice = counted(row), counted(row, row)
    assert instalment_total(twice)[8] == 2 * instalment_total(once)[8] == 2 * row.total_fen
    assert "2 份协议" in register_total(twice)


def test_one_fen_astray_anywhere_does_not_agree(session, row):
    totals = register_totals(session, wanted=RegisterFilter())
    assert counted(row).agrees(totals)
    assert not counted(row, row).agrees(totals)
    assert not Control().agrees(totals)
    first, *rest = row.payments
    one_fen = row.planned._replace(penalty_fen=row.planned.penalty_fen + 1)
    astray = [
        replace(row, total_fen=row.total_fen + 1),
        replace(row, waived_fen=row.waived_fen + 1),
        replace(row, excess_fen=row.excess_fen + 1),
        replace(row, plan_interest_fen=row.plan_interest_fen + 1),
        replace(row, planned=one_fen),
        replace(row, payments=(first._replace(fee_fen=first.fee_fen + 1), *rest)),
    ]
    assert [counted(one).agrees(totals) for one in astray] == [False] * 6
    assert not counted(row).agrees(replace(totals, planned=one_fen))

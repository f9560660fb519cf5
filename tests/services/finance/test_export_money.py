"""The money in exported files: what the register comes to is added up again from them alone, and
every row is what payments, the plan's standing and the ledger tell.
"""

import pytest
from sqlalchemy import select

from app.models import Export
from app.services.finance import export_files
from app.services.finance.register_queries import register_page
from app.services.keeping.accounts import standings_of
from app.services.ledger.balance_queries import balances_of
from app.services.register.filter import RegisterFilter
from app.services.register.money import money_of_plans
from tests.support.acting import acting
from tests.support.exporting import asked, export_made, files_of, make
from tests.support.kept_plans import AFTER, with_money
from tests.support.money import plan_of
from tests.support.reading_back import csv_rows, fen, table

MONEY = ("已收", "未还", "其中按合同应还", "免收方案利息", "已生效减免", "多收待退")
DAY = acting(now=AFTER).today


@pytest.fixture
def kept(database, gateways, settings):
    with database.sessions() as session:
        return with_money(session, gateways.vault, settings.site)


def of_account(found, *names) -> int:
    return sum(amount for key, amount in found.items() if key.account in names)


def test_files_alone_tell_what_the_register_comes_to(database, gateways, finance, kept):
    public_id = export_made(database, gateways, finance, now=AFTER)
    with database.sessions() as session:
        assert session.scalars(select(Export.state)).one() == "done"
    register, instalments, _loans = (
        table(csv_rows(data)) for data in files_of(database, gateways, public_id, finance).values()
    )
    rows, total, note = register
    lines, lines_total, _note = instalments
    assert len(rows) == len(kept.agreements)
    assert {name: fen(total[name]) for name in MONEY} == {
        name: sum(fen(row[name]) for row in rows) for name in MONEY
    }
    told = {row["协议号"]: row for row in rows}
    assert {name: fen(told[one.number]["已收"]) for name, one in kept.agreements.items()} == (
        kept.received
    )
    for name in ("已还", "未还", "免收方案利息"):
        assert fen(lines_total[name]) == sum(fen(line[name] or 0) for line in lines)
    for row in rows:
        mine = [line for line in lines if line["协议号"] == row["协议号"]]
        if row["状态"] == "已终止":
            assert {line["本期状态"] for line in mine} == {"已终止"}
            assert {line[name] for line in mine for name in ("已还", "未还")} == {""}
            continue
        paid, left, saved = (
            sum(fen(line[name]) for line in mine) for name in ("已还", "未还", "免收方案利息")
        )
        assert paid + left + saved == fen(row["合计"])
        assert left == fen(row["未还"]) - fen(row["其中按合同应还"])
        assert saved == fen(row["免收方案利息"])
    assert f"已收、未还和状态截至 {DAY.isoformat()}" in note
    assert "与协议合计一致" in note


def test_payments_standing_ledger_page_and_file_tell_the_same(database, gateways, finance, kept):
    public_id = export_made(database, gateways, finance, now=AFTER)
    data = next(iter(files_of(database, gateways, public_id, finance).values()))
    rows = {row["协议号"]: row for row in table(csv_rows(data))[0]}
    with database.sessions() as session:
        ids = {name: plan_of(session, one.number).id for name, one in kept.agreements.items()}
        stands = standings_of(session, plan_ids=ids.values(), as_of=DAY)
        books = balances_of(session, plan_ids=ids.values(), day=DAY)
        money = money_of_plans(session, plan_ids=ids.values(), as_of=DAY)
        page = register_page(
            session, acting(now=AFTER, vault=gateways.vault), wanted=RegisterFilter(), after=None
        )
    shown = {line.row.number: line.row.money for line in page.lines}
    for name, agreement in kept.agreements.items():
        row, stand, book = rows[agreement.number], stands[ids[name]], books[ids[name]]
        assert shown[agreement.number] == money[ids[name]]
        assert fen(row["已收"]) == of_account(book, "bank") == kept.received[name]
        assert fen(row["未还"]) == stand.left_fen
        assert fen(row["多收待退"]) == of_account(book, "credit") == stand.credit_fen
        assert fen(row["已生效减免"]) == of_account(book, "waived") == stand.waived_fen
        if name != "broken":
            # Waivers that are promised stand in no instalment until they are earned.
            is_open = sum(
                amount
                for key, amount in book.items()
                if key.account in ("receivable", "receivable_regular") and key.number is not None
            )
            coming = money[ids[name]].unposted.coming_fen
            assert stand.left_fen == is_open + coming - of_account(book, "plan_money")
    assert page.page_received_fen == sum(kept.received.values())
    assert page.page_left_fen == sum(one.left_fen for one in stands.values())


def test_an_export_that_differs_from_the_ledger_is_not_handed_out(
    database, gateways, finance, kept, monkeypatch
):
    plain = export_files._claim
    monkeypatch.setattr(
        export_files,
        "_claim",
        lambda row: plain(row)._replace(total_fen=row.total_fen + 1),
    )
    with database.sessions() as session:
        public_id = asked(session, finance, now=AFTER)
    assert not make(database, gateways, public_id, now=AFTER)
    with database.sessions() as session:
        export = session.execute(select(Export.state, Export.fault)).one()
    assert tuple(export) == ("failed", "ledger_differs")
    assert not [one for one in gateways.storage.root.rglob("*") if one.is_file()]

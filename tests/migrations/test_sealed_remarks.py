"""Remarks and unknown columns that are stored are sealed, and opened again on the way down."""

import pytest
from alembic.util import CommandError
from sqlalchemy import MetaData, select, update

from app.integrations.vault.aesgcm import AesGcmVault
from tests.migrations.seeds import plant
from tests.support.databases import migrate

BEFORE, SEALED = "0016_files_that_wait", "0017_sealed_remarks"
VAULT = AesGcmVault(data_key=bytes.fromhex("ab" * 32), lookup_key=bytes.fromhex("cd" * 32))
REMARK, EXTRA = "请打王小明 19008350002", {"部门": "三部", "a": "1"}


@pytest.fixture
def before(empty_database):
    migrate(empty_database.engine, BEFORE)
    plant(empty_database.engine)
    _put(empty_database.engine, remark=REMARK, extra=EXTRA)
    return empty_database.engine


def _tables(engine):
    metadata = MetaData()
    metadata.reflect(engine, only=("loans", "loan_snapshots", "borrowers", "nightly_files"))
    return metadata.tables["loans"], metadata.tables["loan_snapshots"]


def _put(engine, *, remark, extra):
    loans, figures = _tables(engine)
    with engine.begin() as connection:
        connection.execute(update(loans).values(remark=remark))
        connection.execute(update(figures).values(extra=extra))


def _row(engine):
    loans, figures = _tables(engine)
    with engine.connect() as connection:
        return connection.execute(select(loans)).one(), connection.execute(select(figures)).one()


def test_what_is_stored_is_sealed_as_the_product_reads_it(before):
    migrate(before, SEALED)
    loan, figures = _row(before)
    assert not hasattr(loan, "remark")
    assert not hasattr(figures, "extra")
    assert (
        VAULT.unseal(loan.remark_enc, table="loans", row=loan.public_id, column="remark") == REMARK
    )
    row = f"{loan.public_id}:{figures.as_of_on.isoformat()}"
    opened = VAULT.unseal(figures.extra_enc, table="loan_snapshots", row=row, column="extra")
    # Sorted and in one form, so that the next file of the day is found equal.
    assert opened == '{"a": "1", "部门": "三部"}'
    assert loan.remark_hmac == VAULT.fingerprint(f"{loan.ref}\n{REMARK}", purpose="remark")
    assert figures.extra_hmac == VAULT.fingerprint(f"{loan.ref}\n{opened}", purpose="extra")


def test_down_again_the_texts_are_what_they_were(before):
    migrate(before, SEALED)
    migrate(before, BEFORE, down=True)
    loan, figures = _row(before)
    assert (loan.remark, figures.extra) == (REMARK, EXTRA)


def test_rows_without_a_text_need_no_key(before, monkeypatch):
    _put(before, remark="", extra={})
    monkeypatch.delenv("DATA_KEY")
    migrate(before, SEALED)
    loan, figures = _row(before)
    assert (loan.remark_enc, loan.remark_hmac, figures.extra_enc) == (None, "", None)


def test_without_the_key_nothing_is_changed(before, monkeypatch, tmp_path):
    monkeypatch.delenv("DATA_KEY")
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    with pytest.raises(CommandError, match="DATA_KEY is missing"):
        migrate(before, SEALED)
    assert _row(before)[0].remark == REMARK

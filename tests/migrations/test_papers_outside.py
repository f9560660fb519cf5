"""PDFs may leave the table, and no step down loses one."""

import pytest
from alembic.util import CommandError
from sqlalchemy import text

from tests.migrations.seeds import plant
from tests.support.databases import migrate

BEFORE, OUTSIDE = "0040_answers_of_a_person", "0041_papers_outside"
MOVE = text("UPDATE agreement_files SET pdf = NULL, folder = 'x.y', size = 3")
BACK = text("UPDATE agreement_files SET pdf = :pdf")
PDF = b"%PDF \x00\xff"


@pytest.fixture
def engine(empty_database):
    engine = empty_database.engine
    migrate(engine, BEFORE)
    plant(engine)
    run(engine, BACK, pdf=PDF)
    return engine


def run(engine, statement, **values):
    with engine.begin() as connection:
        connection.execute(statement, values)


def rows(engine):
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM agreement_files")).mappings().all()


def pdfs(engine):
    return [bytes(one["pdf"]) for one in rows(engine)]


def test_what_is_there_stays_readable_up_and_down(engine):
    migrate(engine, OUTSIDE)
    assert pdfs(engine) == [PDF]
    assert [(one["folder"], one["size"]) for one in rows(engine)] == [(None, None)]
    migrate(engine, BEFORE, down=True)
    assert pdfs(engine) == [PDF]


def test_no_step_down_while_a_pdf_lies_outside_only(engine):
    migrate(engine, OUTSIDE)
    run(engine, MOVE)
    moved = rows(engine)
    with pytest.raises(
        CommandError, match=r"1 signed PDFs lie in the file store only.*papers-back"
    ):
        migrate(engine, BEFORE, down=True)
    assert rows(engine) == moved
    run(engine, BACK, pdf=PDF)
    migrate(engine, BEFORE, down=True)
    assert pdfs(engine) == [PDF]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE agreement_files SET pdf = NULL", "UPDATE agreement_files SET folder = 'x'"],
)
def test_a_row_tells_where_its_pdf_lies_and_how_large_it_is(engine, statement):
    migrate(engine, OUTSIDE)
    with pytest.raises(Exception, match=r"agreement_files_(somewhere|size_told)"):
        run(engine, text(statement))

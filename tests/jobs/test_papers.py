"""The job that moves PDFs out of the database: all of them, and no hammering at a store that is
down.
"""

from dataclasses import replace

from sqlalchemy import func, select

from app.jobs import papers
from app.jobs.report import Report
from app.models import AgreementFile
from app.services.signed_files import moving
from tests.support.acting import acting
from tests.support.exporting import copies, signed
from tests.support.signed_files import StoreDown


def test_all_are_moved_once_the_store_answers(database, gateways, settings, monkeypatch):
    monkeypatch.setattr(moving, "STEP", 2)
    with database.sessions() as session:
        one = signed(session, gateways.vault, settings.site, pdf=b"%PDF")
        copies(session, one, 4, pdf=b"%PDF")
    down = replace(gateways, agreements=StoreDown(gateways.agreements.root))

    def run(with_gateways, limit=9):
        return papers.run(database.sessions, acting(gateways=with_gateways), limit)

    assert run(down) == Report("papers", done=0, left=1)
    assert run(gateways, limit=3) == Report("papers", done=3)
    assert run(gateways) == Report("papers", done=2)
    assert run(gateways) == Report("papers", done=0)
    with database.sessions() as session:
        assert session.scalar(select(func.count(AgreementFile.pdf))) == 0

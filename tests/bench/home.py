"""The home page of a signed-in borrower, beside bare Flask with one SELECT on the same database."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from sqlalchemy import select, text

from app import create_app
from app.models import Borrower
from app.wiring import make_gateways
from tests.bench.timing import Pair
from tests.support.clock import FixedClock
from tests.support.databases import Sqlite, opened
from tests.support.live import prepare, settings_of
from tests.support.people import sign_in_as


@contextlib.contextmanager
def pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder, "site")
        prepare(site, Sqlite(Path(folder)).template, opened)
        settings = settings_of(site)
        app = create_app(settings, gateways=make_gateways(settings), clock=FixedClock())
        client = app.test_client()
        with app.extensions["anhuan"].sessions() as session:
            sign_in_as(
                client, session, session.scalars(select(Borrower).order_by(Borrower.id)).first()
            )
        with opened(settings.database_url) as database:
            bare = _bare(database.engine).test_client()
            yield Pair(
                "home page",
                ours=lambda: client.get("/home").status_code == 200,
                bare=lambda: bare.get("/").status_code == 200,
            )
        app.extensions["anhuan_engine"].dispose()


def _bare(engine) -> Flask:
    app = Flask("bare")

    @app.get("/")
    def one() -> str:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT customer_no FROM borrowers LIMIT 1")).scalar()
        return f"<!doctype html><title>1</title><p>{found}</p>"

    return app

"""A backup is taken while people write, restored in a new place, and serves there (quality T12)."""

import time

import pytest
from sqlalchemy import select

from app import create_app
from app.config import Settings
from app.models import AgreementFile, CallbackRequest, Evidence
from app.services.upkeep.invariants import check_invariants
from app.wiring import make_gateways
from tests.support.backing_up import back_up, careless_copy, restore, words_in, writers
from tests.support.callbacks import MOBILE, NAME, WORDS, ask_callback
from tests.support.databases import ROOT, opened
from tests.support.installation import KEYS
from tests.support.world import World

ENOUGH = 20


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request) -> str:
    return request.param


@pytest.fixture
def world(app, database, gateways, settings):
    return World(app, database, gateways, settings.site)


@pytest.fixture
def new_place(database_servers, database_kind):
    with database_servers(database_kind).fresh(template=None) as url:
        yield url


def written(database, vault):
    with database.sessions() as session:
        return ask_callback(session, vault)


def await_some(acknowledged, more=ENOUGH):
    until, wanted = time.monotonic() + 60, len(acknowledged) + more
    while len(acknowledged) < wanted:
        assert time.monotonic() < until, f"only {len(acknowledged)} were written"
        time.sleep(0.02)


def test_what_was_acknowledged_before_the_backup_stands_in_the_new_place(
    world, database, gateways, settings, new_place, tmp_path, clock
):
    with writers(lambda: written(database, gateways.vault)) as acknowledged:
        await_some(acknowledged)
        before = set(acknowledged)
        file = back_up(database, tmp_path)
        await_some(acknowledged, 5)  # nobody had to stop for it
    restore(file, new_place)

    place = {"INSTANCE_DIR": str(settings.instance_dir), **KEYS}
    address = new_place.render_as_string(hide_password=False)
    there = Settings.from_env(place | {"DATABASE_URL": address})
    app = create_app(there, gateways=make_gateways(there), clock=clock)
    assert app.test_client().get("/readyz").status_code == 200
    assert app.test_client().get("/admin/sign-in").status_code == 200
    app.extensions["anhuan_engine"].dispose()
    with opened(new_place) as restored, restored.sessions() as session:
        found = set(session.scalars(select(CallbackRequest.public_id)))
        assert not before - found
        assert not found - set(acknowledged) - {world.callback}
        assert check_invariants(session, gateways=make_gateways(there))[1] == ()
        with database.sessions() as here:
            for query in (select(AgreementFile.pdf), select(Evidence.public_id, Evidence.sha256)):
                assert session.execute(query).all() == here.execute(query).all() != []
    text = words_in(file)
    for secret in (settings.secret_key, *KEYS.values(), MOBILE, NAME, WORDS):
        assert secret.encode() not in text
    assert world.callback.encode() in text  # it could be read


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_careless_copy_of_the_live_file_loses_what_was_acknowledged(
    world, database, gateways, tmp_path
):
    with writers(lambda: written(database, gateways.vault)) as acknowledged:
        await_some(acknowledged)
        before = set(acknowledged)
        file = careless_copy(database, tmp_path)
    with opened(database.url.set(database=str(file))) as copy, copy.sessions() as session:
        try:
            missing = before - set(session.scalars(select(CallbackRequest.public_id)))
        except Exception as broken:  # half a file is no better
            missing = {str(broken)}
    assert missing


def test_the_commands_are_those_of_the_paper():
    told = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    for command in (
        "pg_dump --format=custom --file=anhuan.dump",
        "pg_restore --clean --if-exists --dbname=",
        "VACUUM INTO 'anhuan-backup.db'",
    ):
        assert command in told

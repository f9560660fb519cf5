"""A backup is taken while people write, restored in a new place, and serves there (quality T12)."""

import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app import create_app
from app.config import Settings
from app.models import Agreement, AgreementFile, CallbackRequest, Evidence
from app.services.agreements.stamping import stamp_agreement
from app.services.signed_files.moving import move_out
from app.services.signed_files.sweeping import SPARED, sweep_signed
from app.services.upkeep.invariants import check_invariants
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.backing_up import back_up, careless_copy, restore, words_in, writers
from tests.support.callbacks import MOBILE, NAME, WORDS, ask_callback
from tests.support.databases import ROOT, opened
from tests.support.installation import KEYS
from tests.support.signed_files import stored_pdf
from tests.support.signing import plain, signed, without_authority
from tests.support.world import World

ENOUGH = 20
AGREEMENTS = select(Agreement).order_by(Agreement.id)


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
    # Database first, then the files: what it names is there.
    folder = tmp_path / "there"
    shutil.copytree(settings.instance_dir, folder)
    restore(file, new_place)

    place = {"INSTANCE_DIR": str(folder), **KEYS}
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
            for query in (
                select(AgreementFile.folder, AgreementFile.size),
                select(Evidence.public_id, Evidence.sha256),
            ):
                assert session.execute(query).all() == here.execute(query).all() != []
            assert stored_pdf(session, make_gateways(there)) == stored_pdf(here, gateways)
    text = words_in(file)
    for secret in (settings.secret_key, *KEYS.values(), MOBILE, NAME, WORDS):
        assert secret.encode() not in text
    assert world.callback.encode() in text  # it could be read


def papers_of(session, gateways):
    """Each agreement's number with the PDF that opens for it."""
    session.rollback()
    return {
        each.number: stored_pdf(session, gateways, each) for each in session.scalars(AGREEMENTS)
    }


def agreed(session, gateways, settings, number):
    borrower = make_borrower(session, gateways.vault, mobile=f"1900376000{number}")
    loan = make_loan(session, borrower)
    return signed(session, gateways, settings.site, borrower=borrower, loan=loan)


def sweep(session, gateways):
    """Once all there is has lain for long."""
    late = datetime.now(UTC) + SPARED + timedelta(days=1)
    return sweep_signed(session, acting(now=late, gateways=gateways), limit=9)


def test_no_paper_is_lost_that_is_signed_stamped_or_moved_between_the_dump_and_the_copy(
    database, gateways, settings, new_place, tmp_path
):
    up, down = plain(gateways), without_authority(plain(gateways))
    with database.sessions() as session:
        one = agreed(session, up, settings, 0)
        late = agreed(session, down, settings, 1)
        before = agreed(session, up, settings, 2)
        held = papers_of(session, up)
        own = select(Agreement.id).where(Agreement.number == before).scalar_subquery()
        in_table = {"pdf": held[before], "folder": None, "size": None}
        session.execute(
            update(AgreementFile).where(AgreementFile.agreement_id == own).values(in_table)
        )
        session.commit()
        assert sweep(session, up) == 1  # its file, which nothing names any more
        assert sorted(held) == sorted({one, late, before})
        dump = back_up(database, tmp_path)

        assert stamp_agreement(session, acting(gateways=up), number=late)
        assert move_out(session, acting(gateways=up), limit=9) == 1
        after = agreed(session, up, settings, 3)
        assert sweep(session, up) == 0
        assert len(papers_of(session, up)) == len(held) + 1
    folder = tmp_path / "there"
    shutil.copytree(settings.instance_dir, folder)
    restore(dump, new_place)

    address = new_place.render_as_string(hide_password=False)
    there = plain(
        make_gateways(
            Settings.from_env({"INSTANCE_DIR": str(folder), "DATABASE_URL": address, **KEYS})
        )
    )
    with opened(new_place) as restored, restored.sessions() as session:
        assert papers_of(session, there) == held
        assert check_invariants(session, gateways=there)[1] == ()
        # What its tables know nothing of goes: of the stamp, the move, and whoever signed after.
        assert sweep(session, there) == 3
        assert papers_of(session, there) == held
        assert after not in held
        assert stamp_agreement(session, acting(gateways=there), number=late)
        assert move_out(session, acting(gateways=there), limit=9) == 1
        assert check_invariants(session, gateways=there)[1] == ()


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

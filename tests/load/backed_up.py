"""T12: a book of a lender's size is backed up while people write, and restored in a new place;
every table is as it was at the instant of the backup, and what was acknowledged before it is there.
"""

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, Connection, select, text
from sqlalchemy.orm import Session

from app import create_app
from app.config import Settings
from app.models import Agreement, CallbackRequest
from app.services.upkeep.invariants import check_invariants
from app.wiring import make_gateways
from tests.bench.book_files import write_books
from tests.factories import make_borrower, make_loan
from tests.load.house import House, house, small_house
from tests.load.importing import Files
from tests.support.backing_up import back_up, restore, run, words_in, writers
from tests.support.callbacks import MOBILE, NAME, WORDS, ask_callback
from tests.support.databases import Database, Postgres, opened
from tests.support.installation import KEYS
from tests.support.signed_files import stored_pdf
from tests.support.signing import signed

PEOPLE, SIGNED, WRITERS = 60_000, 12, 8
MOST_SECONDS = 120.0
TABLES = text(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE"
    " 'procrastinate%' ORDER BY 1"
)
Digests = dict[str, tuple[int, str]]


def run_backup(folder: Path, *, kind: str, people: int = PEOPLE) -> list[str]:
    """Do all of it on one kind of database; return everything that was wrong."""
    whole = house(folder) if kind == "postgresql" else _small(folder)
    with whole as (found, server):
        taken = Files(found).whole(write_books(folder, people)[0])
        if taken.fault:
            return [taken.fault]
        with found.database.sessions() as session:
            _sign(session, found)
        rows = taken.report["rows"]
        return _backed_up(found, server, folder, rows)


@contextlib.contextmanager
def _small(folder: Path) -> Iterator[tuple[House, None]]:
    with small_house(folder) as found:
        yield found, None


def _sign(session: Session, found: House) -> None:
    """Some agreements with papers of their own, of people of their own."""
    for number in range(SIGNED):
        borrower = make_borrower(session, found.gateways.vault, mobile=f"190037600{number:02}")
        loan = make_loan(session, borrower)
        signed(session, found.gateways, found.settings.site, borrower=borrower, loan=loan)


def _backed_up(found: House, server: Postgres | None, folder: Path, rows: int) -> list[str]:
    with writers(lambda: _write(found), count=WRITERS) as acknowledged:
        time.sleep(3)
        before, began = set(acknowledged), time.monotonic()
        if server is None:
            file, digests = back_up(found.database, folder), {}
        else:
            file, digests = _dumped(found.database, folder)
        saved = time.monotonic() - began
        meanwhile = len(acknowledged) - len(before)
        time.sleep(1)
    there = folder / "there"
    shutil.copytree(found.settings.instance_dir, there)
    with contextlib.ExitStack() as closing:
        place = (
            closing.enter_context(server.fresh(template=None))
            if server
            else found.database.url.set(database=str(folder / "restored.db"))
        )
        began = time.monotonic()
        restore(file, place)
        restored = time.monotonic() - began
        print(
            f"{found.database.kind}: {rows} rows, {file.stat().st_size >> 20} MiB, saved in "
            f"{saved:.1f} s while {meanwhile} were written, restored in {restored:.1f} s",
            flush=True,
        )
        wrong = [f"restored in {restored:.0f} s"] if restored > MOST_SECONDS else []
        wrong += _not_there(found, place, there, before, digests)
    return wrong + [f"{one!r} can be read in it" for one in _secrets(found, file)]


def _write(found: House) -> str:
    with found.database.sessions() as session:
        return ask_callback(session, found.gateways.vault)


def _dumped(database: Database, folder: Path) -> tuple[Path, Digests]:
    """Back up as of one snapshot, and count every table as of the very same."""
    file = folder / "anhuan.dump"
    with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as line:
        snapshot = line.scalar(text("SELECT pg_export_snapshot()"))
        url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={file}", url)
        return file, _digests(line)


def _digests(line: Connection) -> Digests:
    """Rows of each table, and a hash over all of them in the order of their own hashes."""
    return {name: _digest(line, name) for name in line.scalars(TABLES).all()}


def _digest(line: Connection, name: str) -> tuple[int, str]:
    row = "encode(sha256(convert_to(one::text, 'UTF8')), 'hex')"
    query = f"SELECT {row} FROM {name} AS one"
    whole = f"SELECT count(*), md5(string_agg(h, '' ORDER BY h)) FROM ({query}) AS rows(h)"
    count, told = line.execute(text(whole)).one()
    return count, told or ""


def _not_there(
    found: House, place: URL, there: Path, before: set[str], digests: Digests
) -> Iterator[str]:
    address = place.render_as_string(hide_password=False)
    settings = Settings.from_env(
        found.environment("here") | {"INSTANCE_DIR": str(there), "DATABASE_URL": address}
    )
    gateways = make_gateways(settings)
    app = create_app(settings, gateways=gateways)
    status = app.test_client().get("/readyz").status_code
    app.extensions["anhuan_engine"].dispose()
    yield from [f"/readyz {status}"] if status != 200 else []
    with opened(place) as restored:
        if digests:
            with restored.engine.connect() as line:
                there_too = _digests(line)
            yield from (f"{one} is another" for one in digests if digests[one] != there_too[one])
        with restored.sessions() as session, found.database.sessions() as here:
            lost = before - set(session.scalars(select(CallbackRequest.public_id)))
            print(
                f"{len(before)} acknowledged before, {len(lost)} lost; {len(digests)} tables held "
                "against the snapshot",
                flush=True,
            )
            yield from (f"lost {one}" for one in lost)
            yield from _broken((session, gateways), (here, found.gateways))


def _broken(there: tuple, here: tuple) -> Iterator[str]:
    """What is not as it must be there, though it is here; and papers that do not open."""
    found, known = (set(check_invariants(one, gateways=by)[1]) for one, by in (there, here))
    yield from (f"{one.invariant} {one.what}" for one in found - known)
    for agreement in there[0].scalars(select(Agreement)):
        if stored_pdf(*there, agreement) != stored_pdf(*here, agreement):
            yield f"{agreement.number} is another paper"


def _secrets(found: House, file: Path) -> list[str]:
    told = words_in(file)
    secrets = (found.settings.secret_key, *KEYS.values(), MOBILE, NAME, WORDS)
    return [one for one in secrets if one.encode() in told]

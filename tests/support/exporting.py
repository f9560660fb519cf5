"""Signed agreements to export, and exports that are made."""

import contextlib
import hashlib
from dataclasses import dataclass
from itertools import count

from sqlalchemy import insert, select

from app.domain.errors import GatewayDown
from app.models import (
    Agreement,
    AgreementFile,
    DueDate,
    Export,
    Loan,
    Plan,
    PlanLoan,
    PlanPart,
    PlanVersion,
    Staff,
)
from app.services.core.context import Actor, StaffMember
from app.services.finance import export_making, exports
from app.services.finance.exports import ExportWish, take_file
from app.services.proposals.basis import Answers
from app.services.register.filter import RegisterFilter
from app.wiring import make_gateways
from tests.factories import make_agreement
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.databases import opened
from tests.support.proposals import ANSWERS, submitted

ALL = RegisterFilter()
WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")
_keys = count(1)


def signed(
    session,
    vault,
    site,
    *,
    pdf=b"",
    answers=ANSWERS,
    borrower=None,
    loan=None,
    version_columns=None,
    **columns,
):
    """A signed agreement on a real proposal; with a PDF where its bytes are given."""
    public_id = submitted(session, vault, site, answers=answers, borrower=borrower, loan=loan)
    version = session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()
    for name, value in (version_columns or {}).items():
        setattr(version, name, value)
    if pdf:
        columns = {"pdf_sha256": hashlib.sha256(pdf).hexdigest()} | columns
    agreement = make_agreement(session, version, **columns)
    if pdf:
        session.add(AgreementFile(agreement_id=agreement.id, pdf=pdf))
        session.commit()
    return agreement


def copies(session, agreement, how_many, *, pdf=b""):
    """So many more agreements with the same terms, stored at one stroke; each with a plan of its
    own.
    """
    version = session.get_one(PlanVersion, agreement.version_id)
    plan = session.get_one(Plan, version.plan_id)
    loan_id = session.scalars(
        select(Loan.id).join(PlanLoan).where(PlanLoan.plan_id == plan.id)
    ).one()
    parts = session.scalars(select(PlanPart).where(PlanPart.version_id == version.id)).all()
    base = 1_000_000 * next(_keys)
    ids = range(base, base + how_many)
    plans = [
        _values(plan, id=n, number=f"AH-{n}", public_id=f"p{n}", active_version_id=n) for n in ids
    ]
    session.execute(insert(Plan), plans)
    session.execute(
        insert(PlanLoan), [{"plan_id": n, "loan_id": loan_id, "is_open": False} for n in ids]
    )
    session.execute(
        insert(PlanVersion),
        [_values(version, id=n, plan_id=n, public_id=f"v{n}", sealed_at=None) for n in ids],
    )
    session.execute(
        insert(PlanPart), [_values(part, id=None, version_id=n) for n in ids for part in parts]
    )
    agreements = [
        _values(agreement, id=n, version_id=n, number=f"AH-{n}-1", check_code=f"c{n}") for n in ids
    ]
    session.execute(insert(Agreement), agreements)
    dates = session.scalars(select(DueDate).where(DueDate.agreement_id == agreement.id)).all()
    session.execute(insert(DueDate), [_values(day, agreement_id=n) for n in ids for day in dates])
    if pdf:
        session.execute(insert(AgreementFile), [{"agreement_id": n, "pdf": pdf} for n in ids])
    session.commit()


def asked(
    session,
    staff_id,
    *,
    form="csv",
    wanted=ALL,
    purpose="11月对账",
    key=None,
    now=NOW,
    gateways=None,
) -> str:
    staff = session.get_one(Staff, staff_id)
    member = StaffMember(staff.id, staff.public_id, staff.person_id, frozenset({"finance"}))
    return exports.ask_export(
        session,
        acting(now=now, actor=Actor(member.author, "127.0.0.1"), staff=member, gateways=gateways),
        wish=ExportWish(form, wanted, purpose),
        request_key=key or f"export-{next(_keys)}",
    )


def run_exports(site) -> None:
    """The worker of a served installation makes the one export that waits."""
    with opened(site.settings.database_url) as database:
        assert work(database, make_gateways(site.settings), now=site.clock.now()).made == 1


@dataclass(frozen=True)
class Made:
    """How many exports a worker made, and how many it had to leave."""

    made: int = 0
    left: int = 0


def work(database, gateways, *, now=NOW) -> Made:
    """One worker makes everything that waits, as often as the engine hands it out."""
    waiting = select(Export.public_id, Export.attempts).where(Export.state == "waiting")
    with database.sessions() as session:
        found = session.execute(waiting.order_by(Export.id)).all()
    told = [
        make(database, gateways, public_id, attempt=attempts + 1, now=now)
        for public_id, attempts in found
    ]
    return Made(told.count(True), told.count(False))


def make(database, gateways, public_id, *, attempt=1, now=NOW) -> bool:
    """One piece of the engine's; what breaks is the engine's to try again."""
    with contextlib.suppress(OSError, GatewayDown):
        return export_making.make_export(
            database.sessions,
            acting(now=now, gateways=gateways),
            public_id=public_id,
            attempt=attempt,
            present=lambda: now,
        )
    return False


def export_made(database, gateways, staff_id, *, form="csv", wanted=ALL, now=NOW) -> str:
    with database.sessions() as session:
        public_id = asked(session, staff_id, form=form, wanted=wanted, now=now)
    work(database, gateways, now=now)
    return public_id


def files_of(database, gateways, public_id, maker_id) -> dict[str, bytes]:
    """Every file of an export as its maker takes it, by name; each is what its hash tells."""
    with database.sessions() as session:
        export = session.scalars(select(Export).where(Export.public_id == public_id)).one()
        found = {}
        for number, told in enumerate(export.files, 1):
            name, file = take_file(
                session,
                acting(actor=Actor("staff:x")),
                storage=gateways.storage,
                public_id=public_id,
                number=number,
                maker_id=maker_id,
            )
            with file:
                found[name] = file.read()
            assert hashlib.sha256(found[name]).hexdigest() == told["sha256"]
        return found


def _values(row, **changes):
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns} | changes
    return {name: value for name, value in values.items() if not (name == "id" and value is None)}

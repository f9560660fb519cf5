"""Two hosts that serve pages and two that work in the background, each a process with a folder of
its own: what one begins another goes on with, and one of each may die in the middle of work.
"""

import hashlib
import threading
import time

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, Export
from app.services.upkeep.invariants import check_invariants
from tests.load.browser import Browser, NoAnswer
from tests.load.house import House, wait_for
from tests.load.killed import Tally, approving, kept_wrongly
from tests.load.messages import Inbox
from tests.load.people import new_borrower, staff_at_desk, waiting_cases
from tests.load.planted import HELD
from tests.load.served import PLANTED, QUICK
from tests.load.walks import shown, sign, sign_in
from tests.support.object_store import environment, new_account
from tests.support.people import make_staff, sign_in_staff
from tests.support.signing import approved

ON_POSTGRESQL = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
WEBS, JOBS = ("web-1", "web-2"), ("jobs-1", "jobs-2")
CASES, TAKEN_OVER_SECONDS = 16, 60


class Either(Browser):
    """Asks the hosts in turn, as a proxy does: one that is away is passed over."""

    ports: tuple[int, ...] = ()

    def asked(self, method, path, body=""):
        self.ports = (*self.ports[1:], self.ports[0])
        for port in self.ports:
            self.port = port
            try:
                return super().asked(method, path, body)
            except NoAnswer as problem:
                if "Refused" not in str(problem):
                    raise
        raise NoAnswer("no host is there")


@pytest.fixture
def hosts(database, tmp_path, object_store):
    more = environment(new_account(object_store)) | {QUICK: "yes", PLANTED: HELD}
    found = House(database, tmp_path, **more)
    try:
        for one in WEBS:
            found.begin(one, workers=1)
        for one in JOBS:
            found.work(one)
        for one in WEBS:
            found.await_answer(one)
        yield found
    finally:
        found.stop()


def either(hosts, browser) -> Either:
    found = Either(0, browser.address, dict(browser.cookies))
    found.ports = tuple(hosts.ports.values())
    return found


def export_of(hosts):
    with hosts.database.sessions() as session:
        return session.scalars(select(Export).order_by(Export.id.desc())).first()


def asked_for(finance) -> None:
    page = shown(finance.get("/finance/exports/new"))
    words = {"form": "csv", "purpose": "对账"}
    assert shown(finance.send(page, action="/exports/new", **words)).path == "/finance/exports"


def taken(hosts, finance, port) -> None:
    """Every file of the newest export comes whole from one host."""
    export = export_of(hosts)
    page = shown(Browser(port, cookies=finance.cookies).get("/finance/exports"))
    for number, told in enumerate(export.files, 1):
        action = f"/finance/exports/{export.public_id}/{number}"
        content = Browser(port, cookies=finance.cookies).sent(page, action=action).content
        assert hashlib.sha256(content).hexdigest() == told["sha256"]


def paper(hosts, phone, number, host) -> bytes:
    """The PDF of an agreement as one host hands it out."""
    answer = Browser(hosts.ports[host], phone.address, dict(phone.cookies)).get(
        f"/agreement/{number}.pdf"
    )
    assert shown(answer).content.startswith(b"%PDF-")
    return answer.content


@pytest.mark.race
@ON_POSTGRESQL
def test_what_one_begins_another_goes_on_with_also_when_one_dies(hosts):
    with hosts.database.sessions() as session:
        borrower, loan = new_borrower(session, hosts, 1)
        site = hosts.settings.site
        version = approved(session, hosts.gateways, site, borrower=borrower, loan=loan)
        staff = make_staff(session, "finance", username="load-finance")
        finance = Browser(0, cookies=hosts.carried(sign_in_staff, session, staff))
        versions = waiting_cases(session, hosts, CASES, first=100)
        desks = [either(hosts, one) for one in staff_at_desk(session, hosts, 4, 0)]
    finance = either(hosts, finance)

    # Number, code, documents, home: each asked of the other host.
    phone = either(hosts, Browser(0, "100.64.0.1"))
    inbox = Inbox(*(hosts.folder / one for one in (*WEBS, *JOBS)))
    assert sign_in(phone, "19000000001", "0015", inbox.code).path == "/home"

    # Signed on one host, its paper is read on both.
    number = sign(phone, version, "19000000001", inbox.code)
    papers = {paper(hosts, phone, number, one) for one in WEBS}
    assert len(papers) == 1

    # Made on one host, taken from both.
    asked_for(finance)
    wait_for(lambda: export_of(hosts).state == "done")
    for port in hosts.ports.values():
        taken(hosts, finance, port)

    # One host of each kind dies in the middle of work.
    for one in JOBS:
        (hosts.folder / one / HELD).touch()
    asked_for(finance)
    wait_for(lambda: any((hosts.folder / one / "holding").exists() for one in JOBS))
    holder = next(one for one in JOBS if (hosts.folder / one / "holding").exists())
    tally = Tally()
    threads = approving(desks, versions, tally)
    wait_for(lambda: len(tally.acked) > CASES // 4)
    hosts.kill("web-1")
    hosts.kill(holder)
    for one in JOBS:
        (hosts.folder / one / HELD).unlink()
    seconds = wait_for(lambda: export_of(hosts).state == "done", TAKEN_OVER_SECONDS)
    assert seconds < TAKEN_OVER_SECONDS
    _ended(threads)

    assert not tally.faults
    assert len(tally.acked) == CASES
    taken(hosts, finance, hosts.ports["web-2"])
    assert paper(hosts, phone, number, "web-2") in papers
    with hosts.database.sessions() as session:
        assert kept_wrongly(session, tally.acked) == []
        made = select(func.count()).where(AuditEntry.action == "export.made")
        assert session.scalar(made) == 2
        _checked, violations = check_invariants(session, gateways=hosts.gateways)
        # Staff that a test puts into the table were let in by nobody (I14).
        assert [one for one in violations if one.invariant != "I14"] == []


def _ended(threads: list[threading.Thread]) -> None:
    until = time.monotonic() + TAKEN_OVER_SECONDS
    for one in threads:
        one.join(max(0, until - time.monotonic()))
        assert not one.is_alive()

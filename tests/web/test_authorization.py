"""Role × route × whose object: the exact answer of every address to everyone, kept in authorization.txt."""

import os
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.factories import make_borrower, make_file, make_loan
from tests.support import routes
from tests.support.callbacks import ask_callback
from tests.support.people import make_staff, sign_in_as, sign_in_staff
from tests.support.proposals import submitted

MATRIX = Path(__file__).with_name("authorization.txt")
ROLES = ("agent", "supervisor", "finance", "compliance", "admin")
WHO = ("nobody", "owner", "stranger", *ROLES)
HEAD = f"{'':40}" + "".join(f"{who:>12}" for who in WHO)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def world(app, database, gateways, settings):
    """Two borrowers, a plan of the first, and staff of every role."""
    return World(app, database, gateways.vault, settings.site)


class World:
    def __init__(self, app, database, vault, site):
        self.app, self.database = app, database
        with database.sessions() as session:
            self.callback = ask_callback(session, vault)
            self.owner = make_borrower(session, vault)
            self.stranger = make_borrower(
                session, vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
            )
            self.loan = make_loan(session, self.owner)
            make_loan(session, self.stranger)
            self.version = submitted(session, vault, site, borrower=self.owner, loan=self.loan)
            self.staff = {role: make_staff(session, role, username=f"staff-{role}") for role in ROLES}
            self.file = make_file(session)
            session.commit()

    def client(self, who: str):
        client = FlaskClient(self.app, self.app.response_class)  # answers to empty forms are not read as pages
        with self.database.sessions() as session:
            if who in ("owner", "stranger"):
                sign_in_as(client, session, getattr(self, who))
            elif who != "nobody":
                sign_in_staff(client, session, self.staff[who])
        return client

    def address(self, rule) -> str:
        """The address of the owner's thing."""
        things = {
            "loan_id": self.loan.public_id,
            "version_id": self.version,
            "name": "privacy",
            "admin.borrower": self.owner.public_id,
            "admin.loan": self.loan.public_id,
            "admin.nightly_file": self.file.public_id,
            **dict.fromkeys(("admin.callback", "admin.callback_number", "admin.answer_callback"), self.callback),
        }
        values = {name: things.get(name) or things.get(rule.endpoint) or "x" * 20 for name in rule.arguments}
        return self.app.url_map.bind("localhost").build(rule.endpoint, values)


def cells(world: World) -> list[tuple[str, dict[str, str]]]:
    found = []
    for rule in routes.page_rules(world.app):
        for method in routes.methods(rule):
            # empty answers only: what is asked here is who comes in, not what is then done
            told = {
                who: str(world.client(who).open(world.address(rule), method=method, buffered=True).status_code)
                for who in WHO
            }
            found.append((f"{method:5}{rule.endpoint}", told))
    return found


def test_every_address_answers_everyone_as_the_matrix_says(world):
    """A route that is not listed fails; UPDATE_ROUTES=1 writes the matrix anew, to be read before it is kept."""
    world.app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    lines = [HEAD] + [f"{name:40}" + "".join(f"{told[who]:>12}" for who in WHO) for name, told in cells(world)]
    if os.environ.get("UPDATE_ROUTES"):
        MATRIX.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == MATRIX.read_text(encoding="utf-8").splitlines()


def test_another_persons_thing_is_as_absent_as_nothing(world):
    """Same status and same page for what is not yours and what does not exist, by GET and by POST."""
    world.app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    client, told_apart = world.client("stranger"), []
    for rule in routes.page_rules(world.app):
        if routes.audience(world.app, rule) != "borrower" or not rule.arguments:
            continue
        for method in routes.methods(rule):
            answers = []
            for target in (world.address(rule), routes.address(world.app, rule)):
                response = client.open(target, method=method)
                answers.append((response.status_code, _plain(response.get_data(as_text=True))))
            if answers[0] != answers[1] or answers[0][0] != 404:
                told_apart.append(f"{method} {rule.rule}: {answers[0][0]} and {answers[1][0]}")
    assert not told_apart


def _plain(page: str) -> str:
    """Without what differs between any two answers: tokens and the address itself."""
    page = re.sub(r'name="csrf_token"[^>]*value="[^"]*"', "", page)
    return re.sub(r"/(loan|plan)/\w{20}", "/…", page)

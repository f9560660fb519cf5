"""The lists of the desk and of finance in one made book: how each is asked for, and which rows its
bare baseline reads by one statement.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from app import create_app
from app.config import Settings
from app.wiring import make_gateways
from tests.support.clock import FixedClock
from tests.support.databases import Database
from tests.support.people import make_staff, sign_in_staff

TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
# A plan over one loan, in the middle of what there is: in every book of the same make.
WAITING = """
SELECT v.public_id AS version, b.public_id AS borrower, b.customer_no AS customer, l.ref AS loan
FROM queue_places q JOIN plan_versions v ON v.id = q.version_id JOIN plans p ON p.id = v.plan_id
JOIN borrowers b ON b.id = p.borrower_id JOIN plan_loans pl ON pl.plan_id = p.id
JOIN loans l ON l.id = pl.loan_id
WHERE v.state = 'submitted' AND NOT EXISTS (
  SELECT 1 FROM plan_loans o WHERE o.plan_id = p.id AND o.loan_id <> pl.loan_id)
ORDER BY v.id LIMIT 1 OFFSET :half
"""
SIGNED = """
SELECT a.number AS number FROM agreements a JOIN plan_versions v ON v.id = a.version_id
WHERE NOT EXISTS (SELECT 1 FROM plan_loans o JOIN plan_loans n ON n.plan_id = o.plan_id
  AND n.id > o.id WHERE o.plan_id = v.plan_id) ORDER BY a.id LIMIT 1 OFFSET :half
"""
# One statement of the same rows, by an index, as a page without any promise would read them.
AGREEMENTS = """
SELECT a.number, a.signed_at, p.state, v.kind, b.public_id, b.name_enc, s.*
FROM agreements a JOIN agreement_sums s ON s.agreement_id = a.id
JOIN plan_versions v ON v.id = a.version_id JOIN plans p ON p.id = v.plan_id
JOIN borrowers b ON b.id = p.borrower_id {} ORDER BY a.signed_at DESC, a.id DESC LIMIT 26
"""
CASES = """
SELECT v.public_id, v.terms, p.number, b.name_enc, c.waits_for, c.answer_by_on
FROM (SELECT * FROM queue_places q WHERE {} ORDER BY q.{} submitted_at, version_id LIMIT 26) q
JOIN plan_versions v ON v.id = q.version_id JOIN plans p ON p.id = v.plan_id
JOIN cases c ON c.plan_id = p.id JOIN borrowers b ON b.id = p.borrower_id
"""
ONE_CASE = """
SELECT v.*, p.number, c.*, b.*, l.* FROM plan_versions v JOIN plans p ON p.id = v.plan_id
JOIN cases c ON c.plan_id = p.id JOIN borrowers b ON b.id = p.borrower_id
JOIN loans l ON l.borrower_id = b.id WHERE v.public_id = %(version)s
"""
ONE_BORROWER = """
SELECT b.*, l.* FROM borrowers b JOIN loans l ON l.borrower_id = b.id
WHERE b.public_id = %(borrower)s
"""
FREE = "q.is_ours AND q.owner_staff_id IS NULL"
NEXT_CASE = """
SELECT v.public_id FROM queue_places q JOIN plan_versions v ON v.id = q.version_id
WHERE q.is_ours AND v.public_id <> %(version)s ORDER BY q.due_on, q.submitted_at, q.version_id
LIMIT 1
"""
FOUND = {
    "customer": "SELECT public_id FROM borrowers WHERE customer_no = %(customer)s",
    "loan": "SELECT public_id FROM loans WHERE ref = %(loan)s",
    "number": "SELECT version_id FROM agreements WHERE number = %(number)s",
}


@dataclass(frozen=True)
class Page:
    """One page: its address, or what is sent to find something; the statement of its baseline."""

    name: str
    path: str
    bare: str
    sought: str = ""


class Book:
    """A made book with its application, and someone signed in who may see all of it."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.app = self.serving()
        self.engine: Engine = self.app.extensions["anhuan_engine"]
        self.client = self.app.test_client()
        with database.sessions() as session:
            staff = make_staff(session, "supervisor", "agent", "finance", username="bench")
            sign_in_staff(self.client, session, staff)
            self.ids = self._middle(session)
        self._token = TOKEN.findall(self.client.get("/admin/find").text)[0]

    def serving(self) -> Flask:
        """Return an application of its own, as a worker has one."""
        gateways = make_gateways(self.settings)
        return create_app(self.settings, gateways=gateways, clock=FixedClock())

    @property
    def cookie(self) -> str:
        """Who is signed in."""
        found = self.client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        assert found is not None
        return f"{found.key}={found.value}"

    def asking(self, page: Page) -> Callable[[], Any]:
        """Return what asks for a page."""
        if not page.sought:
            return lambda: answered(self.client, page.path)
        form = {"csrf_token": self._token, "text": page.sought}
        return lambda: answered(self.client, page.path, form)

    def pages(self) -> list[Page]:
        """Return the pages that are measured."""
        ids = self.ids
        case = f"/admin/plan/{ids['version']}"
        day = "WHERE a.signed_at < (SELECT signed_at FROM agreements WHERE number = %(number)s)"
        active = AGREEMENTS.format("WHERE p.state = 'active'")
        number = AGREEMENTS.format("WHERE a.number = %(number)s")
        return [
            Page("register", "/finance/", AGREEMENTS.format("")),
            Page("register, further", f"/finance/?after={ids['number']}", AGREEMENTS.format(day)),
            Page("register, one state", "/finance/?state=active", active),
            Page("register, one number", f"/finance/?number={ids['number']}", number),
            Page("queue", "/admin/", CASES.format("q.is_ours", "due_on,")),
            Page("queue, tab", "/admin/?tab=free", CASES.format(FREE, "due_on,")),
            Page("next case", f"{case}/next", NEXT_CASE),
            *(
                Page(f"find, {name}", "/admin/find", statement, ids[name])
                for name, statement in FOUND.items()
            ),
            Page("case", case, ONE_CASE),
            Page("borrower", f"/admin/borrowers/{ids['borrower']}", ONE_BORROWER),
        ]

    @staticmethod
    def _middle(session: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for statement, counted in ((WAITING, "queue_places"), (SIGNED, "agreements")):
            count = session.scalar(text(f"SELECT count(*) FROM {counted}"))
            row = session.execute(text(statement), {"half": count // 5}).mappings().one()
            found |= dict(row)
        return found


def answered(client: FlaskClient, path: str, form: dict[str, str] | None = None) -> Any:
    """Return a page that was answered, or that leads on."""
    answer = client.post(path, data=form) if form else client.get(path)
    assert answer.status_code in (200, 302, 303), (path, answer.status)
    return answer

"""Every address × everyone against the matrix written by hand; whose object; ended roles; reading
changes nothing.
"""

import re
from collections import deque
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import MetaData, select, update

from app.models import AuditEntry, Staff, StaffRole
from tests.support import routes
from tests.support.clock import NOW
from tests.support.pages import CheckingClient
from tests.support.world import ROLES, WHO, plain
from tests.web.access_matrix import OPEN_TO, STAFF, refusal

# reading someone's data at the desk is itself on record
ON_RECORD = {
    "borrower.viewed",
    "loan.viewed",
    "case.viewed",
    "case.talk_viewed",
    "borrower.contested_viewed",
}
PAGES_AT_MOST = 260
# A machine says who it is by a key in its address; nobody of the matrix has it.
BY_KEY = {"receipts.receipts", "payment_calls.payment_told"}
# Nor has who shows a key a page with a token.
WITHOUT_TOKEN = BY_KEY | {"api.add_payment"}
LEADING_TO_SIGN_IN = (
    "sign_out",
    "sign_in_again",
    "sign_in_code",
    "sign_in_person",
    "enrol",
    "check_enrolment",
)
FORM = "/callback"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def token_of(client) -> str:
    """A token of this browser's session, from a form anyone may open."""
    return re.search(
        r'name="csrf_token"[^>]*value="([^"]+)"', client.get(FORM).get_data(as_text=True)
    ).group(1)


def answer_of(client, method: str, target: str, data=None) -> tuple[int, str]:
    response = client.open(target, method=method, data=data, buffered=True)
    return response.status_code, urlsplit(response.headers.get("Location", "")).path


def is_let_in(status: int, to: str, endpoint: str) -> bool:
    if endpoint.endswith(LEADING_TO_SIGN_IN):
        return status in (200, 302, 303)  # they lead to a sign-in page by nature
    return status in (200, 204, 302, 303) and not to.endswith("/sign-in")


@on_sqlite
def test_every_route_is_in_the_matrix_and_none_besides(app):
    assert {rule.endpoint for rule in routes.page_rules(app)} == set(OPEN_TO)


@on_sqlite
@pytest.mark.parametrize("who", WHO)
def test_each_address_lets_in_and_keeps_out_as_the_matrix_says(world, who):
    wrong = []
    for rule in routes.page_rules(world.app):
        for method in routes.methods(rule):
            client = world.client(who)
            data = {"csrf_token": token_of(client)} if method == "POST" else None
            told = answer_of(client, method, world.address(rule), data)
            wanted = (404, "") if rule.endpoint in BY_KEY else refusal(rule.endpoint, who)
            if told != wanted if wanted else not is_let_in(*told, rule.endpoint):
                wrong.append(f"{method} {rule.endpoint}: {told}, wanted {wanted or 'in'}")
    assert not wrong


@on_sqlite
@pytest.mark.parametrize("who", WHO)
def test_no_post_without_its_token_or_with_anothers(world, who):
    client, foreign = world.client(who), token_of(world.client("stranger"))
    taken = [
        f"{rule.endpoint} {data}"
        for rule in routes.page_rules(world.app)
        if "POST" in routes.methods(rule) and rule.endpoint not in WITHOUT_TOKEN
        for data in ({}, {"csrf_token": "x"}, {"csrf_token": foreign})
        if answer_of(client, "POST", world.address(rule), data)[0] != 400
    ]
    assert not taken


def test_a_borrower_walks_anothers_ids_in_vain_and_opens_their_own(world):
    owner, stranger = world.client("owner"), world.client("stranger")
    told_apart = []
    for rule in routes.page_rules(world.app):
        if OPEN_TO[rule.endpoint] != {"owner"}:
            continue
        for method in routes.methods(rule):
            data = {"csrf_token": token_of(stranger)} if method == "POST" else None
            answers = set()
            for target in (world.address(rule), routes.address(world.app, rule)):
                response = stranger.open(target, method=method, data=data)
                answers.add((response.status_code, plain(response.get_data(as_text=True))))
            if {status for status, _text in answers} != {404} or len(answers) != 1:
                told_apart.append(f"{method} {rule.rule}")
        if "GET" in routes.methods(rule) and owner.get(world.address(rule)).status_code not in (
            200,
            302,
            303,
        ):
            told_apart.append(f"own {rule.rule}")
    assert not told_apart


def test_a_callback_is_shown_to_the_browser_that_asked_alone(world):
    asking = world.client("owner", CheckingClient)
    done = asking.post_form(
        asking.get("/callback?topic=talk"),
        wished_time="any",
        words="",
    )
    assert re.fullmatch(r"/callback/\w{20}", done.request.path)
    assert asking.get(done.request.path).status_code == 200
    for who in WHO:
        other = world.client(who)
        answers = [other.get(path) for path in (done.request.path, f"/callback/{'x' * 20}")]
        assert [one.status_code for one in answers] == [404, 404]
        assert len({plain(one.get_data(as_text=True)) for one in answers}) == 1


@pytest.mark.parametrize("role", ROLES)
def test_a_role_that_ends_shuts_its_pages_at_the_next_request(world, role):
    client = world.client(role)
    mine = [
        rule
        for rule in routes.page_rules(world.app)
        if OPEN_TO[rule.endpoint] < STAFF and "admin." in rule.endpoint and "GET" in rule.methods
    ]
    before = {rule.endpoint: client.get(world.address(rule)).status_code for rule in mine}
    assert {name for name, status in before.items() if status in (200, 303)} == {
        rule.endpoint for rule in mine if role in OPEN_TO[rule.endpoint]
    }
    with world.database.sessions() as session:
        session.execute(update(StaffRole).where(StaffRole.role == role).values(until_at=NOW))
        session.commit()
    assert {client.get(world.address(rule)).status_code for rule in mine} == {403}
    with world.database.sessions() as session:
        session.execute(update(Staff).values(disabled_at=NOW))
        session.commit()
    assert {answer_of(client, "GET", world.address(rule)) for rule in mine} == {
        (303, "/admin/sign-in")
    }


@on_sqlite
@pytest.mark.parametrize("who", WHO)
def test_reading_changes_nothing(world, who, clock):
    """Every page and every link from it is fetched; the database stays as it was, row by row."""
    client = world.client(who, CheckingClient)
    clock.advance(minutes=2)  # so that the session is noted as in use
    before, seq = contents(world.database), entries(world.database)
    fetched = crawl(world, client)
    after = contents(world.database)
    assert len(fetched) > len(OPEN_TO) / 2
    changed = {table for table in before if before[table] != after[table]}
    actions = {entry.action for entry in entries(world.database)[len(seq) :]}
    assert changed <= ({"audit", "audit_head"} if actions else set())
    assert actions <= ON_RECORD
    assert not actions or who in OPEN_TO["admin.borrower"]


def crawl(world, client) -> set[str]:
    waiting = deque(
        world.address(rule) for rule in routes.page_rules(world.app) if "GET" in rule.methods
    )
    fetched: set[str] = set()
    while waiting:
        target = waiting.popleft()
        if target in fetched or target.startswith("/static/"):
            continue
        fetched.add(target)
        assert len(fetched) < PAGES_AT_MOST, "the crawl has no end"
        response = client.get(target)
        assert response.status_code < 500, target
        if to := response.headers.get("Location"):
            waiting.append(to)
        if response.mimetype == "text/html" and response.status_code == 200:
            waiting.extend(links(response, target))
    return fetched


def links(response, base: str) -> list[str]:
    found = [urljoin(base, one.get("href") or "") for one in response.page.iter("a")]
    return [one.partition("#")[0] for one in found if one.startswith("/")]


def contents(database) -> dict[str, list[str]]:
    """Every row of every table; when a session was last seen or a message read is no change."""
    tables = MetaData()
    tables.reflect(database.engine)
    with database.engine.connect() as connection:
        return {
            table.name: sorted(
                repr(row)
                for row in connection.execute(
                    select(*[c for c in table.columns if c.name not in ("last_seen_at", "read_at")])
                )
            )
            for table in tables.sorted_tables
        }


def entries(database) -> list[AuditEntry]:
    with database.sessions() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.seq)))

"""Every address says who may come, keeps others out, and stays where it was."""

import os
from pathlib import Path

import pytest

from tests.support import routes

LIST = Path(__file__).with_name("route-list.txt")
AUDIENCES = ("public", "borrower", "staff", "finance", "machine")
TURNED_AWAY = (301, 302, 303, 401, 403, 404)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_every_route_declares_its_audience(app):
    silent = [
        r.endpoint
        for r in routes.page_rules(app)
        if not (routes.audience(app, r) or "").startswith(AUDIENCES)
    ]
    assert not silent


def test_the_addresses_are_those_of_the_list(app):
    """An address that goes needs a redirect; UPDATE_ROUTES=1 writes the list anew."""
    lines = routes.route_lines(app)
    if os.environ.get("UPDATE_ROUTES"):
        LIST.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == LIST.read_text(encoding="utf-8").splitlines()


def test_the_anonymous_are_turned_away(app, client):
    let_in = []
    for rule in routes.page_rules(app):
        if routes.audience(app, rule) == "public":
            continue
        target = routes.address(app, rule)
        for method in routes.methods(rule):
            app.config["WTF_CSRF_CHECK_DEFAULT"] = (
                False  # the guard itself must refuse, not only the token
            )
            response = client.open(target, method=method)
            app.config["WTF_CSRF_CHECK_DEFAULT"] = True
            to = response.headers.get("Location", "")
            if response.status_code not in TURNED_AWAY or (to and "sign-in" not in to):
                let_in.append(f"{method} {target}: {response.status_code} {to}")
    assert not let_in


# A provider outside has no page of ours; the key in its address is its token (ADR 0067), or what it
# says is signed (ADR 0082); a system of the lender's shows its key (ADR 0087).
WITHOUT_TOKEN = {"receipts.receipts", "payment_calls.payment_told", "api.add_payment"}
OF_MACHINES = {"api.holds", "api.openapi"}


def test_what_changes_something_is_a_post_with_a_token(app, client):
    without_token = []
    for rule in routes.page_rules(app):
        for method in set(routes.methods(rule)) & routes.WRITING:
            assert method == "POST", rule
            if rule.endpoint in WITHOUT_TOKEN:
                continue
            response = client.post(routes.address(app, rule), data={})
            if response.status_code != 400:
                without_token.append(f"{rule.rule}: {response.status_code}")
    assert not without_token


def test_no_view_is_excused_from_the_token_but_what_others_call_by_a_key(app):
    guard = app.extensions["csrf"]
    assert not guard._exempt_views
    excused = {one.name for one in guard._exempt_blueprints}
    assert {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in excused
    } == WITHOUT_TOKEN | OF_MACHINES

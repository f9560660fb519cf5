"""A refused request leaves one line: who, what for and why; no address, number or name."""

import pytest
from structlog.testing import capture_logs

from tests.web.borrower.test_signin import csrf

MOBILE = "19003740000"


def lines(logs) -> list[tuple]:
    keys = ("status", "why", "who", "endpoint")
    return [tuple(one[key] for key in keys) for one in logs if one["event"] == "refused"]


def test_a_form_without_its_token_and_from_another_site(client):
    with capture_logs() as logs:
        client.post("/sign-in", data={"mobile": MOBILE})
        token = {"csrf_token": csrf(client.get("/sign-in"))}
        client.post("/callback", data=token, headers={"Sec-Fetch-Site": "cross-site"})
    assert lines(logs) == [
        (400, "csrf", "visitor:-", "borrower.sign_in"),
        (400, "cross_site", "visitor:-", "public.callback"),
    ]


@pytest.mark.parametrize(
    ("who", "path", "told"),
    [
        ("agent", "/finance/", (403, "forbidden", "finance.register")),
        ("stranger", "/plan/{version}", (404, "not_found", "borrower.plan_status")),
        ("nobody", "/check/nothing-of-ours", (404, "not_found", "public.check")),
        ("nobody", "/sign-out", (405, "method_not_allowed", None)),  # the router knows no endpoint
    ],
)
def test_what_is_not_theirs(world, who, path, told):
    client = world.client(who)
    with capture_logs() as logs:
        client.get(path.format(version=world.version))
    name = {
        "agent": f"staff:{world.staff['agent'].public_id}",
        "stranger": f"borrower:{world.stranger.public_id}",
        "nobody": "visitor:-",
    }[who]
    status, why, endpoint = told
    # an address that no page of ours has is nobody's refusal
    assert lines(logs) == ([(status, why, name, endpoint)] if endpoint else [])


def test_an_address_of_no_page_leaves_none(client):
    with capture_logs() as logs:
        assert client.get("/wp-login.php").status_code == 404
    assert lines(logs) == []


def test_a_code_too_many_and_nothing_personal(client):
    with capture_logs() as logs:
        page = client.get("/sign-in")
        for _ in range(2):
            client.post("/sign-in", data={"mobile": MOBILE, "csrf_token": csrf(page)})
    assert lines(logs) == [(429, "too_many_codes:resend", "visitor:-", "borrower.sign_in")]
    assert MOBILE not in str(logs)
    assert "127.0.0.1" not in str(logs)


def test_what_a_form_refuses_is_no_refused_request(client):
    with capture_logs() as logs:
        page = client.get("/sign-in")
        client.post("/sign-in", data={"mobile": "1", "csrf_token": csrf(page)})
    assert lines(logs) == []

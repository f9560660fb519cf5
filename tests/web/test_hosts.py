"""Which host names the server answers to, and whom it takes a request to come from."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app import create_app
from app.models import FailedTry
from tests.support.pages import CheckingClient


@pytest.fixture
def settings(settings):
    return replace(settings, trusted_hosts=("anhuan.example.cn",))


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("address", ["/", "/healthz", "/admin/", "/nowhere"])
def test_another_host_is_told_plainly(settings, gateways, clock, address):
    client = create_app(settings, gateways=gateways, clock=clock).test_client()
    other = client.get(address, headers={"Host": "elsewhere.example.cn"})
    assert (other.status_code, other.mimetype) == (400, "text/plain")
    assert "请从我们公布的网址打开" in other.text
    assert client.get("/healthz", headers={"Host": "anhuan.example.cn"}).status_code == 200


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("hops", "passed_on", "taken"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "192.0.2.1, 203.0.113.9", "203.0.113.9"),
        (2, "192.0.2.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
    ],
)
def test_nobody_chooses_where_they_come_from(
    settings, gateways, clock, database, hops, passed_on, taken
):
    """Limits count by address: what a visitor writes before the proxies' own entries is not
    read.
    """
    app = create_app(
        replace(settings, proxy_hops=hops, trusted_hosts=()), gateways=gateways, clock=clock
    )
    app.test_client_class = CheckingClient
    client = app.test_client()
    client.environ_base["HTTP_X_FORWARDED_FOR"] = passed_on
    client.post_form(client.get("/admin/sign-in"), username="nobody", password="a long password")
    with database.sessions() as session:
        places = set(session.scalars(select(FailedTry.requester_hmac)))
    assert gateways.vault.fingerprint(taken, purpose="requester") in places

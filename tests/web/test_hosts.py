"""Which host names the server answers to."""

from dataclasses import replace

import pytest

from app import create_app


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

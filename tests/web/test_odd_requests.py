"""What no browser of a person sends is answered with a page of ours, never with a failure."""

from tests.support.outages import outage

PATHS = (
    "/check/%00",
    "/legal/a%00b",
    "/callback/%00",
    "/agreement/%00.pdf",
    "/admin/plan/%00",
    "/%00",
)
QUERIES = ("/help?%00=1", "/callback?topic=a%00b", "/admin/?after=%00")


def test_no_address_and_no_parameter_has_a_nul(client):
    assert {path: client.get(path).status_code for path in PATHS} == dict.fromkeys(PATHS, 404)
    assert {path: client.get(path).status_code for path in QUERIES} == dict.fromkeys(QUERIES, 400)


def test_no_answer_has_a_nul(client):
    page = client.get("/admin/sign-in")
    refused = client.post_form(page, username="agent\0", password="a long password")
    assert refused.status_code == 400
    assert "这一步没有成功" in refused.text


def test_an_address_that_is_none_is_no_failure(client):
    """A proxy passes on what it was sent; an audit entry holds 64 characters of it."""
    page = client.get("/admin/sign-in")
    client.environ_base["REMOTE_ADDR"] = "x" * 300
    refused = client.post_form(page, username="nobody", password="a long password")
    assert refused.status_code == 200
    assert "用户名或密码不对" in refused.text


def test_a_host_name_that_can_be_none_is_told_plainly(client):
    for path in ("/", "/nowhere"):
        refused = client.get(path, headers={"Host": "x" * 300})
        assert (refused.status_code, refused.mimetype) == (400, "text/plain")
        assert "请从我们公布的网址打开" in refused.text


def test_where_every_connection_is_taken_people_are_asked_to_come_back(app, client):
    with outage(app):
        refused = client.get("/check/abc")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert client.get("/check/abc").status_code == 404

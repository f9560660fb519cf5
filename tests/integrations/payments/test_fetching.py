"""One request to a channel: bounded, and to nobody else."""

import pytest

from app.integrations.payments import fetching
from app.integrations.payments.fetching import fetch
from app.ports.payments import ChannelDown
from tests.support.channels.served import Reply, Served


@pytest.fixture
def served():
    found = Served(lambda asked: Reply(200, asked.target.encode(), {"X-One": "1"}))
    yield found
    found.stop()


def test_an_answer_has_status_headers_and_body(served):
    answer = fetch("POST", f"{served.address}/a?b=c", headers={"X-Two": "2"}, body=b"three")
    assert (answer.status, answer.body, answer.headers["x-one"]) == (200, b"/a?b=c", "1")
    (asked,) = served.asked
    assert (asked.method, asked.headers["x-two"], asked.body) == ("POST", "2", b"three")


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "ftp://x/", "", "file:///etc/passwd"])
def test_where_nobody_answers_the_channel_is_down(address):
    with pytest.raises(ChannelDown):
        fetch("GET", address)


def test_a_proxy_of_the_environment_is_not_taken(served, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch("GET", served.address).status == 200


def test_a_redirect_is_an_answer_and_not_followed(served):
    served.change = lambda reply: Reply(302, b"", {"Location": f"{served.address}/elsewhere"})
    assert fetch("GET", served.address).status == 302
    assert len(served.asked) == 1


def test_one_that_hangs_up_half_way_is_down(served):
    served.change = lambda reply: Reply(200, b"half", {"Content-Length": "8"})
    with pytest.raises(ChannelDown):
        fetch("GET", served.address)


def test_one_that_says_nothing_is_down(served):
    served.change = lambda reply: None
    with pytest.raises(ChannelDown):
        fetch("GET", served.address)


def test_one_that_is_slow_is_down_in_time(served, monkeypatch):
    monkeypatch.setattr(fetching, "PAGE_SECONDS", 0.05)
    served.delay = 1
    with pytest.raises(ChannelDown):
        fetch("GET", served.address)


def test_what_is_too_long_is_not_read_to_its_end(served, monkeypatch):
    monkeypatch.setattr(fetching, "PAGE_BYTES", 10)
    served.change = lambda reply: Reply(200, b"x" * 11)
    with pytest.raises(ChannelDown):
        fetch("GET", served.address)
    monkeypatch.setattr(fetching, "FILE_BYTES", 20)
    assert len(fetch("GET", served.address, is_file=True).body) == 11


def test_nothing_secret_of_an_address_is_logged(caplog):
    with pytest.raises(ChannelDown):
        fetch("GET", "http://127.0.0.1:1/?secret=d624aca3")
    assert "channel did not answer" in caplog.text
    assert "d624aca3" not in caplog.text

"""Figures for those who watch: counted by every worker, read by one command, about nobody."""

import re
import signal
import time
from urllib.parse import quote

import pytest

from app.cli.metrics import HOST
from app.domain.errors import RuleBroken
from tests.factories import make_borrower, make_loan
from tests.support.callbacks import MOBILE, NAME, ask_callback
from tests.support.served import asked, await_answer, free_port, program, served


@pytest.fixture
def watched(database, tmp_path):
    """The server and where its figures are."""
    folder, port = tmp_path / "instance", free_port()
    with served(database, folder, METRICS_PORT=str(port)) as site:
        log = folder / "metrics.log"
        command = ("flask", "--app", "wsgi", "metrics")
        with program(*command, environ=site.environ, log=log) as process:
            url = f"http://{HOST}:{port}/metrics"
            await_answer(url, process, log)
            yield site, lambda: figures(asked(url).text)


def figures(text):
    """Name with labels -> value."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _space, value in lines}


def count_of_start(told):
    return told.get('anhuan_page_seconds_count{endpoint="public.start",method="GET"}', 0)


def test_what_workers_count_is_added_up_and_outlives_them(watched, database, vault):
    site, look = watched
    for _ in range(20):
        assert site.get("/").status == 200
    assert site.get("/nothing-here").status == 404
    told = look()
    assert count_of_start(told) == 20
    assert told['anhuan_answers_total{status="404"}'] == 1
    assert told["anhuan_database_up"] == 1
    assert told['anhuan_waiting{queue="callbacks"}'] == 0

    with database.sessions() as session:
        make_loan(session, make_borrower(session, vault))
        ask_callback(session, vault)
    before = site.workers()
    site.process.send_signal(signal.SIGHUP)  # workers go, others come
    until = time.monotonic() + 60
    while site.workers() & before and time.monotonic() < until:
        time.sleep(0.1)
    assert not site.workers() & before
    assert site.get("/").status == 200
    told = look()
    assert count_of_start(told) == 21
    assert told['anhuan_waiting{queue="callbacks"}'] == 1
    folder = next((site.log.parent / "metrics").iterdir())
    left = {int(re.search(r"\d+", one.name).group()) for one in folder.glob("*.db")}
    assert not left & before


def test_nothing_is_about_anybody(watched, database, vault):
    site, look = watched
    with database.sessions() as session:
        callback = ask_callback(session, vault)
        borrower = make_borrower(session, vault)
        person = borrower.public_id
    site.get(f"/callback/{callback}?name={quote(NAME)}")
    site.get(f"/{MOBILE}")
    assert site.get("/metrics").status == 404  # never where pages are
    told = "\n".join(look())
    assert "anhuan_page_seconds_count" in told
    labels = set(re.findall(r'"([^"]*)"', told))
    assert not {one for one in labels if not re.fullmatch(r"[a-zA-Z_.0-9+:-]{1,60}", one)}
    for secret in (callback, person, NAME, MOBILE):
        assert secret not in told
    assert not [one for one in labels if re.search(r"\d{6}", one)]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_without_a_port_nothing_is_counted(run, settings):
    status, _told, aside = run("metrics")
    assert status == 2
    assert "METRICS_PORT" in aside
    assert not settings.metrics_dir.exists()


def test_every_code_of_a_rule_can_be_a_label():
    """What is no plain code would be counted as `other`."""
    from app.web.metrics import PLAIN

    found = list(_all(RuleBroken))
    assert len(found) > 20
    assert not [one for one in found if not PLAIN.fullmatch(one.code)]


def _all(kind):
    yield kind
    for one in kind.__subclasses__():
        yield from _all(one)

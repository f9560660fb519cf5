"""Pages that only wait: told so in words within seconds, what was typed kept, the workers alive."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from app import db
from tests.support.served import asked, served

WORDS = "下个月才发工资，想先谈谈"
FORM = re.compile(r'name="(csrf_token|request_key)"[^>]*value="([^"]+)"')
# Of waiting in line for a writer, and of what a busy machine adds.
WITHIN_SECONDS = 30


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request) -> str:
    return request.param


def ask_for_a_call(site):
    page = site.get("/callback")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    typed = {"topic": "talk", "name": "罗女士", "mobile": "19003740000", "words": WORDS}
    body = urlencode(dict(FORM.findall(page.text)) | typed).encode()
    began = time.monotonic()
    answer = asked(f"{site.url}/callback", data=body, headers={"Cookie": cookie})
    return answer, time.monotonic() - began


def test_whoever_waits_behind_a_lock_is_told_and_no_worker_dies(database, tmp_path):
    with served(database, tmp_path / "instance") as site:
        before = site.workers()
        assert len(before) == 2
        with database.engine.connect() as holder:
            # Everything that changes anything goes by the head of the audit trail.
            if database.kind == "sqlite":
                holder.execution_options(anhuan_write=True)
                holder.exec_driver_sql("SELECT 1")
            else:
                holder.exec_driver_sql("SELECT * FROM audit_head FOR UPDATE")
            with ThreadPoolExecutor(12) as many:
                answers = list(many.map(lambda _: ask_for_a_call(site), range(12)))
            reading = site.get("/help")
        for answer, seconds in answers:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
            assert WORDS in answer.text
            assert "系统正在忙" in answer.text
            assert seconds < db.PAGES.writer + WITHIN_SECONDS
        assert reading.status == 200
        assert site.workers() == before
        assert ask_for_a_call(site)[0].status in (302, 303)
        assert "WORKER TIMEOUT" not in site.log.read_text()

"""The file of an agreement where the store does not answer, or holds another."""

import pytest
from sqlalchemy import func, select

from app.domain.errors import GatewayDown
from app.integrations.storage.disk import DiskStorage
from app.models import Agreement
from tests.support.people import sign_in_as
from tests.support.signing import approved, signed

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
TICKS = {f"clause_{code}": True for code in ("limitation", "missed", "credit", "order")}


@pytest.fixture
def phone(client, session, borrower):
    return sign_in_as(client, session, borrower)


@pytest.fixture
def version(session, gateways, site, borrower, loan) -> str:
    return approved(session, gateways, site, borrower=borrower, loan=loan)


@pytest.fixture
def number(session, gateways, site, borrower, loan) -> str:
    return signed(session, gateways, site, borrower=borrower, loan=loan)


def agreements(session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Agreement))


def no_answer(*_args, **_values):
    raise GatewayDown


def test_where_the_file_cannot_be_stored_nothing_is_signed_and_the_code_signs_later(
    phone, version, clock, sms, session, monkeypatch
):
    page = phone.get(f"/plan/{version}/sign")
    clock.advance(seconds=10)
    phone.post_form(page, **TICKS)
    code = sms.code("19003740000")
    with monkeypatch.context() as patch:
        patch.setattr(DiskStorage, "writing", no_answer)
        page = phone.post_form(
            phone.get(f"/plan/{version}/sign/code"), _action="/sign/code", code=code
        )
    assert (page.status_code, page.headers["Retry-After"]) == (503, "60")
    assert "刚才协议文件没有备好，所以没有签，什么都没有变。" in page.page.text()
    assert agreements(session) == 0
    page = phone.post_form(phone.get(f"/plan/{version}/sign/code"), _action="/sign/code", code=code)
    assert page.request.path.endswith("/signed")
    assert agreements(session) == 1


def test_a_store_that_is_down_is_told_and_the_page_shows_the_whole_text(phone, number, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(DiskStorage, "opened", no_answer)
        answer = phone.get(f"/agreement/{number}.pdf")
        assert answer.status_code == 503
        assert "请过一两分钟再试" in answer.page.text()
        assert phone.get(f"/agreement/{number}").status_code == 200
    assert phone.get(f"/agreement/{number}.pdf").data.startswith(b"%PDF-")


def test_a_file_that_is_not_the_signed_one_is_not_handed_out(phone, number, gateways):
    (path,) = gateways.agreements.root.glob("*/agreement")
    path.write_bytes(path.read_bytes()[:-1])
    page = phone.get(f"/agreement/{number}.pdf", follow_redirects=True)
    assert page.request.path == f"/agreement/{number}"
    assert "这份 PDF 现在不能下载，我们会核对。协议的全文就在这一页" in page.page.text()

"""The page of papers: given from a phone without JavaScript, refused in words, seen and taken back
by their owner only.
"""

import io

import pytest
from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.domain.evidence import CONSENT, FILE_BYTES, TOPICS
from app.models import Consent, Evidence, PlanVersion
from app.web.uploads import REQUEST_BYTES
from tests.factories import make_borrower
from tests.support.cases import put
from tests.support.clock import NOW
from tests.support.evidence import WORDS, ask
from tests.support.papers import located, pdf, photo
from tests.support.people import sign_in_as
from tests.support.proposals import make_staff, submitted


@pytest.fixture
def version(session, gateways, site, borrower, loan) -> str:
    return submitted(session, gateways.vault, site, borrower=borrower, loan=loan)


@pytest.fixture
def send(phone, version):
    def send(*files, kind="employer_letter", topic="income", **values):
        page = phone.get(f"/plan/{version}/papers")
        data = {
            "topic": topic,
            "files": [
                FileStorage(io.BytesIO(one), f"IMG_{at}.jpg") for at, one in enumerate(files)
            ],
            "csrf_token": token(page),
            **({"kind": kind} if kind else {}),
            **values,
        }
        # encoded here: the client would leave a large body in a file of its own
        boundary, body = encode_multipart(data)
        return phone.post(
            f"/plan/{version}/papers",
            data=body,
            content_type=f'multipart/form-data; boundary="{boundary}"',
            follow_redirects=True,
        )

    return send


def hidden(page, name: str) -> str:
    return next(one.get("value") for one in page.page.iter("input") if one.get("name") == name)


def token(page) -> str:
    return hidden(page, "csrf_token")


def kept(session) -> list[Evidence]:
    session.rollback()
    query = select(Evidence).where(Evidence.deleted_at.is_(None)).order_by(Evidence.id)
    return list(session.scalars(query))


def test_the_way_there_leads_over_the_plan(phone, version):
    page = phone.follow(phone.get(f"/plan/{version}"), "材料和照片")
    text = page.page.text()
    assert "没有也会有人看您的方案" in text
    for topic in ("situation", "income"):
        assert TOPICS[topic].words in text
        for kind in TOPICS[topic].kinds:
            assert kind.words in text
    accepted = {one.get("accept") for one in page.page.iter("input") if one.get("type") == "file"}
    assert accepted == {"image/jpeg,image/png,application/pdf"}
    boxes = [one for one in page.page.iter("input") if one.get("type") == "checkbox"]
    assert boxes
    assert all(one.get("checked") is None for one in boxes)


def test_a_photo_is_kept_without_what_the_phone_notes_beside_it(session, send, phone, version):
    page = send(located())
    assert "收到了 1 份" in page.page.text()
    assert "够了" in page.page.text()
    (paper,) = kept(session)
    seen = phone.get(f"/plan/{version}/papers/{paper.public_id}/1.jpg")
    assert seen.status_code == 200
    assert seen.content_type == "image/jpeg"
    assert b"HUAWEI" not in seen.data
    assert seen.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in seen.headers["Content-Security-Policy"]
    assert seen.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" in seen.headers["Cache-Control"]


def test_several_at_once_each_is_taken_or_refused_by_itself(session, send):
    page = send(photo(), b"no picture at all", pdf(2), photo()[:300])
    text = page.page.text()
    assert page.status_code == 200
    assert "第 2 张：没收：不是照片，也不是 PDF" in text
    assert "第 4 张：没收：打不开" in text
    assert [one.pages for one in kept(session)] == [1, 2]
    assert "收到了 2 份" in text


def test_a_private_kind_asks_for_a_consent_of_its_own(session, send):
    page = send(photo(), kind="pay_receipts")
    assert "要您单独同意才收" in page.page.text()
    assert kept(session) == []
    send(photo(), kind="pay_receipts", consent="y")
    assert len(kept(session)) == 1
    assert session.scalars(select(Consent.document).where(Consent.document == CONSENT)).all()


@pytest.mark.parametrize("kind", ["", "medical_bill", "nonsense"])
def test_without_saying_what_it_is_nothing_is_taken(session, send, kind):
    page = send(photo(), kind=kind)
    assert "请选一选，这是哪一种" in page.page.text()
    assert kept(session) == []


def test_without_a_file_the_page_says_how(send):
    assert "还没有选图" in send().page.text()


def test_too_large_a_file_and_too_much_at_once_are_told_apart(session, send):
    page = send(photo() + b"\0" * FILE_BYTES, photo())
    assert "第 1 张：这张太大了，最大 10 MB" in page.page.text()
    assert len(kept(session)) == 1
    page = send(*[b"x" * FILE_BYTES] * (REQUEST_BYTES // FILE_BYTES + 1))
    assert "加起来太大了" in page.page.text()
    assert len(kept(session)) == 1


def test_nobody_sends_files_who_is_not_signed_in(client, version):
    answer = client.post(
        f"/plan/{version}/papers",
        data={"files": [(io.BytesIO(b"x" * 200_000), "a.jpg")]},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/papers")


def test_a_script_gets_the_same_in_short(session, phone, version):
    page = phone.get(f"/plan/{version}/papers")
    for content, told in ((photo(), []), (b"x", ["没收：不是照片，也不是 PDF"])):
        answer = phone.post(
            f"/plan/{version}/papers",
            data={
                "topic": "income",
                "kind": "employer_letter",
                "csrf_token": token(page),
                "files": (io.BytesIO(content), "a.jpg"),
            },
            headers={"Accept": "application/json"},
            content_type="multipart/form-data",
        )
        assert answer.json["count"] == (0 if told else 1)
        assert [one.partition("。")[0] for one in answer.json["words"]] == told
    assert len(kept(session)) == 1


def test_the_disk_is_full_said_and_nothing_half_kept(session, send, settings, monkeypatch):
    def full(self, name):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.integrations.storage.disk.os.fsync", lambda _file: full(None, ""))
    page = send(photo())
    assert "现在存不进去" in page.page.text()
    assert kept(session) == []
    assert [one for one in (settings.instance_dir / "papers").rglob("*") if one.is_file()] == []


def test_the_words_of_who_asks_stand_above_and_what_comes_ends_the_wait(
    session, gateways, site, version, send, phone
):
    ask(session, gateways.vault, site, version, make_staff(session), topic="debts")
    home = phone.get("/home")
    assert "想请您补一样材料" in home.page.text()
    page = phone.follow(home, "看要补什么，去上传")
    assert WORDS in page.page.text()
    assert "还差一样" in page.page.text()
    status = phone.get(f"/plan/{version}").page.text()
    assert "等您补一样材料" in status
    assert "正在看您的方案" not in status
    send(photo(), topic="debts", kind="debt_words")
    session.rollback()
    assert session.scalars(select(PlanVersion.state)).one() == "submitted"
    assert "正在看您的方案" in phone.get(f"/plan/{version}").page.text()


def test_taken_back_it_is_gone(session, send, phone, version):
    page = send(photo())
    (paper,) = kept(session)
    phone.post_form(page, _action="/delete")
    assert kept(session) == []
    assert phone.get(f"/plan/{version}/papers/{paper.public_id}/1.jpg").status_code == 404
    page = send(photo(), kind="pay_receipts", consent="y")
    page = phone.post_form(page, _action="/take-back")
    assert "都删掉了" in page.page.text()
    assert kept(session) == []


def test_another_borrowers_paper_is_as_absent_as_none(app, session, gateways, send, version):
    send(photo())
    (paper,) = kept(session)
    stranger = make_borrower(
        session, gateways.vault, mobile="19003740009", id_number="990101198901141789"
    )
    other = sign_in_as(app.test_client(), session, stranger)
    page = other.get("/home")
    for address in (
        f"/plan/{version}/papers",
        f"/plan/{version}/papers/{paper.public_id}/1.jpg",
    ):
        assert other.get(address).status_code == 404
    for address in (
        f"/plan/{version}/papers/{paper.public_id}/delete",
        f"/plan/{version}/papers",
    ):
        answer = other.post(
            address, data={"csrf_token": token(page), "topic": "income", "kind": "employer_letter"}
        )
        assert answer.status_code == 404
    assert len(kept(session)) == 1


def test_once_decided_nothing_more_is_asked_of_them(session, send, phone, version):
    send(photo())
    put(session, version, "refused", decided_at=NOW, ended_at=NOW)
    page = phone.get(f"/plan/{version}/papers")
    assert "现在不用再补了" in page.page.text()
    assert not [one for one in page.page.iter("input") if one.get("type") == "file"]
    assert "2027年" in page.page.text()


@pytest.mark.parametrize("is_given", [True, False])
def test_once_decided_only_what_was_given_has_a_way_there(session, send, phone, version, is_given):
    if is_given:
        send(photo())
    put(session, version, "refused", decided_at=NOW, ended_at=NOW)
    page = phone.get(f"/plan/{version}")
    assert ("材料和照片" in page.page.text()) is is_given


def test_what_nobody_can_make_out_says_what_to_do(session, send, phone, version):
    send(photo())
    session.execute(update(Evidence).values(verdict="unclear", judged_at=NOW))
    session.commit()
    text = phone.get(f"/plan/{version}/papers").page.text()
    assert "看不清字" in text
    assert "够了" not in text

"""At zero, on the phone: the certificate is there at once, its PDF on the first tap, nobody else's
ever.
"""

from datetime import timedelta

import pytest

from app.domain.errors import GatewayDown
from app.domain.money import yuan
from app.integrations.signing.pades import PadesSigner
from app.integrations.storage.disk import DiskStorage
from app.services.borrowers.home_queries import home
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.certificates import (
    as_if_paid,
    certified,
    paid_off,
    signed_of,
    withdrawn,
)
from tests.support.clock import NOW
from tests.support.counting import statements
from tests.support.money import paid
from tests.support.pdf_words import words_of
from tests.support.people import sign_in_as

TODAY = NOW.date()


@pytest.fixture
def number(session, site, borrower, gateways):
    found = signed_of(session, gateways.vault, site, borrower=borrower)
    return found


@pytest.fixture
def one(session, gateways, site, number):
    paid_off(session, number, on=TODAY)
    made = certified(session, gateways.vault, site, number, on=TODAY, now=NOW)
    session.refresh(made)
    session.expunge(made)
    session.rollback()
    return made


def no_answer(*_args, **_values):
    raise GatewayDown


def main(response):
    assert response.status_code == 200
    return next(response.page.iter("main")).text()


def test_it_says_what_is_paid_what_follows_and_how_it_is_checked(phone, one):
    page = phone.get(f"/certificate/{one.public_id}")
    words = main(page)
    text = one.text
    for told in (
        "都还清了",
        "不欠一分",
        text["number"],
        text["says"],
        text["paid"]["capital"],
        yuan(text["paid"]["fen"]),
        f"减免 {yuan(text['waived']['fen'])} 已经兑现",
        "不会再有人为还款联系您",
        "向征信中心报送“已结清”",
        "由征信中心删",
        "20 天内书面答复",
        one.check_code[:5].upper(),
    ):
        assert told in words, told
    assert "马上删除" not in words


def test_the_first_tap_makes_the_pdf_and_every_one_after_gives_the_same_bytes(phone, one):
    address = f"/certificate/{one.public_id}"
    page = phone.get(address)
    assert phone.get(f"{address}.pdf").status_code == 302
    first = phone.post_form(page, _action="/pdf")
    assert (first.status_code, first.mimetype) == (200, "application/pdf")
    assert f"filename={one.text['number']}.pdf" in first.headers["Content-Disposition"]
    assert first.headers["Cache-Control"] == "private, no-store"
    words = words_of(first.data)
    for told in (one.text["number"], one.text["paid"]["capital"], one.check_code):
        assert told in words
    again = phone.get(address)
    assert [a for a in again.page.iter("a") if a.get("href") == f"{address}.pdf"]
    assert phone.get(f"{address}.pdf").data == first.data


def test_the_seal_of_the_pdf_holds_and_is_stamped(phone, one, gateways):
    page = phone.post_form(phone.get(f"/certificate/{one.public_id}"), _action="/pdf")
    found = gateways.signer.read_seal(page.data)
    assert (found.reason, found.number) == ("", one.text["number"])
    assert found.stamped_at is not None


@pytest.mark.parametrize(
    ("what", "how"), [(PadesSigner, "stamp"), (DiskStorage, "writing")], ids=["stamp", "store"]
)
def test_what_does_not_answer_is_told_and_the_next_tap_works(phone, one, monkeypatch, what, how):
    address = f"/certificate/{one.public_id}"
    page = phone.get(address)
    with monkeypatch.context() as patch:
        patch.setattr(what, how, no_answer)
        answer = phone.post_form(page, _action="/pdf")
        assert answer.status_code == 503
    assert phone.post_form(phone.get(address), _action="/pdf").data.startswith(b"%PDF-")


def test_a_file_that_is_not_the_sealed_one_is_not_handed_out(phone, one, gateways):
    address = f"/certificate/{one.public_id}"
    phone.post_form(phone.get(address), _action="/pdf")
    (path,) = gateways.agreements.root.glob("*/agreement")
    path.write_bytes(path.read_bytes()[:-1])
    page = phone.get(f"{address}.pdf", follow_redirects=True)
    assert "证明的全文就在这一页，照样有效" in main(page)


def test_withdrawn_it_says_so_and_gives_no_paper(phone, session, number, one):
    address = f"/certificate/{one.public_id}"
    page = phone.get(address)
    withdrawn(session, number, now=NOW + timedelta(hours=1))
    refused = phone.post_form(page, _action="/pdf")
    assert "这张证明已经收回，不能再下载。" in main(refused)
    words = main(phone.get(address))
    assert "这张证明收回了" in words
    assert "2026年11月23日收回" in words
    assert "下载证明" not in words
    assert phone.get(f"{address}.pdf").status_code == 303
    assert "看结清证明" not in main(phone.get("/home"))


def test_home_and_agreement_lead_to_it(phone, number, one):
    first = phone.get("/home")
    assert "都还清了，看结清证明" in main(first)
    # Nothing is waited for, and nothing asked.
    assert first.page.first("h1").text() == "一切正常"
    page = phone.follow(first, "都还清了，看结清证明")
    assert page.request.path == f"/certificate/{one.public_id}"


def test_arrears_that_are_paid_are_no_settlement(phone, session, gateways, site, borrower):
    number = signed_of(session, gateways.vault, site, "catch_up", borrower=borrower)
    public_id = as_if_paid(session, gateways.vault, site, number)
    words = main(phone.get(f"/certificate/{public_id}"))
    assert "逾期的都还上了" in words
    assert "本证明不是结清证明" in words
    assert "照原合同接着还" in words
    assert "都还清了" not in words


def test_what_was_paid_too_much_comes_back(phone, session, number, one):
    address = f"/certificate/{one.public_id}"
    assert "多付的" not in main(phone.get(address))
    paid(session, number, fen=7_700, on=TODAY)
    assert "多付的，退给您¥77.00" in "".join(main(phone.get(address)).split())


def test_another_persons_is_as_absent_as_none(client, session, gateways, one):
    other = make_borrower(
        session, gateways.vault, mobile="19003740077", id_number="990101198901140022"
    )
    phone = sign_in_as(client, session, other)
    for public_id in (one.public_id, "x" * 20):
        for address in (f"/certificate/{public_id}", f"/certificate/{public_id}.pdf"):
            assert phone.get(address).status_code == 404


def test_home_asks_one_question_more_and_only_where_a_plan_is_done(
    session, gateways, site, borrower, number
):
    def asked():
        session.rollback()
        with statements(session.get_bind()) as seen:
            home(session, acting(vault=gateways.vault, site=site), borrower_id=borrower.id)
        return len(seen), len([one for one in seen if "FROM certificates" in one])

    asked()  # what a process reads once
    before = asked()
    paid_off(session, number, on=TODAY)
    certified(session, gateways.vault, site, number, on=TODAY, now=NOW)
    after = asked()
    assert (before[1], after[1]) == (0, 1)
    assert after[0] <= before[0] + 1


@pytest.mark.parametrize("gone", [False, True])
def test_whoever_holds_the_paper_learns_whether_it_stands(client, session, number, one, gone):
    if gone:
        withdrawn(session, number, now=NOW + timedelta(hours=1))
    page = client.get(f"/check/{one.check_code}")
    words = main(page)
    assert one.text["number"] in words
    assert ("这张证明已经收回" in words) == gone
    assert ("这个编号是真的" in words) == (not gone)
    html = page.get_data(as_text=True)
    for hidden in ("罗涵敏", "*敏", yuan(one.text["paid"]["fen"]), one.text["loans"][0]["ref"]):
        assert hidden not in html
    assert bool(page.page.first("main").text().count("核对合计")) == (not gone)


def test_the_printed_total_is_held_against_it(client, one):
    address, fen = f"/check/{one.check_code}", one.text["paid"]["fen"]
    page = client.post_form(client.get(address), total=yuan(fen + 1))
    assert "对不上，先不要相信" in main(page)
    page = client.post_form(client.get(address), total=yuan(fen))
    assert "编号和合计都对得上" in main(page)


def test_its_code_may_be_typed_in_groups_and_its_number_is_no_code(client, one):
    code = one.check_code.upper()
    groups = " ".join(code[at : at + 5] for at in range(0, len(code), 5))
    page = client.post_form(client.get("/check/"), code=groups)
    assert page.request.path == f"/check/{one.check_code}"
    page = client.post_form(client.get("/check/"), code=one.text["number"])
    assert "这是纸的编号" in main(page)

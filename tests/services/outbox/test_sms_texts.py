"""Words of messages: whole sentences of the source, as the catalogue of the reader has them."""

import json
import re
from dataclasses import replace
from datetime import date
from urllib.parse import urlsplit

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from jinja2 import UndefinedError
from sqlalchemy import select

from app.integrations.sms.tencent import TencentAccount, TencentSms
from app.models import OutboxItem
from app.services.core import languages
from app.services.holds.breathing import begin_breathing
from app.services.outbox.sms_texts import TEMPLATES, bind_to_site, examples, sms_text
from tests.factories import make_loan
from tests.support.acting import acting

VALUES = {
    "signature": "澄明消金",
    "number": "AH-00318",
    "agreement": "AH-00318-1",
    "hotline": "400-000-0000",
    "address": "http://127.0.0.1:8000",
    "code": "048151",
    "minutes": "5",
    "tail": "7745",
    "hours": "24",
    "day": date(2026, 12, 2),
    "until": date(2026, 11, 30),
    "by": date(2027, 1, 5),
}
ADDRESS = "http://127.0.0.1:8000"
TEXTS = {
    "breathing_began": f"按您的申请，到 11月30日 我们不会主动联系您。找我们拨 400-000-0000，{ADDRESS}",
    "caller_stopped": "有人来电说是您，没通过核对，我们什么都没说。是您本人，可拨 400-000-0000，"
    f"{ADDRESS}",
    "due_soon": f"方案 AH-00318 下期12月2日，有困难拨 400-000-0000，{ADDRESS}/pay",
    "due_today": f"方案AH-00318 今天一期，已付请忽略。来不及拨400-000-0000，{ADDRESS}/pay",
    "mobile_back_new": f"换手机号有人异议，先停下核实，此号暂不能登录。可拨 400-000-0000，{ADDRESS}",
    "mobile_back_old": f"换手机号已停下，仍用尾号 7745 登录，在核实。可拨 400-000-0000，{ADDRESS}",
    "mobile_changed_new": f"您的安还登录手机号换成了这个，24 小时内先不签字。可拨 400-000-0000，{ADDRESS}",
    "mobile_changed_old": f"登录手机号已换成尾号 7745。不是您换的，请马上拨 400-000-0000，{ADDRESS}",
    "notice_taken_back": f"方案 AH-00318 通知已收回，方案照旧，抱歉。可拨 400-000-0000，{ADDRESS}",
    "help_ending": f"方案 AH-00318 从 12月2日 起有变化。还是有困难，请登录安还说，{ADDRESS}",
    "breathing_ending": f"您申请的安静时间到 11月30日（含当天）。还是有困难，请登录安还说，{ADDRESS}",
    "plan_broken": f"方案 AH-00318 停了，还有办法，请登录安还看。可拨 400-000-0000，{ADDRESS}",
    "break_taken_back": f"方案 AH-00318 已恢复，照旧有效，抱歉。可拨 400-000-0000，{ADDRESS}",
    "plan_answered": f"方案 AH-00318 有答复了，请登录安还看。可拨 400-000-0000，{ADDRESS}",
    "plan_completed": f"方案 AH-00318 已完成，证明可登录安还下载。可拨 400-000-0000，{ADDRESS}",
    "plan_noticed": f"方案 AH-00318 有通知，还来得及。请登录或拨400-000-0000，{ADDRESS}/pay",
    "plan_approved": f"方案 AH-00318 已同意，有效到11月30日（含当天）。下一步请登录安还看：{ADDRESS}",
    "plan_countered": f"方案 AH-00318 有了新的建议，有效到11月30日（含当天），请登录安还看：{ADDRESS}",
    "plan_recalled": f"方案 AH-00318 有变化，请登录安还看。可拨 400-000-0000，{ADDRESS}",
    "plan_figures": f"方案 AH-00318 数字有变，签字前请登录安还看。可拨 400-000-0000，{ADDRESS}",
    "plan_entered": f"客服已帮您填好，请登录安还核对后提交。可拨 400-000-0000，{ADDRESS}",
    "plan_lapsing": f"方案 AH-00318 到 11月30日 为止有效，需要请登录确认；过后可再提。{ADDRESS}",
    "plan_received": f"方案 AH-00318 已收到，最晚 1月5日 答复。随时可登录安还看：{ADDRESS}",
    "document_asked": f"方案 AH-00318 有一件事请您看看，请登录安还。可拨 400-000-0000，{ADDRESS}",
    "document_reminder": f"方案 AH-00318 有件事等您看，不急。登录安还，或拨 400-000-0000，{ADDRESS}",
    "plan_refused": f"方案 AH-00318 有答复了，请登录安还看。可拨 400-000-0000，{ADDRESS}",
    "plan_signed_file_later": f"协议 AH-00318-1 已签好，文件稍后可下载。有事拨 400-000-0000，{ADDRESS}",
    "plan_signed": f"协议 AH-00318-1 已签好，登录安还可下载。有事拨 400-000-0000，{ADDRESS}",
    "thread_answered": f"我们回复您了，编号 AH-00318，请登录安还看。可拨 400-000-0000，{ADDRESS}",
    "sign_code": "验证码 048151，5 分钟内有效，用于签署协议 AH-00318-1。请勿转告他人。",
    "sign_in_code": "验证码 048151，5 分钟内有效，用于登录安还。请勿转告他人。",
}
CODES = {"sign_code", "sign_in_code"}
BEGAN = (
    "【%(signature)s】按您的申请，到 %(until)s 我们不会主动联系您。"
    "找我们拨 %(hotline)s，%(address)s"
)
SIGN_IN = "【%(signature)s】验证码 %(code)s，%(minutes)s 分钟内有效，用于登录安还。请勿转告他人。"
DAY = "%(month)s月%(day)s日"


@pytest.fixture
def catalogues(tmp_path, monkeypatch):
    """An installation with these compiled catalogues only: words by source text, by locale."""
    monkeypatch.setattr(languages, "TRANSLATIONS", tmp_path / "translations")

    def compiled(**words_by_locale):
        for locale, words in words_by_locale.items():
            made = Catalog(locale=locale)
            for source, translation in words.items():
                made.add(source, translation)
            path = languages.TRANSLATIONS / locale / "LC_MESSAGES" / "messages.mo"
            path.parent.mkdir(parents=True)
            with path.open("wb") as file:
                write_mo(file, made)

    return compiled


def test_every_text_is_in_the_table():
    assert {path.stem for path in TEMPLATES.glob("*.txt")} == TEXTS.keys()


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_reads_so(name):
    assert sms_text(name, **VALUES) == "【澄明消金】" + TEXTS[name]


@pytest.mark.parametrize("language", ["zh-Hans", "en", "nobody's"])
@pytest.mark.parametrize("name", TEXTS)
def test_without_a_catalogue_it_is_the_source_text(catalogues, name, language):
    assert sms_text(name, language=language, **VALUES) == "【澄明消金】" + TEXTS[name]


def test_a_lender_rewords_one_text_and_the_others_stay(catalogues):
    catalogues(zh_Hans_CN={SIGN_IN: "【%(signature)s】登录用 %(code)s，%(minutes)s 分钟内。"})
    assert sms_text("sign_in_code", **VALUES) == "【澄明消金】登录用 048151，5 分钟内。"
    assert sms_text("sign_code", **VALUES) == "【澄明消金】" + TEXTS["sign_code"]


def test_another_language_has_its_words_and_its_dates(catalogues):
    catalogues(
        en={BEGAN: "【%(signature)s】No calls until %(until)s.", DAY: "%(month)s/%(day)s"},
        zh_Hans_CN={SIGN_IN: "【%(signature)s】登录用 %(code)s。"},
    )
    assert sms_text("breathing_began", language="en", **VALUES) == (
        "【澄明消金】No calls until 11/30."
    )
    assert sms_text("breathing_began", **VALUES) == "【澄明消金】" + TEXTS["breathing_began"]


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_what_a_language_lacks_is_said_as_the_lender_says_it(catalogues, language):
    """A text of the source that the lender replaced has no approved template any more."""
    catalogues(zh_Hans_CN={SIGN_IN: "【%(signature)s】登录用 %(code)s。"}, en={BEGAN: "None."})
    text = sms_text("sign_in_code", language=language, **VALUES)
    assert text == "【澄明消金】登录用 048151。"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_borrower_is_written_to_in_their_language(catalogues, session, vault, site, borrower):
    catalogues(en={BEGAN: "【%(signature)s】No calls for now."})
    make_loan(session, borrower)
    borrower.language = "en"
    session.commit()
    context = acting(vault=vault, site=site)
    begin_breathing(session, context, borrower_id=borrower.id, request_key="key-1")
    row = session.scalars(select(OutboxItem)).one()
    payload = vault.unseal(
        row.payload_enc, table="outbox", row=row.idempotency_key, column="payload"
    )
    assert json.loads(payload)["text"] == f"【{site.sms_signature}】No calls for now."


@pytest.mark.parametrize(
    ("approved", "lacks"),
    [("验证码 {1}，{2} 分钟内有效，用于登录安还。请勿转告他人。", True), ("登录用 {1}。", False)],
)
def test_the_start_asks_for_approval_of_the_words_that_go_out(catalogues, site, approved, lacks):
    catalogues(zh_Hans_CN={SIGN_IN: "【%(signature)s】登录用 %(code)s。"})
    account = TencentAccount("1400", "r", {"1001": approved}, secret_id="i", secret_key="k")
    gateway = TencentSms(account, is_production=False)
    assert ("sign_in_code" in gateway.lacking(examples(site))) == lacks


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.txt")), ids=lambda path: path.stem)
def test_no_number_is_in_the_words_and_all_is_one_sentence(path):
    text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"))
    assert re.fullmatch(r"\s*{% trans [^%]* -%}[^%]*{%- endtrans %}\s*", text)
    assert not re.search(r"[0-9０-９]", re.sub(r"{{.*?}}", "", text))


def test_a_value_the_words_need_is_missed():
    with pytest.raises(UndefinedError):
        sms_text("sign_in_code", signature="澄明消金", code="048151")


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - CODES))
def test_each_carries_our_address_at_its_end_where_a_phone_opens_it(site, name):
    # What asks for money leads to where it is paid.
    page = "/pay" if name in ("due_soon", "due_today", "plan_noticed") else ""
    assert examples(site)[name].endswith(site.base_url + page)


@pytest.mark.parametrize(
    "base_url", ["https://anhuan.example.cn", "https://anhuan.example.cn/", "http://127.0.0.1:8000"]
)
@pytest.mark.parametrize("name", sorted(CODES))
def test_a_code_has_the_line_that_binds_it_to_our_host_last(site, name, base_url):
    own = replace(site, base_url=base_url)
    words = bind_to_site(examples(own)[name], own, code="123456")
    host = urlsplit(base_url).hostname
    assert words.splitlines()[1:] == [f"@{host} #123456"]


@pytest.mark.parametrize("name", TEXTS)
def test_an_example_of_each_is_neutral_and_fits_one_part(site, name):
    words = examples(site)[name]
    assert words.startswith(f"【{site.sms_signature}】")
    assert len(words) <= 70
    assert not [word for word in ("¥", "元", "债", "逾期", "催", "欠") if word in words]
    assert not re.search(r"[{}%]|None", words)


def test_what_looks_like_markup_goes_out_as_it_is():
    assert "方案 <AH>&1 已同意" in sms_text("plan_approved", **VALUES | {"number": "<AH>&1"})

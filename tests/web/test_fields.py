"""The money field: twenty inputs as people type them, twelve it answers with what to do (quality
U13).
"""

import re

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.domain.money import yuan
from app.web.fields import CodeField, MobileField, MoneyField
from tests.support.books import CASES

GOOD = {
    "1300": "¥1,300.00",
    "１３００": "¥1,300.00",
    "1,300": "¥1,300.00",
    "１，３００": "¥1,300.00",
    "¥1300": "¥1,300.00",
    "￥1300": "¥1,300.00",
    "1300元": "¥1,300.00",
    "１３００ 元": "¥1,300.00",
    " 1300 ": "¥1,300.00",
    "1 300": "¥1,300.00",
    "1\u3000300": "¥1,300.00",
    "1300.5": "¥1,300.50",
    "1300.50": "¥1,300.50",
    "１３００．５０": "¥1,300.50",
    "¥ 1,300.05 元": "¥1,300.05",
    "0": "¥0.00",
    "0.01": "¥0.01",
    "01300": "¥1,300.00",
    "1300\n": "¥1,300.00",
    "999,999,999.99": "¥999,999,999.99",
}
BAD = {
    "": "请填写金额，例如 1300",
    "   ": "请填写金额，例如 1300",
    "一千三": "请用数字写金额，例如 1300",
    "1300左右": "请用数字写金额，例如 1300",
    "-1300": "金额不能是负数，请去掉前面的减号",
    "−1300": "金额不能是负数，请去掉前面的减号",
    "1300.555": "金额最多写到分，也就是两位小数，例如 1300.50",
    "1,3": "请用数字写金额，例如 1300",
    "1e3": "请用数字写金额，例如 1300",
    "12.3.4": "请用数字写金额，例如 1300",
    "1300美元": "请用数字写金额，例如 1300",
    "1234567890": "这个金额太大了，请检查一下，整数部分最多 9 位",
}


class CodeRequest(Form):
    amount = MoneyField("金额")


@pytest.fixture(autouse=True)
def in_a_page(app):
    with app.test_request_context():
        yield


pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def typed(text) -> CodeRequest:
    form = CodeRequest(MultiDict({"amount": text}))
    form.validate()
    return form


def test_there_are_twenty_and_twelve():
    assert (len(GOOD), len(BAD)) == (20, 12)


@pytest.mark.parametrize(("text", "echo"), GOOD.items())
def test_an_amount_as_people_type_it_is_read_and_echoed(text, echo):
    form = typed(text)
    assert not form.errors
    assert yuan(form.amount.data) == echo


@pytest.mark.parametrize(("text", "advice"), BAD.items())
def test_what_is_no_amount_is_answered_with_what_to_do_and_kept(text, advice):
    form = typed(text)
    assert form.errors == {"amount": [advice]}
    assert form.amount._value() == text


class SignIn(Form):
    mobile = MobileField("手机号")
    code = CodeField("验证码", digits=6)


def read(**typed) -> SignIn:
    form = SignIn(MultiDict(typed))
    form.validate()
    return form


MESSAGE = (
    "【安还】验证码 048213，5 分钟内有效，用于签署协议 AH-202611。请勿转告他人。"
    "127.0.0.1:8000\n@127.0.0.1 #048213"
)


@pytest.mark.parametrize(
    "text",
    [
        "048213",
        " 048 213 ",
        "\u202d048213\u202c",
        "\u2066048-213\u2069",
        "０４８２１３",
        "04\u200b8213\ufeff",
        MESSAGE,
        MESSAGE.replace(" ", ""),
        MESSAGE.replace(" ", "\u00a0\u200b"),
        "验证码048213。400-810-123456 或 2026-112345",
        "@anhuan.example #048213",
        "048213 是您的验证码，编号 AH123456，金额 ¥123456.00",
    ],
)
def test_a_code_is_read_however_it_was_copied_and_out_of_its_message(text):
    assert read(code=text).code.data == "048213"


@pytest.mark.parametrize(
    "text", ["", "04821", "0482133", "048213 712345", "协议 AH-048213", "没有收到"]
)
def test_what_holds_no_single_code_is_none(text):
    assert not re.fullmatch("[0-9]{6}", read(code=text).code.data)


def test_a_mobile_copied_from_contacts_is_a_mobile():
    copied = (CASES / "mobile-invisible-web" / "mobile.txt").read_text("utf-8")
    assert copied.startswith("\u202d")
    for text in (copied, "\u2066190 0043 0008\u2069", "190\u200b00430008", "(+86) 190-0043-0008"):
        form = read(mobile=text)
        assert (form.mobile.data, form.mobile.errors) == ("19000430008", [])


@pytest.mark.parametrize("text", ["1900043000", "860190004300", "190 0043 000²", ""])
def test_what_is_no_mobile_is_told(text):
    assert read(mobile=text).mobile.errors == ["请填写 11 位手机号，例如 138 0000 0000"]

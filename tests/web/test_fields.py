"""The money field: twenty inputs as people type them, twelve it answers with what to do (quality
U13).
"""

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.domain.money import yuan
from app.web.fields import MoneyField

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

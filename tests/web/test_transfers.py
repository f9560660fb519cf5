"""The square of a transfer: it shows the lines below it, on any phone, and no bank's scheme."""

import re

import pytest
import segno

from app.web.qr import QUIET, qr_picture
from app.web.transfers import transfer_lines
from tests.support.agreements import SITE


@pytest.mark.parametrize(("fen", "last"), [(94_344, "金额：943.44"), (0, ""), (None, "")])
def test_the_lines_name_payee_bank_account_remark_and_a_sum_where_one_is_asked(app, fen, last):
    with app.test_request_context():
        lines = transfer_lines(SITE, "AH-00318-6", fen)
    assert lines[:4] == (
        f"收款人：{SITE.payee_name}",
        f"开户银行：{SITE.payee_bank}",
        f"账号：{SITE.payee_account}",
        "备注：AH-00318-6",
    )
    assert "".join(lines[4:]) == last


@pytest.mark.parametrize(
    "text", ["https://anhuan.example.cn/check/x", "收款人：澄明\n备注：AH-00318-6"]
)
def test_the_path_is_the_square_of_the_text(text):
    picture = qr_picture(text)
    dark = {
        (int(x) + more, int(y))
        for x, y, count in re.findall(r"M(\d+) (\d+)h(\d+)v", picture.path)
        for more in range(int(count))
    }
    matrix = segno.make(text, error="m", micro=False, encoding="utf-8").matrix
    assert picture.size == len(matrix) + 2 * QUIET
    assert dark == {
        (x + QUIET, y + QUIET) for y, row in enumerate(matrix) for x, one in enumerate(row) if one
    }


def test_the_path_has_no_style_and_is_short():
    picture = qr_picture("收款人：澄明消费金融有限公司\n备注：AH-00318-6")
    assert re.fullmatch(r"(M\d+ \d+h\d+v1h-\d+z)+", picture.path)
    assert len(picture.path) < 12_000

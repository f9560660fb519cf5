"""Whole stories across people: proposed, answered by staff, signed, exported; refused, appealed,
answered by another.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, DRESSES
from tests.support.desk_pages import cards_stand_apart, lines, open_case, take_and_answer
from tests.support.exporting import run_exports
from tests.support.proposing import answer, give_number, heading, propose, say_monthly, sign_in
from tests.support.reading_back import csv_rows, fen, sheet_rows, table, workbook
from tests.support.signed_in import carry
from tests.support.signing_pages import ASK, SIGN, agreement, confirm
from tests.support.walking import download, follow, press, press_twice
from tests.support.watching import look_at

APPEAL = "我下个月开始上班，能按这个数还。"
UPHELD = "重新看过您写的，这个数还是太久。我们可以一起想别的办法。"
WALKS = pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)


def at_desk(open_page, dress):
    return open_page(DESK, javascript=dress.get("javascript", True))


def main(page):
    return page.locator("main")


@WALKS
def test_a_person_agrees_it_is_signed_and_exported(open_page, site, dress, tmp_path):
    page, desk = open_page(**dress), at_desk(open_page, dress)
    version = propose_with_a_change_of_mind(page, site)
    page.goto("/home")
    expect(main(page)).to_contain_text("最晚 12月2日有结果")
    look_at(page)

    open_case(desk, site, "agent")
    shown = take_and_answer(desk, site, "同意", "within_means", "已同意")
    page.goto(f"/plan/{version}")
    assert [line for line in shown if line not in lines(main(page))] == []
    look_at(page)

    follow(page.get_by_role("link", name="看协议，签字"))
    look_at(page)
    confirm(page)
    site.clock.advance(seconds=10)
    press(page, ASK)
    expect(heading(page)).to_have_text("填验证码，签字")
    look_at(page)
    total = page.locator(".ah-total dd").inner_text()
    page.locator("[name=code]").fill(site.sms.code(site.borrower.mobile))
    press_twice(page, SIGN, site.door)
    number = agreement(page).split("/")[-1]
    look_at(page)
    page.go_back()
    expect(page).to_have_url(re.compile(f"/agreement/{number}$"))
    expect(main(page)).to_contain_text("已经签好了，不用再签")
    look_at(page)
    page.goto("/home")
    expect(heading(page)).to_have_text("照方案还就好")
    expect(main(page)).to_contain_text(site.settings.site.payee_account)
    look_at(page)

    taken = {form: export(desk, site, form, tmp_path) for form in ("CSV", "XLSX")}
    book = workbook(taken["XLSX"])
    for rows in (csv_rows(taken["CSV"].read_bytes()), sheet_rows(book.worksheets[0])):
        ((line,), _sums, _note) = table(rows)
        assert (line["协议号"], fen(line["合计"])) == (number, fen(total.removeprefix("¥")))
    instalments, _sums, _note = table(sheet_rows(book.worksheets[1]))
    assert sum(fen(one["合计"]) for one in instalments) == fen(total.removeprefix("¥"))


def propose_with_a_change_of_mind(page, site) -> str:
    """From the number to the proposal: an answer changed at the end, two taps, back; the version's
    public id.
    """
    sign_in(page, site)
    look_at(page)
    follow(page.get_by_role("link", name="说说我能还多少"))
    page.get_by_text("收入突然少了").click()
    press(page, "继续")
    press(page, "就按选的")
    say_monthly(page, "600")
    expect(page.get_by_role("radio", name="最合适")).to_be_checked()
    page.get_by_role("radio", name="每月最少").check(force=True)
    look_at(page)
    press(page, "选好了，去核对")
    follow(page.locator(".ah-qa a", has_text="每月最多能还"))
    answer(page, "¥650元")
    expect(page).to_have_url(re.compile("/plan/check$"))
    expect(page.locator(".ah-qa")).to_contain_text("¥650.00")
    look_at(page)
    press_twice(page, "提交还款方案", site.door)
    expect(heading(page)).to_have_text("方案已经收到")
    expect(main(page)).to_contain_text(re.compile(r"编号 AH-\d{5}"))
    expect(main(page)).to_contain_text("2026年12月2日")
    look_at(page)
    version = page.url.split("/")[-2]
    page.go_back()
    expect(page).to_have_url(re.compile(f"/plan/{version}$"))
    expect(heading(page)).to_have_text("正在看您的方案")
    look_at(page)
    return version


def export(desk, site, form: str, folder):
    """Finance exports everything signed in one form; the first file as it was taken."""
    carry(desk, site, username="finance")
    desk.goto("/finance/")
    look_at(desk)
    follow(desk.get_by_role("link", name="导出筛选结果"))
    desk.get_by_role("radio", name=re.compile(form)).check()
    desk.get_by_label("做什么用").fill("月底对账")
    press(desk, "开始导出")
    desk.get_by_text("排队中，共 1 份").wait_for()
    run_exports(site)
    desk.goto("/finance/exports")
    look_at(desk)
    taken = download(desk.get_by_role("button", name="下载").first)
    path = folder / taken.suggested_filename
    taken.save_as(path)
    return path


@WALKS
def test_refused_appealed_and_answered_by_another(open_page, site, dress):
    page, desk = open_page(**dress), at_desk(open_page, dress)
    sign_in(page, site)
    version = propose(page, carry(page, site, loan_ref=site.borrower.loans[0]))
    open_case(desk, site, "agent")
    shown = take_and_answer(desk, site, "不通过", "amount_too_low", "没有通过")
    page.goto("/home")
    expect(main(page)).to_contain_text("这次没通过")
    follow(page.get_by_role("link", name="看原因，和接下来可以怎么办"))
    assert [line for line in shown if line not in lines(main(page))] == []
    look_at(page)

    appeal_across_an_expired_session(page, site)
    expect(main(page)).to_contain_text("最晚 2026年12月2日")
    look_at(page)
    page.go_back()
    page.reload()
    expect(heading(page)).to_have_text("申诉已收到，换人在看")

    open_case(desk, site, "agent", tab="appeals")
    expect(main(desk)).to_contain_text("申诉要由另一位同事来看")
    expect(desk.get_by_role("button", name="预览")).to_have_count(0)
    open_case(desk, site, "supervisor", tab="appeals")
    expect(main(desk)).to_contain_text(APPEAL)
    cards_stand_apart(desk)
    if dress["viewport"] == DESK:
        shown = take_and_answer(desk, site, "不通过", "amount_too_low", "没有通过", UPHELD)
    else:
        shown = take_and_answer(desk, site, "同意", "within_means", "已同意")
    page.goto(f"/plan/{version}")
    assert [line for line in shown if line not in lines(main(page))] == []
    way_on = "金融监管热线 12378" if dress["viewport"] == DESK else "看协议，签字"
    expect(page.get_by_role("link", name=re.compile(way_on))).to_be_visible()
    look_at(page)


def appeal_across_an_expired_session(page, site) -> None:
    """Nothing written, then words whose session runs out, then sent with two taps."""
    follow(page.get_by_role("link", name="不同意这个结果，要申诉"))
    press(page, "提交申诉")
    expect(page).to_have_title(re.compile("^错误："))
    look_at(page)
    page.get_by_label("为什么不同意？").fill(APPEAL)
    site.clock.advance(minutes=16)
    press(page, "提交申诉")
    expect(page).to_have_url(re.compile("/sign-in"))
    expect(main(page)).to_contain_text("填过的都存着")
    give_number(page, site)
    expect(page).to_have_url(re.compile("/appeal$"))
    expect(page.get_by_label("为什么不同意？")).to_have_value(APPEAL)
    press_twice(page, "提交申诉", site.door)
    expect(heading(page)).to_have_text("申诉已收到，换人在看")

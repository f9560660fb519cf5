"""The journey to a proposal in a real browser, one question after another."""

import re

from playwright.sync_api import Page, expect

from app.jobs import outbox
from app.wiring import make_gateways
from tests.support.acting import acting
from tests.support.databases import opened
from tests.support.live import LiveSite
from tests.support.walking import press


def sign_in(page: Page, site: LiveSite, *, is_first: bool = True) -> None:
    """Sign in as the demo's plain borrower, from the number to home."""
    page.goto("/sign-in")
    give_number(page, site)
    if is_first:
        page.locator("main input[type=text]").first.fill(site.borrower.id_last4)
        press(page, "继续")
        for box in page.locator("main input[type=checkbox]").all():
            box.check()
        press(page, "同意并继续")
    expect(page).to_have_url(re.compile("/home$"))


def give_number(page: Page, site: LiveSite) -> None:
    """Number and code; the test server hands a code over before it answers."""
    mobile = site.borrower.mobile
    page.get_by_label("手机号").fill(mobile)
    press(page, "获取验证码")
    page.locator("input[name=code]").fill(site.sms.code(mobile))
    press(page, "登录")


def run_outbox(site: LiveSite) -> None:
    """One round of the job that sends what waits."""
    with opened(site.settings.database_url) as database:
        outbox.run(
            database.sessions,
            acting(
                now=site.clock.now(), site=site.settings.site, gateways=make_gateways(site.settings)
            ),
            10,
        )


def answer(page: Page, text: str) -> None:
    """Answer the question of the page, typed or picked, and go on."""
    field = page.locator("[name=answer]")
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(text)
    else:
        field.fill(text)
    press(page, "继续")


def answer_all(page: Page, loan: str, *, monthly: str = "600") -> None:
    """Reason, kind of plan and monthly amount, up to the options."""
    page.goto(f"/loan/{loan}/plan")
    if page.url.endswith("/plan/loans"):  # of several this one alone
        for tick in page.locator("main input[name=answer]").all():
            tick.set_checked(tick.get_attribute("value") == loan, force=True)
        press(page, "继续")
    press(page, "跳过这一题")
    press(page, "就按选的")
    say_monthly(page, monthly)


def say_monthly(page: Page, monthly: str) -> None:
    """The monthly amount, and nothing of a month's income where it is asked: on to the options."""
    answer(page, monthly)
    expect(page).to_have_url(re.compile("/plan/(household|options)(#answer)?$"))
    if "/plan/household" in page.url:
        press(page, "不想说，由人来看")
    expect(page).to_have_url(re.compile("/plan/options(#answer)?$"))


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def propose(page: Page, loan: str, *, choice: str = "每月最少") -> str:
    """The whole journey, by default to a plan so long that a person decides; return the version's
    public id.
    """
    answer_all(page, loan)
    return choose(page, choice)


def propose_again(page: Page, loan: str, *, choice: str = "每月最少") -> str:
    """After a withdrawal: the answers are there again, and another plan is chosen."""
    page.goto(f"/loan/{loan}/plan")
    expect(page).to_have_url(re.compile("/plan/check$"))
    page.goto(f"/loan/{loan}/plan/options")
    return choose(page, choice)


def choose(page: Page, choice: str) -> str:
    """From the options to the end; return the version's public id."""
    page.get_by_role("radio", name=choice).check(force=True)
    press(page, "选好了，去核对")
    press(page, "提交还款方案")
    expect(page).to_have_url(re.compile(r"/plan/\w{20}/done$"))
    return page.url.split("/")[-2]


def pick(page: Page, words: str) -> None:
    """Tap the answer that is named so."""
    page.locator("main label", has_text=words).first.click()


def pick_way(page: Page, ease: str, kind: str) -> None:
    """Say when it will be easier, wait for the kinds that suit, and take one of them."""
    choice = page.locator("main input[name=ease]").and_(page.get_by_role("radio", name=ease))
    pick(page, ease)
    if page.locator("[data-by-hand]").is_visible():
        press(page, "按这个回答看办法")
    expect(page.locator("[name=shown_for]")).to_have_value(choice.get_attribute("value"))
    way = page.locator(f"#kind-{kind}")
    expect(way).to_be_visible()
    if not way.is_checked():
        page.locator(f"label[for=kind-{kind}]").click()
    press(page, "就按选的")

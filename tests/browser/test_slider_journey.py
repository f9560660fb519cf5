"""The sliders on the page of options: whatever is done to them quickly, the last value is the one
that is shown, computed with and stored.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.support.proposing import answer_all
from tests.support.signed_in import carry
from tests.support.walking import press


@pytest.fixture
def loan(phone, site) -> str:
    found = carry(phone, site, loan_ref=site.borrower.loans[0])
    answer_all(phone, found)
    return found


def said(page) -> list[str]:
    """Everything the console and the policy of the page have to say from here on."""
    words: list[str] = []
    page.on("console", lambda message: words.append(message.text))
    page.evaluate(
        "document.addEventListener('securitypolicyviolation',"
        " event => console.log('refused ' + event.effectiveDirective))"
    )
    return words


def stored(page, loan: str) -> str:
    """What the question itself shows of the answer."""
    page.goto(f"/loan/{loan}/plan/monthly")
    return page.locator("[name=answer]").input_value()


def computed_for(page) -> str:
    """For which amount the figures on the page were computed."""
    return page.locator("#plan-offer [name=shown_for]").input_value().partition("-")[0]


@pytest.mark.parametrize(
    ("keys", "ends_at"),
    [
        (["ArrowRight", "ArrowLeft"], "600"),  # back to where it stood
        (["ArrowLeft"] * 3 + ["ArrowRight"] * 3, "600"),
        (["ArrowRight"] * 4, "800"),
        (["ArrowLeft"] * 4 + ["ArrowRight"], "450"),
    ],
    ids=["there-and-back", "a-long-way-and-back", "up", "down-and-a-little-up"],
)
def test_the_last_of_quick_keys_wins(phone, site, loan, keys, ends_at):
    words = said(phone)
    slider = phone.locator("#monthly")
    slider.focus()
    with site.door.shut(), site.door.posts(1):
        for key in keys:
            phone.keyboard.press(key)
    phone.wait_for_load_state("networkidle")
    expect(phone.locator("#monthly-out")).to_have_text(re.compile(rf"¥{ends_at}(\.00)?$"))
    expect(slider).to_have_value(ends_at)
    expect(phone.locator("#plan-offer [name=shown_for]")).to_have_value(
        re.compile(f"^{ends_at}00-")
    )
    assert words == []
    assert stored(phone, loan).replace(",", "") in (ends_at, f"{ends_at}.00")


@pytest.mark.parametrize(
    "keys", [["ArrowRight"] * 3, ["ArrowRight"] * 4 + ["ArrowLeft"]], ids=["up", "up-and-back"]
)
def test_the_last_of_quick_keys_wins_for_what_is_paid_first_too(phone, site, loan, keys):
    words = said(phone)
    slider = phone.locator("#upfront")
    slider.focus()
    with site.door.shut(), site.door.posts(1):
        for key in keys:
            phone.keyboard.press(key)
    phone.wait_for_load_state("networkidle")
    ends_at = slider.input_value()
    expect(phone.locator("#upfront-out")).to_have_text(re.compile(rf"¥{ends_at}(\.00)?$"))
    shown_for = re.compile(f"^60000-{ends_at}00-")
    expect(phone.locator("#plan-offer [name=shown_for]")).to_have_value(shown_for)
    expect(phone.locator("#plan-offer")).to_contain_text(f"先还 ¥{ends_at}.00")
    assert words == []
    phone.goto(f"/loan/{loan}/plan/first-payment")
    assert phone.locator("[name=answer]").input_value() in (ends_at, f"{ends_at}.00")


def test_choosing_right_after_moving_shows_the_plans_for_it_first(phone, site, loan):
    """The button may be quicker than the figures."""
    phone.locator("#monthly").focus()
    phone.keyboard.press("ArrowRight")
    press(phone, "选好了，去核对")
    if phone.url.endswith("/options"):
        assert computed_for(phone) == "65000"
        press(phone, "选好了，去核对")
    assert phone.url.endswith("/plan/check")
    expect(phone.locator("main")).to_contain_text("¥650.00")


def test_without_script_a_moved_slider_is_never_passed_over(phone_without_js, site):
    page = phone_without_js
    found = carry(page, site, loan_ref=site.borrower.loans[0])
    answer_all(page, found)
    page.locator("#monthly").focus()
    page.keyboard.press("ArrowRight")
    press(page, "选好了，去核对")
    assert page.url.endswith("/plan/options")
    assert computed_for(page) == "65000"
    press(page, "选好了，去核对")
    expect(page.locator("main")).to_contain_text("¥650.00")

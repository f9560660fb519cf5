"""Pages anyone may open: accessible in every dress, no wider than the screen, light."""

import pytest

from tests.support.watching import PAGE_BYTES, PAGE_REQUESTS, axe, fits_the_screen, look_at, weigh

PHONE_PAGES = ["/", "/sign-in", "/help", "/callback", "/legal/user-agreement", "/legal/privacy"]
DRESSES = [{}, {"dark": True}, {"javascript": False}]


@pytest.mark.parametrize("dress", DRESSES, ids=["light", "dark", "no-js"])
@pytest.mark.parametrize("size", ["normal", "large"])
@pytest.mark.parametrize("address", PHONE_PAGES)
def test_phone_pages_are_accessible(open_page, address, size, dress):
    page = open_page(**dress)
    answer = page.goto(f"{address}?size={size}")
    assert answer.status == 200
    axe(page)
    fits_the_screen(page)


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("address", PHONE_PAGES)
def test_pages_fit_small_phones(open_page, address, width):
    page = open_page({"width": width, "height": 640})
    page.goto(f"{address}?size=large")
    fits_the_screen(page)


@pytest.mark.parametrize("address", PHONE_PAGES)
def test_a_page_is_light(phone, address):
    requests, size = weigh(phone, address)
    assert requests <= PAGE_REQUESTS
    assert size <= PAGE_BYTES


def test_the_desk_sign_in_is_accessible(desk):
    desk.goto("/admin/sign-in")
    axe(desk)
    fits_the_screen(desk)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_planted_fault_is_seen(open_page, javascript):
    page = open_page(javascript=javascript)
    page.goto("/help")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    page.evaluate("document.querySelector('main').style.width = '900px'")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)
    with pytest.raises(AssertionError, match="too wide"):
        fits_the_screen(page)


def test_a_page_that_gives_way_is_not_looked_at(phone):
    phone.goto("/help")
    phone.evaluate("document.querySelector('main').append(document.createElement('details'))")
    phone.evaluate(
        "document.querySelector('main > details').ontoggle = () => { location.href = '/sign-in'; }"
    )
    with pytest.raises(AssertionError, match=r"/help gave way to .*/sign-in"):
        look_at(phone)

"""What people do, page by page; each step says what it needs to have been answered."""

import re
import time
from collections.abc import Callable

from tests.load.browser import Answer, Browser, NoAnswer

TICKS = {f"clause_{code}": "yes" for code in ("limitation", "missed", "credit", "order")}
READING_SECONDS = 11
OK, SEEN = 200, (200, 303)
Code = Callable[[str], str]


class Refused(Exception):
    """An answer that is none of those a walk has a place for."""

    def __init__(self, answer: Answer) -> None:
        title = re.search(r"<title>(.*?)</title>", answer.text, re.S)
        told = title[1].strip() if title else ""
        super().__init__(f"{answer.status} at {answer.path}: {told}")
        self.status = answer.status


def shown(answer: Answer) -> Answer:
    """Pass a page that is there. Raises: Refused."""
    if answer.status != OK:
        raise Refused(answer)
    return answer


def sign_in(phone: Browser, mobile: str, last4: str, code: Code) -> Answer:
    """From the number to home, agreeing where it is asked."""
    page = shown(phone.get("/sign-in"))
    page = shown(phone.send(page, action="/sign-in", mobile=mobile))
    if page.path == "/sign-in":  # a crowded address names the last four first
        page = shown(phone.send(page, action="/sign-in", mobile=mobile, id_last4=last4))
    page = shown(phone.send(page, action="/sign-in/code", code=code(mobile)))
    if page.path == "/sign-in/person":
        page = shown(phone.send(page, action="/sign-in/person", id_last4=last4))
    if page.path == "/sign-in/agree":
        page = shown(phone.send(page, action="/sign-in/agree", user_agreement="y", privacy="y"))
    if page.path != "/home":
        raise Refused(page)
    return page


def to_monthly(phone: Browser, loan: str) -> Answer:
    """Past the reason and the kind, to the page of the monthly amount."""
    page = shown(phone.get(f"/loan/{loan}/plan"))
    if page.path.endswith("/plan/loans"):
        shown(phone.send(page, action="/loans", answer=loan))
    page = shown(phone.get(f"/loan/{loan}/plan/reason"))
    page = shown(phone.send(page, action="/reason", button="skip"))
    return shown(phone.send(page, button="就按选的", kind="reamortise"))


def to_options(phone: Browser, loan: str, monthly: str = "1300") -> Answer:
    """To the plans that fit."""
    page = shown(phone.send(to_monthly(phone, loan), answer=monthly))
    if page.path.endswith("/household"):
        page = shown(phone.send(page, button="skip"))
    return page


def propose(phone: Browser, loan: str, choice: str = "best_fit") -> str:
    """From the loan to the proposal; return its version."""
    page = to_options(phone, loan)
    page = shown(phone.send(page, button="choose", choice=choice))
    page = shown(again(lambda: phone.send(page, action="/plan/check")))
    return page.path.split("/")[-2]


def approve(desk: Browser, version: str) -> int:
    """Show an approval and send it; sent again where no answer came. Return how often none came.

    Raises: Refused.
    """
    lost = 0

    def show() -> Answer:
        page = shown(desk.get(f"/admin/plan/{version}"))
        words = {"answer": "approve", "reason_code": "within_means", "words": ""}
        return shown(desk.send(page, button="preview", **words))

    preview = again(show)
    while True:
        try:
            answer = desk.sent(preview, button="send")
        except NoAnswer:
            lost += 1
            time.sleep(0.1)
            continue
        if answer.status == 303:
            return lost
        if answer.status < 500:
            raise Refused(answer)
        time.sleep(0.1)


def sign(phone: Browser, version: str, mobile: str, code: Code) -> str:
    """Read, confirm and sign an approved plan; return the agreement's number."""
    page = shown(phone.get(f"/plan/{version}/sign"))
    time.sleep(READING_SECONDS)
    page = shown(phone.send(page, action="/sign", **TICKS))
    page = shown(again(lambda: phone.send(page, action="/sign/code", code=code(mobile))))
    found = re.search(r"/agreement/(AH-\d+-\d+)/signed", page.path)
    if not found:
        raise Refused(page)
    return found[1]


def again(act: Callable[[], Answer], seconds: float = 30) -> Answer:
    """Do what may be done twice until it is answered. Raises: NoAnswer, Refused."""
    until = time.monotonic() + seconds
    while True:
        try:
            answer = act()
            if answer.status < 500 or time.monotonic() > until:
                return answer
        except NoAnswer:
            if time.monotonic() > until:
                raise
        except Refused as refused:
            if refused.status < 500 or time.monotonic() > until:
                raise
        time.sleep(0.1)

"""A browser that speaks HTTP over a line of its own each time, carries cookies and sends forms."""

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from tests.load.forms import Form, forms_in

SECONDS = 20
MOVED = (301, 302, 303, 307, 308)
Note = Callable[[str, int, float], None]


class NoAnswer(Exception):
    """The line broke, or nothing came: nobody knows whether what was sent was done."""


@dataclass
class Answer:
    """What came back; `path` is where the browser ended."""

    status: int
    path: str
    content: bytes
    location: str = ""

    @cached_property
    def text(self) -> str:
        """The words of a page."""
        return self.content.decode("utf-8", "replace")

    def form(self, action: str = "", button: str = "") -> Form:
        """Return the form that goes there and has that button. Raises: LookupError."""
        for one in forms_in(self.text):
            target = one.action or self.path
            named = not button or any(
                button in (told.get("value"), told.get("name")) or button in told["words"]
                for told in one.buttons
            )
            if one.method == "post" and action in target and "sign-out" not in target and named:
                return one
        raise LookupError(f"no form {action} {button} at {self.path} ({self.status})")


@dataclass
class Browser:
    """One person's browser, at an address of theirs behind our proxy; `note` hears of each
    answer.
    """

    port: int
    address: str = "10.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)
    note: Note | None = None

    def get(self, path: str) -> Answer:
        """Fetch a page and go where it leads."""
        return self._followed(self.asked("GET", path))

    def send(self, page: Answer, *, action: str = "", button: str = "", **given: str) -> Answer:
        """Send a form and go where it leads."""
        return self._followed(self.sent(page, action=action, button=button, **given))

    def sent(self, page: Answer, *, action: str = "", button: str = "", **given: str) -> Answer:
        """Send a form and return the answer itself."""
        target, pairs = page.form(action, button).sent(button, given)
        where = urljoin(page.path, target) if target else page.path
        return self.asked("POST", where, urlencode(pairs))

    def asked(self, method: str, path: str, body: str = "") -> Answer:
        """One request. Raises: NoAnswer."""
        began = time.monotonic()
        try:
            answer = self._asked(method, path, body)
        except (OSError, http.client.HTTPException) as problem:
            if self.note:
                self.note(path, 0, time.monotonic() - began)
            raise NoAnswer(f"{type(problem).__name__} at {path}") from problem
        if self.note:
            self.note(path, answer.status, time.monotonic() - began)
        return answer

    def _asked(self, method: str, path: str, body: str) -> Answer:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        host = f"127.0.0.1:{self.port}"
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-Forwarded-For": self.address,
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": host,
            "Connection": "close",
        }
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers |= {"Referer": f"http://{host}{path}", "Origin": f"http://{host}"}
        try:
            line.request(method, path, body or None, headers)
            answer = line.getresponse()
            data = answer.read()
        finally:
            line.close()
        for value in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(value).items():
                self.cookies[name] = morsel.value
        return Answer(answer.status, path, data, answer.headers.get("Location", ""))

    def _followed(self, answer: Answer) -> Answer:
        for _hop in range(8):
            if answer.status not in MOVED:
                return answer
            target = urlsplit(urljoin(answer.path, answer.location))
            where = target.path + (f"?{target.query}" if target.query else "")
            answer = self.asked("GET", where)
        raise NoAnswer(f"goes round at {answer.path}")

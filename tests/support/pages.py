"""A browser without JavaScript that checks every page it fetches and fills in forms as a person
would.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient

from tests.support.page_checks import check_page
from tests.support.page_reading import Element, Form, find_form, read

HTML = "text/html"


class CheckingClient(FlaskClient):
    """`get` and `post` as ever, each HTML answer checked and readable at `response.page`."""

    def open(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("buffered", True)  # read to the end and closed, as a server does
        response = super().open(*args, **kwargs)
        if response.mimetype == HTML and response.get_data():
            text = response.get_data(as_text=True)
            partial = "<html" not in text[:400]
            response.page = read(text, partial=partial)
            if response.status_code not in (301, 302, 303, 307, 308):
                if partial:
                    asked = response.request.headers
                    assert asked.get("HX-Request"), (
                        f"{response.request.path}: half a page outside htmx"
                    )
                check_page(response, partial=partial)
        return response

    def post_form(
        self,
        response: Any,
        *,
        _action: str | None = None,
        _button: str | None = None,
        _extra: dict[str, Any] | None = None,
        _follow: bool = True,
        **values: Any,
    ):
        """Send a form of the page with its own hidden values, the CSRF token among them.

        _action: part of the form's address where main holds several forms; _button: text or value
        of the button pressed; _extra: fields the page does not have. A value of None leaves a field
        out, True ticks it.
        """
        form = find_form(response.page, _action)
        button = _pressed(form, _button)
        pairs = _filled(form, values) + _named(button) + _pairs(_extra or {})
        action = (button and button.get("formaction")) or form.element.get("action")
        target = urljoin(response.request.path, action or response.request.full_path.rstrip("?"))
        data: dict[str, Any] = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value)
        if form.method == "get":
            return self.get(target, query_string=data, follow_redirects=_follow)
        return self.post(
            target,
            data=data,
            follow_redirects=_follow,
            headers={"Referer": urljoin(response.request.host_url, response.request.path)},
            content_type="multipart/form-data" if form.is_multipart else None,
        )

    def follow(self, response: Any, text: str):
        """Fetch the link that says `text`."""
        links = [a for a in response.page.iter("a") if text in a.text()]
        assert links, f"no link says {text!r}"
        target = urljoin(response.request.path, links[0].get("href") or "")
        assert not urlsplit(target).netloc, f"{target} leaves the site"
        return self.get(target, follow_redirects=True)


def post_form(client: CheckingClient, response: Any, **values: Any):
    """`client.post_form`, for those who like functions."""
    return client.post_form(response, **values)


def _pairs(values: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in values.items():
        many = value if isinstance(value, list) else [value]
        found += [(name, one) for one in many if one is not None]
    return found


def _filled(form: Form, values: dict[str, Any]) -> list[tuple[str, Any]]:
    unknown = set(values) - set(form.names)
    assert not unknown, f"the form has no field {sorted(unknown)}; it has {sorted(form.names)}"
    given = {
        name: form.tick_value(name) if value is True else value for name, value in values.items()
    }
    kept = [(name, value) for name, value in form.values if name not in given]
    return kept + _pairs(given)


def _pressed(form: Form, button: str | None) -> Element | None:
    buttons: Iterable[Element] = form.buttons
    if button is not None:
        buttons = [
            b for b in form.buttons if button in (b.text(), b.get("value")) or button in b.text()
        ]
        assert buttons, f"no button says {button!r}"
    return next(iter(buttons), None)


def _named(button: Element | None) -> list[tuple[str, Any]]:
    name = button.get("name") if button else None
    return [(name, button.get("value") or "")] if button and name else []

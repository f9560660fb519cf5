"""Forms of a page as a browser sends them, read quickly."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

UNSENT = ("submit", "button", "reset", "image", "file")


@dataclass
class Form:
    """What a browser would send, and by which buttons."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)

    def sent(self, button: str, given: dict[str, str]) -> tuple[str, list[tuple[str, str]]]:
        """Return where it goes and with what; the button is known by its words, name or value."""
        kept = [(name, value) for name, value in self.values if name not in given]
        pairs, action = kept + list(given.items()), self.action
        pressed = [one for one in self.buttons if button and button in one.values()]
        pressed += [one for one in self.buttons if button and button in one["words"]]
        if button and not pressed:
            raise LookupError(f"no button {button} at {self.action}")
        if pressed:
            action = pressed[0].get("formaction") or action
            if "name" in pressed[0]:
                pairs.append((pressed[0]["name"], pressed[0].get("value", "")))
        return action, pairs


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.away: list[tuple[str, tuple[str, str]]] = []
        self.ids: dict[str, Form] = {}
        self._form: Form | None = None
        self._select = self._area = ""
        self._chosen: str | None = None
        self._first: str | None = None
        self._button: dict[str, str] | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(told.get("action", ""), told.get("method", "get").lower())
            self.forms.append(self._form)
            self.ids[told.get("id", "")] = self._form
        elif tag == "input" and told.get("name") and "disabled" not in told:
            self._input(told)
        elif tag == "select":
            self._select, self._chosen, self._first = told.get("name", ""), None, None
        elif tag == "option" and self._select:
            value = told.get("value", "")
            self._first = value if self._first is None else self._first
            self._chosen = value if "selected" in told else self._chosen
        elif tag == "textarea":
            self._area, self._words = told.get("name", ""), []
        elif tag == "button" and self._form is not None:
            self._button, self._words = told, []
            self._form.buttons.append(told)

    def _input(self, told: dict[str, str]) -> None:
        kind = told.get("type", "text")
        ticked = kind not in ("checkbox", "radio") or "checked" in told
        if kind in UNSENT or not ticked:
            return
        pair = told["name"], told.get("value", "on" if kind == "checkbox" else "")
        if "form" in told:
            self.away.append((told["form"], pair))
        elif self._form is not None:
            self._form.values.append(pair)

    def handle_endtag(self, tag: str) -> None:
        form = self._form
        if tag == "form":
            self._form = None
        elif tag == "select" and form is not None and self._select:
            chosen = self._first if self._chosen is None else self._chosen
            form.values.append((self._select, chosen or ""))
            self._select = ""
        elif tag == "textarea" and form is not None and self._area:
            form.values.append((self._area, "".join(self._words).removeprefix("\n")))
            self._area = ""
        elif tag == "button" and self._button is not None:
            self._button["words"] = "".join(self._words).strip()
            self._button = None

    def handle_data(self, data: str) -> None:
        if self._area or self._button is not None:
            self._words.append(data)


def forms_in(text: str) -> list[Form]:
    """Return the forms of a page."""
    reader = _Reader()
    reader.feed(text)
    for name, pair in reader.away:
        if name in reader.ids:
            reader.ids[name].values.append(pair)
    return reader.forms

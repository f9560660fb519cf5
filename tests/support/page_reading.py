"""HTML as tests read it: html5lib's strict eye on the text, a small tree on top."""

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import html5lib

CONTROLS = ("input", "select", "textarea", "button")
UNSENT_TYPES = {"submit", "button", "reset", "image", "file"}
SILENT = {"script", "style", "template", "!"}
APART = {"p", "li", "td", "th", "dt", "dd", "div", "br"}


@functools.cache  # a page asks a hundred thousand times
def _name(tag: str | Callable) -> str:
    """Without its namespace; a comment, whose tag is a function, is "!"."""
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else "!"


class Element:
    """One element; names without namespaces."""

    def __init__(self, node: ElementTree.Element) -> None:
        self.node = node

    @property
    def name(self) -> str:
        return _name(self.node.tag)

    @property
    def attributes(self) -> dict[str, str]:
        return dict(self.node.attrib)

    def get(self, name: str, default: str | None = None) -> str | None:
        return self.node.get(name, default)

    def iter(self, *names: str) -> Iterator["Element"]:
        for node in self.node.iter():
            name = _name(node.tag)
            if name != "!" and (not names or name in names):
                yield Element(node)

    def first(self, name: str) -> "Element | None":
        return next(self.iter(name), None)

    def by_id(self, name: str) -> "Element":
        return next(one for one in self.iter() if one.get("id") == name)

    def text(self) -> str:
        """The words a person reads, blanks joined."""
        said: list[str] = []
        _hear(self.node, said)
        return " ".join("".join(said).split())

    def has_class(self, name: str) -> bool:
        return name in (self.get("class") or "").split()


class Page(Element):
    """A parsed page with the faults the parser met."""

    def __init__(self, node: ElementTree.Element, faults: list[str]) -> None:
        super().__init__(node)
        self.faults = faults

    @property
    def title(self) -> str:
        found = self.first("title")
        return found.text() if found else ""


def _hear(node: ElementTree.Element, said: list[str]) -> None:
    if _name(node.tag) in SILENT:
        return
    said.append(node.text or "")
    for child in node:
        _hear(child, said)
        said.append(child.tail or "")
        if _name(child.tag) in APART:
            said.append(" ")


def read(text: str, *, partial: bool = False) -> Page:
    """Parse a page (or part of one); its `faults` say where the HTML is not valid."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree = parser.parseFragment(text) if partial else parser.parse(text)
    faults = [f"line {position[0]}: {code} {values}" for position, code, values in parser.errors]
    return Page(tree, faults)


@dataclass
class Form:
    """What a browser would send."""

    element: Element
    names: list[str] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[Element] = field(default_factory=list)

    @property
    def method(self) -> str:
        return (self.element.get("method") or "get").lower()

    @property
    def is_multipart(self) -> bool:
        return self.element.get("enctype") == "multipart/form-data"

    def tick_value(self, name: str) -> str:
        for box in self.element.iter("input"):
            if box.get("name") == name and box.get("type") == "checkbox":
                return box.get("value") or "on"
        raise AssertionError(f"{name} is no checkbox")


def find_form(page: Page, action: str | None = None) -> Form:
    """The form whose address is `action`, else the one that holds it; without it the one form of
    main.
    """
    where = page.first("main") or page
    forms = list((page if action else where).iter("form")) or list(page.iter("form"))
    if action:
        holding = [form for form in forms if action in (form.get("action") or "")]
        forms = [form for form in holding if form.get("action") == action] or holding
    elif len(forms) > 1:
        forms = [form for form in forms if (form.get("method") or "").lower() == "post"] or forms
    assert len(forms) == 1, f"{len(forms)} forms fit {action!r}: {[f.get('action') for f in forms]}"
    form = Form(forms[0])
    # What stands outside a form and names it is sent with it.
    name = forms[0].get("id")
    away = [one for one in page.iter(*CONTROLS) if name and one.get("form") == name]
    _read_controls(form, [*forms[0].iter(*CONTROLS), *away])
    return form


def _read_controls(form: Form, controls: Iterable[Element]) -> None:
    for one in controls:
        kind = (one.get("type") or ("submit" if one.name == "button" else "text")).lower()
        if kind in ("submit", "image") and one.name in ("button", "input"):
            form.buttons.append(one)
        name = one.get("name")
        if not name or one.get("disabled") is not None:
            continue
        form.names.append(name)
        form.values += [(name, value) for value in _sent(one, kind)]


def _sent(one: Element, kind: str) -> list[str]:
    if one.name == "select":
        options = list(one.iter("option"))
        chosen = [o for o in options if o.get("selected") is not None] or options[:1]
        return [o.get("value") if o.get("value") is not None else o.text() for o in chosen]
    if one.name == "textarea":
        return ["".join(one.node.itertext())]
    if one.name == "button" or kind in UNSENT_TYPES:
        return []
    if kind in ("checkbox", "radio"):
        return [one.get("value") or "on"] if one.get("checked") is not None else []
    return [one.get("value") or ""]

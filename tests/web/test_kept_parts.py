"""Parts of pages that are written once are told apart by all they depend on."""

import re
from pathlib import Path

import pytest
from flask import render_template_string, session

from app.web import kept_parts

TEMPLATES = Path(__file__).resolve().parents[2] / "app" / "templates"
PART = "{% call kept('part', n) %}{{ n }} {{ words }}{% endcall %}"


def said(app, *, n=1, words="x", language="zh-Hans", size="normal", base=""):
    with app.test_request_context("/", base_url=f"http://localhost{base}"):
        session["lang"], session["size"] = language, size
        return render_template_string(PART, n=n, words=words)


def test_a_part_is_written_once(app):
    assert said(app, words="first") == said(app, words="second") == "1 first"


@pytest.mark.parametrize(
    "other",
    [{"n": 2}, {"size": "large"}, {"base": "/below"}],
    ids=lambda one: next(iter(one)),
)
def test_what_it_depends_on_tells_it_apart(app, other):
    assert said(app, words="first").endswith("first")
    assert said(app, words="second", **other).endswith("second")
    assert said(app, words="third").endswith("first")


def test_another_language_is_another_part(app, monkeypatch):
    told = {"now": "zh-Hans"}
    monkeypatch.setattr(kept_parts, "language", lambda: told["now"])
    assert said(app, words="first") == "1 first"
    told["now"] = "en"
    assert said(app, words="second") == "1 second"


def test_no_more_are_kept_than_there_may_be(app, monkeypatch):
    monkeypatch.setattr(kept_parts, "MOST_KEPT", 2)
    for n in range(5):
        assert said(app, n=n, words="x") == f"{n} x"
    with app.test_request_context("/"):
        assert all(len(one) <= 2 for one in app.extensions["anhuan_parts"].values())


def test_each_part_of_the_templates_has_a_name_of_its_own():
    names = [
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r"call kept\(\s*\"([^\"]+)\"", path.read_text(encoding="utf-8"))
    ]
    assert len(names) == len(set(names)) > 5


def test_nothing_of_a_person_stands_in_a_part():
    for path in TEMPLATES.rglob("*.html"):
        for part in re.findall(
            r"call kept\(.*?endcall", path.read_text(encoding="utf-8"), flags=re.DOTALL
        ):
            assert not re.search(r"csrf_token|current_user|request\.|flashed|public_id", part), path


def test_an_address_is_that_of_its_blueprint(app):
    both = "{{ url_for('.sign_in') }} {{ url_for('public.help_page') }}"
    for path, own in (("/home", "/sign-in"), ("/admin/", "/admin/sign-in"), ("/home", "/sign-in")):
        with app.test_request_context(path):
            assert render_template_string(both).split() == [own, "/help"]


def test_a_picture_is_drawn_small_or_large(app):
    with app.test_request_context("/"):
        large, small = kept_parts.drawn("mark"), kept_parts.drawn("mark", small=True)
        assert ("#mark" in large, "#mark" in small) == (True, True)
        assert ("ah-ico--s" in large, "ah-ico--s" in small) == (False, True)
        assert kept_parts.drawn("mark") == large

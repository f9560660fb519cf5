"""The house rules that a machine can read; each is first seen to find a planted fault."""

import pytest

from tests.support import source_rules as rules

CORE = ("app/domain", "app/services", "app/models")
PLANTED = [
    (rules.too_long(2), "a\nb\nc\n"),
    (rules.wide_lines(4), "<p>\n款款款款款"),
    (rules.unformatted, "x = 1  # fmt: " + "skip"),
    (rules.unformatted, "# fmt:" + "off"),
    (rules.namesakes, {"a.py": "class A: pass", "b.py": "class A: pass"}),
    (rules.namesakes, {"a.py": "class A:\n    class B: pass\nclass B: pass"}),
    (rules.crowded_packages, {"app/services/notes.py": ""}),
    (rules.crowded_packages, {f"app/services/a/{i}.py": "" for i in range(13)}),
    (rules.crowded_packages, {"app/services/a/b.py": "\n" * 2001}),
    (rules.long_functions, "def f():\n" + "    x = 1\n" * 61),
    (rules.long_functions, "def f(a, b, c, d, e, f): pass"),
    (rules.inexact_numbers, "x = float('1')"),
    (rules.inexact_numbers, "x = round(1)"),
    (rules.inexact_numbers, "x = 3 * 0.1"),
    (rules.clock_readings, "from datetime import datetime\nx = datetime.now()"),
    (rules.clock_readings, "import datetime\nx = datetime.date.today()"),
    (rules.clock_readings, "x = datetime.utcnow()"),
    (rules.eager_texts, "LABEL = _('好')"),
    (rules.eager_texts, "class F:\n    label = _('好')"),
    (rules.eager_texts, "def f(x=_('好')): pass"),
    (rules.missing_docstrings, "'''M.'''\ndef f(): pass"),
    (rules.missing_docstrings, "def _f(): pass"),
    (rules.positional_services, "def f(session, x): pass"),
    (rules.unsafe_markup, "{{ words | safe }}"),
    (rules.unsafe_markup, "<p style='color:red'>"),
    (rules.unsafe_markup, "<a onclick='x()'>"),
    (rules.unsafe_python_markup, "Markup(words)"),
    (rules.harsh_words, "后果自负"),
    (rules.hasty_clicks, 'page.get_by_role("link", name="帮助").first.click()'),
    (rules.hasty_clicks, 'page.get_by_role("button", name=x).dblclick(no_wait_after=True)'),
    (rules.unpinned, "flask>=3"),
    (rules.unpinned, "flask"),
    (rules.unpinned, "-i https://example.org/simple"),
]
INNOCENT = [
    (rules.wide_lines(4), "<p>\n款款款款"),
    (rules.unformatted, "x = 1  # formatted"),
    (rules.namesakes, {"a.py": "class A:\n    class Meta: pass\nclass B:\n    class Meta: pass"}),
    (rules.crowded_packages, {"app/services/__init__.py": "", "app/services/a/b.py": "\n"}),
    (rules.eager_texts, "def f():\n    return _('好')"),
    (rules.eager_texts, "LABEL = _l('好')"),
    (rules.clock_readings, "x = clock.now()\ny = now()"),
    (rules.positional_services, "def f(session, *, x): pass\ndef g(a, b): pass"),
    (rules.hasty_clicks, 'press(page, "继续")\npage.locator("summary").first.click()'),
    (rules.unpinned, "# words\nflask==3.1.3  # asked for\npsycopg[binary,pool]==3.3.9"),
]


@pytest.mark.parametrize(("rule", "text"), PLANTED)
def test_a_planted_fault_is_found(rule, text):
    assert rule(text)


@pytest.mark.parametrize(("rule", "text"), INNOCENT)
def test_what_is_allowed_is_not_reported(rule, text):
    assert not rule(text)


@pytest.mark.parametrize(
    ("folders", "rule"),
    [
        (("app", "migrations", "tests"), rules.too_long(rules.FILE_LINES)),
        (("app", "migrations", "tests"), rules.wide_lines(rules.PYTHON_COLUMNS)),
        (("app", "migrations", "tests"), rules.unformatted),
        (("app",), rules.long_functions),
        (CORE, rules.inexact_numbers),
        (("app",), rules.eager_texts),
        (("app",), rules.unsafe_python_markup),
        (("app/domain", "app/ports", "app/services"), rules.missing_docstrings),
        (("app/services",), rules.positional_services),
        (("app", "migrations"), rules.harsh_words),
        (("tests/browser", "tests/support"), rules.hasty_clicks),
    ],
)
def test_python_keeps_the_rule(folders, rule):
    assert not rules.faults_in(rules.python_files(*folders), rule)


@pytest.mark.parametrize(
    ("folder", "rule"), [("app", rules.namesakes), ("app/services", rules.crowded_packages)]
)
def test_all_together_keep_the_rule(folder, rule):
    assert not rule(rules.texts_of(folder))


def test_only_the_clock_tells_the_time():
    readers = [path for path in rules.python_files("app", "migrations") if path.name != "clock.py"]
    assert not rules.faults_in(readers, rules.clock_readings)


def test_no_module_has_an_empty_name():
    assert not [
        p
        for p in rules.python_files("app", "tests", "migrations")
        if p.stem in rules.BANNED_MODULES
    ]


@pytest.mark.parametrize(
    "rule",
    [
        rules.wide_lines(rules.TEMPLATE_COLUMNS),
        rules.unsafe_markup,
        rules.harsh_words,
    ],
)
def test_templates_keep_the_rule(rule):
    assert not rules.faults_in(rules.template_files(), rule)


def test_templates_of_pages_stay_short():
    pages = [path for path in rules.template_files() if path.suffix != ".typ"]
    assert not rules.faults_in(pages, rules.too_long(rules.TEMPLATE_LINES))


def test_catalogues_use_no_harsh_words():
    assert not rules.faults_in(
        sorted((rules.ROOT / "translations").rglob("*.po")), rules.harsh_words
    )


def test_text_messages_name_no_debt():
    telling = [
        path.name
        for path in (rules.ROOT / "app/templates/sms").iterdir()
        for word in "债 逾期 催收".split()
        if word in path.read_text()
    ]
    assert not telling


def test_conftests_stay_short():
    conftests = [path for path in rules.python_files("tests") if path.name == "conftest.py"]
    assert not rules.faults_in(conftests, rules.too_long(rules.CONFTEST_LINES))


def test_requirements_are_pinned():
    files = [rules.ROOT / "requirements.txt", rules.ROOT / "tests" / "requirements.txt"]
    assert not rules.faults_in(files, rules.unpinned)

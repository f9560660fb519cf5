"""What the papers name is there: every path, every name right after a file, every line of the
map.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source_rules import ROOT, faults_in

README = ROOT / "README.md"
PAPERS = [README, ROOT / "docs" / "how-it-works.md", ROOT / "docs" / "CONTRIBUTING.md"]
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|html|txt|typ|json|md|toml))")
FILE_AND_NAMES = re.compile(r"`([\w./-]+/[\w.-]+\.py)`((?:,?\s+`[A-Za-z_][A-Za-z_.]*`)+)")
MADE_HERE = ("instance/",)  # not before the product has run


def absent_paths(text: str) -> list[str]:
    """Paths in backticks that lead nowhere; one without a folder may lie anywhere."""
    spans = [one for one in SPAN.findall(FENCE.sub("", text)) if PATH.fullmatch(one)]
    return [one for one in spans if not one.startswith(MADE_HERE) and not _is_there(one)]


def _is_there(path: str) -> bool:
    if (ROOT / path).exists():
        return True
    folders = ("app", "docs", "tests", "migrations")
    return "/" not in path and any(
        found for folder in folders for found in (ROOT / folder).rglob(path)
    )


def absent_names(text: str) -> list[str]:
    """Names right after a Python file that it does not have."""
    return [
        f"{path}: {name}"
        for path, names in FILE_AND_NAMES.findall(text)
        for name in SPAN.findall(names)
        if not _has(ROOT / path, name)
    ]


def _has(path: Path, name: str) -> bool:
    code = path.read_text(encoding="utf-8") if path.is_file() else ""
    return all(re.search(rf"\b{part}\b", code) for part in name.split("."))


def map_lines(text: str) -> Iterator[tuple[str, str]]:
    """Each entry of the map, a folder or a file, with the files its line names beside it."""
    parents: list[tuple[int, str]] = []
    for line in FENCE.findall(text[text.index("## Where things are") :])[0].splitlines()[1:-1]:
        indent, entry = len(line) - len(line.lstrip()), line.split()[0]
        if not entry.endswith(("/", ".py")):  # the line before goes on
            entry, indent = parents[-1][1], -1
        else:
            parents = [one for one in parents if one[0] < indent]
            entry = "".join([*(parents[-1][1:] if parents else ()), entry])
            if entry.endswith("/"):
                parents.append((indent, entry))
        yield entry, line


def absent_places(text: str) -> list[str]:
    """Entries of the map that are not there, and files they name."""
    found = []
    for entry, line in map_lines(text):
        folder = Path(entry) if entry.endswith("/") else Path(entry).parent
        named = [folder / name for name in re.findall(r"(?<!\*)\b[a-z_]+\.py\b", line)]
        found += [str(one) for one in (Path(entry), *named) if not (ROOT / one).exists()]
    return found


SMALL_MAP = "## Where things are\n\n```\napp/\n  domain/  {}\n    nowhere.py  lost\n```\n"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (absent_paths, "`app/nowhere.py`"),
        (absent_paths, "`tests/nowhere/`"),
        (absent_paths, "`nowhere.py`"),
        (absent_names, "`app/config.py` `Settings`, `nobody`"),
        (absent_names, "`app/config.py`\n  `Settings.nobody`"),
        (absent_names, "`app/nowhere.py` `Settings`"),
        (absent_places, SMALL_MAP.format("rules")),
    ],
)
def test_what_is_not_there_is_found(rule, text):
    assert rule(text)


def test_what_a_line_of_the_map_names_is_looked_for():
    assert "app/domain/nobody.py" in absent_places(SMALL_MAP.format("nobody.py makes them"))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (absent_paths, "`app/config.py`, `app/domain/`, `arrears.py`, `plan_<name>.html`, `*.py`"),
        (absent_names, "`app/config.py` `Settings.from_env`, `_Reader`; `nobody`"),
    ],
)
def test_what_is_there_is_not_reported(rule, text):
    assert not rule(text)


@pytest.mark.parametrize("rule", [absent_paths, absent_names])
def test_what_papers_name_is_there(rule):
    assert not faults_in(PAPERS, rule)


def test_the_map_is_of_this_house():
    assert not faults_in([README], absent_places)


def test_the_map_names_every_package_of_services():
    told = {entry for entry, _line in map_lines(README.read_text(encoding="utf-8"))}
    packages = {path.parent.name for path in (ROOT / "app" / "services").glob("*/__init__.py")}
    assert packages
    assert not {f"app/services/{one}/" for one in packages} - told

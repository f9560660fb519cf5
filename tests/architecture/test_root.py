"""The root keeps to its list; the product stands alone."""

import re
import subprocess

import pytest

from tests.support.source_rules import ROOT

ALLOWED = {
    *("app", "migrations", "translations", "tests", "docs"),
    *(
        "wsgi.py",
        "requirements.txt",
        "README.md",
        "Makefile",
        "pyproject.toml",
        "CHANGELOG.md",
        "SECURITY.md",
    ),
}
FOREIGN = re.compile(
    r"\.\./"
    + r"shared|/work/"
    + r"(main|shared)|--(extra-)?index"
    + r"-url|files\.python"
    + r"hosted|--find"
    + r"-links"
)


def tracked() -> list[str]:
    found = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [name for name in found.stdout.split("\0") if name and (ROOT / name).is_file()]
    assert names
    return names


def foreign_words(text: str) -> list[str]:
    return [match.group() for match in FOREIGN.finditer(text)]


def test_the_root_keeps_to_its_list():
    top = {name.split("/")[0] for name in tracked()}
    assert not {name for name in top if not name.startswith(".")} - ALLOWED


@pytest.mark.parametrize(
    "text", ["see ../" + "shared/design", "--index" + "-url x", "/work/" + "main/app"]
)
def test_a_foreign_word_is_found(text):
    assert foreign_words(text)


def test_nothing_points_outside_the_product():
    found = []
    for name in tracked():
        data = (ROOT / name).read_bytes()
        if b"\0" not in data[:1024]:
            found += [f"{name}: {word}" for word in foreign_words(data.decode("utf-8", "replace"))]
    assert not found


def test_the_example_names_every_setting():
    readers = [*(ROOT / "app").glob("config*.py"), ROOT / "migrations" / "env.py"]
    code = "".join(path.read_text(encoding="utf-8") for path in readers)
    read = set(re.findall(r'"([A-Z]+_[A-Z_]+|HOTLINE)"', code))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    told = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert read
    assert not read - told

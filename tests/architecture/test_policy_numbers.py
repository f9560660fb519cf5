"""No words say a number of the policy: it comes from the version in force."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.support import source_rules as rules
from tests.support.policy_words import old_numbers

HAN = re.compile(r"[\u4e00-\u9fff]")
CATALOGUE = rules.ROOT / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
SAID_FOR_OTHER_REASONS = (
    "约 1 分钟",  # how long it takes to fill in
    r"1( 到 |–)3 个工作日",  # the lender's reports to the credit bureau
    "1 个工作日内显示",  # a setting's demo value
    "每天 8:00–22:00",
    "填到一半",
)


def literals(path: Path) -> list[str]:
    """The Chinese texts of a module, docstrings aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in told
        and HAN.search(node.value)
    ]


def faults(texts) -> list[str]:
    return [one for text in texts for one in old_numbers(text, SAID_FOR_OTHER_REASONS)]


@pytest.mark.parametrize(
    "text",
    [
        "15 天内答复",
        "十五天内答复",
        "三十天不联络",
        "最晚 1 个工作日",
        "最晚下一个工作日",
        "5 分钟内有效",
        "过 60 秒再试",
        "起算三年",
        "22:00 到次日 8:00 不打",
        "晚上 10 点到早上八点",
        "不超过余下的一半",
        "全部息费一年不超过 24%",
        "至少两人",
        "每期最少 ¥100.00",
        "50000 元以内",
        "12 个月里一次",
        "存 90 天",
    ],
)
def test_a_planted_number_is_found(text):
    assert old_numbers(text)


@pytest.mark.parametrize(
    "text", ["115 天", "2026年12月3日", "18:00", "¥1,100.00", "3.5 年", "1 期", "一年", "两位小数"]
)
def test_another_number_is_not(text):
    assert not old_numbers(text)


def test_no_text_of_the_catalogue_says_one():
    with CATALOGUE.open("rb") as file:
        assert not faults(str(one.id) for one in read_po(file))


@pytest.mark.parametrize("path", rules.python_files("app"), ids=lambda path: path.name)
def test_no_text_of_the_code_says_one(path):
    assert not faults(literals(path))


@pytest.mark.parametrize(
    "path",
    # what was published stays as it was: its hash is in the consents
    [path for path in rules.template_files() if path.parent.name != "legal"],
    ids=lambda path: path.name,
)
def test_no_template_says_one(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert not faults(line for line in lines if HAN.search(line))


def test_no_script_says_one():
    scripts = sorted((rules.ROOT / "app" / "static" / "js").glob("*.js"))
    assert not faults(path.read_text(encoding="utf-8") for path in scripts)

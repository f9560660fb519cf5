"""House rules read off the source: each function takes a text and returns what is wrong with it."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE_LINES, FUNCTION_LINES, POSITIONAL_PARAMETERS = 500, 60, 5
PYTHON_COLUMNS = 100
TEMPLATE_LINES, TEMPLATE_COLUMNS, CONFTEST_LINES = 120, 140, 150
PACKAGE_FILES, PACKAGE_LINES = 12, 2_000
BANNED_MODULES = {"utils", "helpers", "common", "misc", "manager"}
BANNED_WORDS = (ROOT / "app/services/core/banned_words.txt").read_text(encoding="utf-8").split()
CLOCK_CALLS = {"now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp"}
CLOCK_OWNERS = {"datetime", "date"}
TRANSLATORS = {"_", "gettext", "ngettext", "pgettext"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found, f"nothing to read in {folders}"
    return found


def template_files() -> list[Path]:
    folder = ROOT / "app" / "templates"
    return sorted(path for path in folder.rglob("*") if path.suffix in (".html", ".txt", ".typ"))


def faults_in(paths: list[Path], rule: Callable[[str], list[str]]) -> list[str]:
    """Apply a rule to files; every fault with its file."""
    return [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in paths
        for fault in rule(path.read_text(encoding="utf-8"))
    ]


def texts_of(*folders: str) -> dict[str, str]:
    """Python files by their path, for rules that look at many at once."""
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in python_files(*folders)
    }


def too_long(limit: int) -> Callable[[str], list[str]]:
    def rule(text: str) -> list[str]:
        lines = len(text.splitlines())
        return [f"{lines} lines, {limit} allowed"] if lines > limit else []

    return rule


def wide_lines(limit: int) -> Callable[[str], list[str]]:
    """A character is a column, a Chinese one too."""

    def rule(text: str) -> list[str]:
        lengths = enumerate(map(len, text.splitlines()), start=1)
        return [
            f"line {number}: {length} columns, {limit} allowed"
            for number, length in lengths
            if length > limit
        ]

    return rule


def unformatted(text: str) -> list[str]:
    """The formatter has the last word everywhere."""
    found = re.finditer(r"#\s*fmt:\s*(?:skip|off)", text)
    return [f"line {_line(text, one.start())}: {one.group()}" for one in found]


def namesakes(texts: Mapping[str, str]) -> list[str]:
    """One name, one class; only the Meta inside a form has its name from a library."""
    found = defaultdict(list)
    for path, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and node.name != "Meta":
                found[node.name].append(f"{path}:{node.lineno}")
    return [f"{name}: {', '.join(where)}" for name, where in found.items() if len(where) > 1]


def crowded_packages(texts: Mapping[str, str], root: str = "app/services") -> list[str]:
    """Services stand in packages, none of them too big to know."""
    sizes = defaultdict(list)
    for path, text in texts.items():
        folder, _slash, name = path.rpartition("/")
        if (folder, name) != (root, "__init__.py"):
            sizes[folder].append(len(text.splitlines()))
    faults = [f"{root} holds {len(sizes.pop(root))} modules of its own"] if root in sizes else []
    return faults + [
        f"{folder}: {len(lines)} files, {sum(lines)} lines"
        for folder, lines in sizes.items()
        if len(lines) > PACKAGE_FILES or sum(lines) > PACKAGE_LINES
    ]


def long_functions(text: str) -> list[str]:
    faults = []
    for one in _functions(ast.parse(text)):
        lines = (one.end_lineno or one.lineno) - one.lineno + 1
        if lines > FUNCTION_LINES:
            faults.append(f"{one.name} has {lines} lines, {FUNCTION_LINES} allowed")
        positional = [
            a.arg for a in one.args.posonlyargs + one.args.args if a.arg not in ("self", "cls")
        ]
        if len(positional) > POSITIONAL_PARAMETERS:
            faults.append(f"{one.name} takes {len(positional)} positional parameters")
    return faults


def inexact_numbers(text: str) -> list[str]:
    """float(…), round(…) and literals such as 0.1 have no place where money is."""
    faults = []
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("float", "round")
        ):
            faults.append(f"line {node.lineno}: {node.func.id}(")
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            faults.append(f"line {node.lineno}: the float {node.value}")
    return faults


def clock_readings(text: str) -> list[str]:
    """datetime.now(), date.today() and their kin, however imported."""
    faults = []
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in CLOCK_CALLS
        ):
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if name in CLOCK_OWNERS:
                faults.append(f"line {node.lineno}: {name}.{node.func.attr}()")
    return faults


def eager_texts(text: str) -> list[str]:
    """gettext when a module is imported takes the language of nobody: use the lazy form."""
    faults = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Lambda):
            return
        if isinstance(node, Function):
            for outside in [
                *node.decorator_list,
                *node.args.defaults,
                *filter(None, node.args.kw_defaults),
            ]:
                visit(outside)
            return
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in TRANSLATORS
        ):
            faults.append(f"line {node.lineno}: {node.func.id}() outside a function")
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(text))
    return faults


def missing_docstrings(text: str) -> list[str]:
    tree = ast.parse(text)
    faults = [] if ast.get_docstring(tree) else ["no module docstring"]
    if (ast.get_docstring(tree) or "").count("\n") > 1:
        faults.append("the module docstring has more than two lines")
    for one in _public(tree):
        if not ast.get_docstring(one):
            faults.append(f"line {one.lineno}: {one.name} has no docstring")
    return faults


def positional_services(text: str) -> list[str]:
    """Public functions of services: session and context first, all else by keyword."""
    faults = []
    for one in _public(ast.parse(text)):
        if isinstance(one, Function):
            names = [a.arg for a in one.args.posonlyargs + one.args.args]
            if "session" in names and names not in (["session"], ["session", "context"]):
                faults.append(
                    f"line {one.lineno}: {one.name}({', '.join(names)}) "
                    "takes more than session and context by position"
                )
    return faults


def unsafe_markup(text: str) -> list[str]:
    pattern = re.compile(r"\|\s*safe\b|autoescape\s+false|<style|\sstyle=|\son[a-z]+=|javascript:")
    return [f"line {_line(text, m.start())}: {m.group().strip()}" for m in pattern.finditer(text)]


def unsafe_python_markup(text: str) -> list[str]:
    """Markup(x) trusts x: only literals may be."""
    return [
        f"line {node.lineno}: Markup of something that is no literal"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Markup"
        and not all(isinstance(a, ast.Constant) for a in node.args)
    ]


def harsh_words(text: str) -> list[str]:
    return [f"says {word}" for word in BANNED_WORDS if word in text] + (
        ["shouts !!"] if "！！" in text else []
    )


def hasty_clicks(text: str) -> list[str]:
    """A browser test presses buttons and follows links by tests/support/walking.py, which waits for
    where they lead.
    """
    pattern = re.compile(r"get_by_role\(\s*\"(?:button|link)\"[^\n]*\.(?:dbl)?click\(")
    return [f"line {_line(text, m.start())}: {m.group()}" for m in pattern.finditer(text)]


def unpinned(text: str) -> list[str]:
    faults = []
    for line in text.splitlines():
        wish = line.split("#")[0].strip()
        if wish and not re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[A-Za-z0-9.+!]+", wish):
            faults.append(f"not pinned: {wish}")
    return faults


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _public(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    """Top-level public functions and classes, and public methods of ports' protocols."""
    for node in tree.body:
        if isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ) and not node.name.startswith("_"):
            yield node


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1

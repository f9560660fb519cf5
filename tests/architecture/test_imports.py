"""The import contracts of pyproject.toml hold, and each is seen to break on a planted fault."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.source_rules import ROOT

PLANTED = {
    "Layers point down": ("domain/states.py", "import app.models"),
    "Services by capability": ("services/core/wording.py", "import app.services.cases"),
    "The core knows no framework": ("ports/sms.py", "import flask"),
    "Nothing below the web knows the web": ("jobs/__init__.py", "import wtforms"),
    "Pages ask services, never tables or providers": ("web/context.py", "import app.integrations"),
    "Providers see values, not rows": ("integrations/sms/local.py", "import sqlalchemy"),
    "Audiences do not share pages": ("web/public/__init__.py", "import app.web.admin.blueprint"),
    "Settings are read at the edge only": ("services/core/audit.py", "import app.config"),
}


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    wide = os.environ | {"COLUMNS": "200"}  # a name stays on its line
    return subprocess.run(command, cwd=root, env=wide, capture_output=True, text=True, check=False)


def test_the_contracts_hold():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


def test_each_contract_breaks_on_a_planted_fault(tmp_path):
    shutil.copytree(
        ROOT / "app",
        tmp_path / "app",
        ignore=shutil.ignore_patterns("static", "templates", "__pycache__"),
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, fault in PLANTED.values():
        target = tmp_path / "app" / path
        target.write_text(target.read_text(encoding="utf-8") + f"\n{fault}\n", encoding="utf-8")
    result = lint_imports(tmp_path)
    broken = set(re.findall(r"^([^;:\n]+).* BROKEN", result.stdout, re.MULTILINE))
    assert broken == set(PLANTED), result.stdout


def test_a_new_room_needs_a_line_in_the_contract(tmp_path):
    shutil.copytree(
        ROOT / "app",
        tmp_path / "app",
        ignore=shutil.ignore_patterns("static", "templates", "__pycache__"),
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "app" / "tools").mkdir()
    (tmp_path / "app" / "tools" / "__init__.py").touch()
    result = lint_imports(tmp_path)
    assert result.returncode != 0
    assert "app.tools" in result.stdout

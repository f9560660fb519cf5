"""The shipped units, read by systemd's own programs, and the server behind its line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.databases import ROOT
from tests.support.served import GUNICORN, asked, await_answer, environ_of, free_port

UNITS = ROOT / "docs" / "production" / "systemd"
NAMES = sorted(one.name for one in UNITS.iterdir())
SERVICES = [name for name in NAMES if name.endswith(".service")]
# Of 100: what a service could do beyond its work. Without a line of hardening it is 96.
MOST_EXPOSED = 20


def run(*words):
    return subprocess.run(words, capture_output=True, text=True)


@pytest.fixture
def in_place(tmp_path):
    """The units as they are installed, the programs being those of here."""
    bin_folder = Path(sys.executable).parent
    for name in NAMES:
        text = (UNITS / name).read_text(encoding="utf-8")
        text = text.replace("/opt/anhuan/.venv/bin", str(bin_folder))
        (tmp_path / name).write_text(text.replace("/opt/anhuan", str(ROOT)), encoding="utf-8")
    return tmp_path


def test_every_unit_says_what_systemd_understands(in_place):
    names = [str(in_place / name.replace("@", "@1")) for name in NAMES]
    os.rename(in_place / "anhuan-jobs@.service", in_place / "anhuan-jobs@1.service")
    told = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *names)
    assert (told.returncode, told.stderr) == (0, "")


def test_a_fault_in_a_unit_is_found(in_place):
    unit = in_place / "anhuan-web.service"
    unit.write_text(unit.read_text(encoding="utf-8").replace("gunicorn ", "no-such-program "))
    told = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit))
    assert told.returncode != 0
    unit.write_text(unit.read_text(encoding="utf-8") + "\n[Service]\nNoNewPrivilege=yes\n")
    assert "NoNewPrivilege" in run("systemd-analyze", "verify", "--man=no", str(unit)).stderr


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_can_do_more_than_its_work(name):
    limit = f"--threshold={MOST_EXPOSED}"
    told = run("systemd-analyze", "security", "--offline=true", limit, str(UNITS / name))
    assert told.returncode == 0, told.stdout[-600:] + told.stderr


def test_a_service_without_its_walls_is_found(tmp_path):
    bare = [
        line
        for line in (UNITS / "anhuan-web.service").read_text(encoding="utf-8").splitlines()
        if not line.startswith(("Protect", "Private", "Restrict", "SystemCall", "Capability"))
    ]
    unit = tmp_path / "anhuan-web.service"
    unit.write_text("\n".join(bare), encoding="utf-8")
    limit = f"--threshold={MOST_EXPOSED}"
    assert run("systemd-analyze", "security", "--offline=true", limit, str(unit)).returncode != 0


def test_the_server_takes_the_line_that_systemd_holds(database, tmp_path):
    port, log = free_port(), tmp_path / "log"
    (tmp_path / "instance").mkdir()
    environ = environ_of(database, tmp_path / "instance", PORT="1", WEB_CONCURRENCY="1")
    passed = [f"--setenv={name}" for name in environ]
    command = ["systemd-socket-activate", f"--listen=127.0.0.1:{port}", *passed]
    server = [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN)]
    with log.open("wb") as out:
        started = subprocess.Popen(
            [*command, *server], cwd=ROOT, env=environ, stdout=out, stderr=out
        )
    try:
        # Nothing runs yet: whoever comes first waits in line until it does.
        await_answer(f"http://127.0.0.1:{port}/healthz", started, log)
        answer = asked(f"http://127.0.0.1:{port}/healthz")
        assert (answer.status, answer.text) == (200, "ok\n"), log.read_text()[-2000:]
    finally:
        started.terminate()
        started.wait(timeout=60)

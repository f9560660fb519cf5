"""What a server loads at its start: libraries of papers and tables wait for their first use."""

import os
import subprocess
import sys

import pytest

from app.config import BadSettings, Settings
from app.wiring import make_gateways
from tests.support.channels.settings import environment as channels
from tests.support.key_pairs import make_pair
from tests.support.production import told as told_of_production
from tests.support.source_rules import ROOT

WAITING = {
    *("pyhanko", "pyhanko_certvalidator", "asn1crypto", "oscrypto", "aiohttp", "lxml"),
    *("typst", "rustpy_xlsxwriter", "tencentcloud"),
    *("wechatpayv3", "alipay", "requests", "Cryptodome", "OpenSSL"),
}
PAGES = ("/", "/readyz", "/sign-in", "/help", "/admin/sign-in", "/check/ABCD-EFGH-JKLM", "/home")
PROGRAM = """
import sys
from wsgi import app
client = app.test_client()
statuses = [client.get(path).status_code for path in sys.argv[1:]]
assert max(statuses) < 500, statuses
print(*{name.partition(".")[0] for name in sys.modules})
"""


MADE = """
import sys
from app.config import Settings
from app.wiring import make_gateways
assert len(make_gateways(Settings.from_env()).payments) == 2
print(*{name.partition(".")[0] for name in sys.modules})
"""


def loaded_by(*paths, database, folder):
    """The top-level modules of a fresh process that made the application and served pages."""
    environ = os.environ | {"INSTANCE_DIR": str(folder), "DATABASE_URL": database.address}
    command = [sys.executable, "-c", PROGRAM, *paths]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_serving_pages_loads_nothing_that_makes_papers_and_tables(database, tmp_path):
    loaded = loaded_by(*PAGES, database=database, folder=tmp_path)
    assert {"flask", "sqlalchemy", "cryptography"} <= loaded
    assert not loaded & WAITING


def test_channels_that_are_set_up_load_their_libraries_when_first_asked(tmp_path):
    """What a channel is asked with comes with the first payer."""
    folder, where = tmp_path / "instance", {"INSTANCE_DIR": str(tmp_path / "instance")}
    environ = where | {"DATABASE_URL": "sqlite:///x.db"} | told_of_production(folder)
    environ = os.environ | environ | channels(tmp_path / "channels")
    command = [sys.executable, "-c", MADE]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "cryptography" in loaded
    assert not loaded & WAITING


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"SIGNING_KEY_PASSWORD": "wrong"}, "SIGNING_KEY_FILE cannot be used"),
        ({"SIGNING_CERT_FILE": "other/cert.pem"}, "does not begin with the certificate"),
        ({"SIGNING_KEY_FILE": "lender/cert.pem"}, "SIGNING_KEY_FILE cannot be used"),
        ({"SIGNING_CERT_FILE": "lender/key.pem"}, "SIGNING_KEY_FILE cannot be used"),
        ({"SIGNING_TRUSTED_DIR": "trusted"}, "SIGNING_KEY_FILE cannot be used"),
        ({"TIMESTAMP_ROOT_FILE": "trusted/2020.pem"}, "TIMESTAMP_ROOT_FILE cannot be used"),
        ({"TIMESTAMP_ROOT_FILE": ""}, "TIMESTAMP_ROOT_FILE is missing"),
    ],
)
def test_a_key_that_cannot_sign_is_told_at_the_start(tmp_path, monkeypatch, change, told):
    monkeypatch.chdir(tmp_path)
    make_pair(tmp_path / "lender", password="geheim")
    make_pair(tmp_path / "other")
    (tmp_path / "trusted").mkdir()
    (tmp_path / "trusted" / "2020.pem").write_text("no certificate")
    right = {"SIGNING_KEY_FILE": "lender/key.pem", "SIGNING_CERT_FILE": "lender/cert.pem"}
    right |= {"TIMESTAMP_URL": "https://tsa.example.cn", "TIMESTAMP_ROOT_FILE": "other/cert.pem"}
    right |= {"SIGNING_KEY_PASSWORD": "geheim", "INSTANCE_DIR": str(tmp_path)}
    make_gateways(Settings.from_env(right))
    with pytest.raises(BadSettings, match=told):
        make_gateways(Settings.from_env(right | change))

"""The real nginx with the shipped configuration before the real server: what visitors get."""

import contextlib
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from app.config import Settings
from app.models import FailedTry
from app.wiring import make_gateways
from tests.support.databases import ROOT
from tests.support.production import HOST, HOTLINE, told
from tests.support.served import Answered, free_port, program, served

SHIPPED = ROOT / "docs" / "production"
VISITOR = "127.0.0.5"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
# How a test's nginx stands: in the foreground, everything of its own in one folder.
AROUND = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/anhuan.conf;
}}
"""


@dataclass(frozen=True)
class Front:
    """What visitors reach."""

    secure_port: int
    plain_port: int
    site: object
    log: object

    def ask(self, path, *, method="GET", body=None, name=HOST, source=VISITOR, **headers):
        line = socket.create_connection(
            ("127.0.0.1", self.secure_port), timeout=60, source_address=(source, 0)
        )
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        asked = http.client.HTTPConnection(name)
        asked.sock = context.wrap_socket(line, server_hostname=name)
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        try:
            asked.request(method, path, body=body, headers=headers)
            answer = asked.getresponse()
            return Answered(answer.status, answer.headers, answer.read().decode("utf-8", "replace"))
        finally:
            asked.close()

    def post(self, path, body, **headers):
        kind = "application/x-www-form-urlencoded"
        return self.ask(path, method="POST", body=body, Content_Type=kind, **headers)


def put_in_place(text, places):
    for shipped, here in places.items():
        assert shipped in text, f"the configuration no longer says {shipped}"
        text = text.replace(shipped, here)
    return text


@pytest.fixture
def front(database, tmp_path):
    assert os.access(NGINX, os.X_OK), "nginx is missing: .ci/test-needs installs it"
    folder = tmp_path / "nginx"
    folder.mkdir()
    with served(database, tmp_path / "instance", **told(tmp_path)) as site:
        command = ("flask", "--app", "wsgi", "error-pages", "--out", str(folder / "errors"))
        with program(*command, environ=site.environ, log=tmp_path / "pages.log") as pages:
            assert pages.wait(timeout=90) == 0, (tmp_path / "pages.log").read_text()
        key = ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *key]
        subprocess.run([*made, "-subj", f"/CN={HOST}"], check=True, capture_output=True)
        with running(folder, site) as started:
            yield started


def running(folder, site):
    secure, plain = free_port(), free_port()
    places = {
        "listen 80": f"listen 127.0.0.1:{plain}",
        "listen 443": f"listen 127.0.0.1:{secure}",
        "server 127.0.0.1:8000": f"server {site.url.removeprefix('http://')}",
        "/etc/anhuan/tls/": f"{folder}/",
        "/opt/anhuan/app/static/": f"{ROOT}/app/static/",
        "/var/lib/anhuan-errors/": f"{folder}/errors/",
        "/etc/nginx/anhuan-proxy.conf": f"{SHIPPED}/nginx-proxy.conf",
        "/var/log/nginx/anhuan.log": f"{folder}/access.log",
        # so that a slow machine comes to the limit too
        "rate=5r/s": "rate=1r/m",
        "burst=60": "burst=5",
    }
    text = put_in_place((SHIPPED / "nginx.conf").read_text(encoding="utf-8"), places)
    (folder / "anhuan.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(AROUND.format(folder=folder, user=user), encoding="utf-8")
    return _Nginx(main, Front(secure, plain, site, folder / "access.log"))


class _Nginx:
    def __init__(self, main, front):
        self._main, self._front, self._log = main, front, main.with_name("error.log")

    def __enter__(self):
        command = [NGINX, "-p", str(self._main.parent), "-c", str(self._main)]
        with self._log.open("wb") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out)
        for _ in range(300):
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self._front.secure_port)).close()
                break
            time.sleep(0.1)
        return self._front

    def __exit__(self, *_problem):
        self._process.terminate()
        self._process.wait(timeout=30)


def test_a_visitor_s_way_through_the_proxy(front, database):
    page = front.ask("/sign-in", X_Request_ID="chosen-by-somebody")
    assert (page.status, page.headers.get_all("Strict-Transport-Security")) == (
        200,
        ["max-age=31536000; includeSubDomains"],
    )
    (given,) = page.headers.get_all("X-Request-ID")
    assert re.fullmatch(r"[0-9a-f]{32}", given)
    (cookie,) = page.headers.get_all("Set-Cookie")
    assert re.match(r"__Host-anhuan=.*; Secure; HttpOnly; Path=/; SameSite=Lax$", cookie)
    assert "nginx/" not in page.headers["Server"]
    compressed = front.ask("/sign-in", Accept_Encoding="gzip")
    assert compressed.headers.get_all("Content-Encoding") == ["gzip"]

    told_by = front.log.read_text()
    assert f'"request_id":"{given}","from":"{VISITOR}","method":"GET","path":"/sign-in"' in told_by

    # Whoever writes where they come from is still counted by where they come from.
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', front_page(front, cookie)).group(1)
    answer = front.post(
        "/admin/sign-in",
        f"csrf_token={token}&username=nobody&password=a+long+password",
        Cookie=cookie.partition(";")[0],
        Referer=f"https://{HOST}/admin/sign-in",
        X_Forwarded_For="203.0.113.9",
        X_Forwarded_Host="elsewhere.example.cn",
    )
    assert answer.status == 200
    vault = make_gateways(Settings.from_env(front.site.environ)).vault
    with database.sessions() as session:
        places = set(session.scalars(select(FailedTry.requester_hmac)))
    assert vault.fingerprint(VISITOR, purpose="requester") in places
    assert vault.fingerprint("203.0.113.9", purpose="requester") not in places


def front_page(front, cookie):
    return front.ask("/admin/sign-in", Cookie=cookie.partition(";")[0]).text


def test_names_figures_and_files(front):
    plain = http.client.HTTPConnection("127.0.0.1", front.plain_port)
    plain.request("GET", "/help?a=1", headers={"Host": HOST})
    moved = plain.getresponse()
    assert (moved.status, moved.headers["Location"]) == (308, f"https://{HOST}/help?a=1")
    plain.close()
    with pytest.raises(ssl.SSLError):  # by another name nobody is even spoken to
        front.ask("/", name="elsewhere.example.cn")

    assert front.ask("/metrics").status == 404
    assert front.post("/sms/receipts/nobody/a-key-of-theirs", b"[]").status == 404
    assert front.ask("/sms/receipts/nobody/a-key-of-theirs").status == 403
    assert "a-key-of-theirs" not in front.log.read_text()
    assert front.ask("/healthz").status == 200
    style = front.ask("/static/css/borrower.css?v=1", Accept_Encoding="gzip")
    assert (style.status, style.headers["Content-Encoding"]) == (200, "gzip")
    assert style.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert style.headers["X-Content-Type-Options"] == "nosniff"
    assert front.ask("/static/../config.py").status in (400, 404)
    assert front.ask("/static/%2e%2e/config.py").status in (400, 404)


def test_what_is_too_much_is_told_in_words(front):
    far_too_large = front.post("/callback", b"words=" + b"x" * 300_000)
    assert (far_too_large.status, "没有收到" in far_too_large.text) == (413, True)
    too_large = front.post("/callback", b"words=" + b"x" * 100_000)
    assert too_large.status == 413
    assert "请减少一些文字" in too_large.text  # a page of the application
    # photos come through to the page that takes them, which asks who it is
    photo = front.post("/plan/abcdefghjkmnpqrstuvw/papers", b"x" * 3_000_000)
    assert photo.status in (302, 303)
    answers = [front.post("/sign-in", b"mobile=1") for _ in range(10)]
    assert answers[0].status != 429
    refused = [one for one in answers if one.status == 429]
    assert refused
    assert "试得有点快" in refused[0].text
    # another visitor is let in, and so is whoever only looks
    assert front.post("/sign-in", b"mobile=1", source="127.0.0.6").status != 429
    assert front.ask("/sign-in").status == 200


def test_while_nothing_answers_behind_it_people_are_told(front):
    front.site.process.terminate()
    front.site.process.wait(timeout=60)
    for answer in (front.ask("/home"), front.post("/sign-in", b"mobile=1")):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
        assert answer.headers.get_content_type() == "text/html"
        assert "系统正在忙" in answer.text
        assert HOTLINE in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    sheet = re.search(r'href="(/static/css/borrower.css[^"]*)"', answer.text).group(1)
    assert front.ask(sheet).status == 200

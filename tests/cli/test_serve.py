"""What `make run` serves with: browsers open connections ahead and leave them idle."""

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

from app.config import ROOT
from tests.support.served import asked


def test_idle_connections_of_browsers_keep_nobody_waiting():
    # the same file that systemd serves with
    options = re.search(r"gunicorn\" (--config \S+)", (ROOT / ".ci" / "serve").read_text())
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    app = "flask:Flask('probe')"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"fd://{listening.fileno()}",
        "--workers",
        "1",
        *options.group(1).split(),
        app,
    ]
    server = subprocess.Popen(command, cwd=ROOT, pass_fds=[listening.fileno()])
    try:
        assert asked(f"http://127.0.0.1:{port}/").status == 404
        with ExitStack() as idle:
            for _ in range(6):  # as many as a browser opens to one host
                idle.enter_context(socket.create_connection(("127.0.0.1", port)))
            began = time.monotonic()
            assert asked(f"http://127.0.0.1:{port}/").status == 404
            # a worker stuck on an idle one is killed after thirty
            assert time.monotonic() - began < 20
    finally:
        server.terminate()
        server.wait()
        listening.close()


def test_a_port_in_use_is_told_before_anything_is_made(tmp_path):
    """Else the greeting would be that of another server."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = {"HOST": "127.0.0.1", "PORT": str(taken.getsockname()[1])}
        own = {"VENV": sys.prefix, "INSTANCE_DIR": str(tmp_path / "instance"), "DATABASE_URL": ""}
        command = ["bash", str(ROOT / ".ci" / "serve")]
        refused = subprocess.run(
            command, env=os.environ | own | where, cwd=ROOT, capture_output=True, text=True
        )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "请换一个端口" in refused.stderr
    assert not (tmp_path / "instance").exists()

"""How pages are served, by systemd and by `make run` alike; why so: docs/performance.md, Server."""

import contextlib
import ctypes
import gc
import importlib
import os
from typing import Any

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"
wsgi_app = "wsgi:app"

# As many workers as cores, threads for what waits: for the database, for a slow phone.
workers = int(os.environ.get("WEB_CONCURRENCY") or os.cpu_count() or 2)
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS") or 16)
# Loaded once and shared: a worker is there in a moment, and costs what it changes.
preload_app = True
# Whatever a worker gathers over the days goes with it; not all at once.
max_requests = 20_000
max_requests_jitter = 5_000

# Longer than a proxy keeps an idle line, so that it never writes to one that was just closed.
keepalive = 75
# A worker of threads says that it lives while its pages wait: this ends one that hangs as a whole.
# Pages end by themselves before, for their queries are bounded (app/db.py).
timeout = 60
graceful_timeout = 30

# Beats are files: in memory, not on a disk that may be slow or full.
MEMORY = "/dev/shm"  # noqa: S108 - it is the one of the system
worker_tmp_dir = MEMORY if os.path.isdir(MEMORY) else None
M_ARENA_MAX = -8  # as glibc's malloc.h has it
loglevel = os.environ.get("WEB_LOG_LEVEL") or "warning"


def on_starting(server: Any) -> None:
    """Compile every template and load what makes papers before the first worker is forked."""
    # A new worker answers its first page as quickly as the one it stands in for: half a second of
    # work for a case page, which under load nobody would get to the end of (tests/load, T1).
    templates = server.app.wsgi().jinja_env
    for name in templates.list_templates(extensions=("html", "txt")):
        templates.get_template(name)
    # The first signature in a worker would wait two seconds for it, and each would have its own.
    for name in ("documents.typst_maker", "signing.pades"):
        importlib.import_module(f"app.integrations.{name}")
    # Two heaps for all threads: each of sixteen would keep what its largest page took for itself.
    with contextlib.suppress(AttributeError):  # a system without glibc
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
    # What is there now stays: no worker's collector writes to what all of them share.
    gc.collect()
    gc.freeze()

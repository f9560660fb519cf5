"""`python -m tests.bench.made URL AGREEMENTS WAITING [OTHERS]`: fills a migrated database."""

import sys
import tempfile
import time

from sqlalchemy import make_url

from app.config import Settings
from app.wiring import make_gateways
from tests.bench.made.book import Size, build
from tests.support.databases import opened
from tests.support.installation import KEYS


def main() -> int:
    url, *counts = sys.argv[1:]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, opened(make_url(url)) as database:
        settings = Settings.from_env({"INSTANCE_DIR": folder, "DATABASE_URL": url, **KEYS})
        with database.sessions() as session:
            size = Size(*map(int, counts))
            build(database.engine, session, make_gateways(settings), settings.site, size)
    print(f"{size}: {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

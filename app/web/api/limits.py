"""How often a system may call: a coarse guard, counted by each process for itself."""

import hashlib

from flask import Blueprint, Flask, Response, request
from flask_limiter import Limiter

from app.web.context import requester

# A bank's busiest minute and room beside it; a loop that has gone wrong is above.
CALLS = "1200 per minute"
# Who tries keys: a system that is set up wrongly is told so as well.
WRONG_KEYS = "30 per minute"
UNKNOWN = 401


def install(app: Flask, bp: Blueprint) -> None:
    """Count calls by key, and tries without a good one by where they come from."""
    limiter = Limiter(_by_key, storage_uri="memory://", headers_enabled=True)
    limiter.limit(CALLS)(bp)
    limiter.limit(WRONG_KEYS, key_func=requester, deduct_when=_is_unknown)(bp)
    limiter.init_app(app)


def _by_key() -> str:
    # The key itself is in no store, that of the counts neither.
    shown = request.headers.get("Authorization", "")
    return hashlib.sha256(shown.encode()).hexdigest() if shown else requester()


def _is_unknown(response: Response) -> bool:
    return response.status_code == UNKNOWN

"""Headers of every answer, compression, and requests nobody makes by hand: from other sites, with
NUL in them.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, current_app, g, request, url_for
from flask_compress import Compress

# No inline script or style, nothing from elsewhere: text of people that slipped through unescaped
# still could not run.
POLICY = (
    "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "manifest-src 'self'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
YEAR_SECONDS = 31_536_000
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def install(app: Flask) -> None:
    app.config.setdefault("COMPRESS_ALGORITHM", ["br", "gzip"])
    # files; zstd would be the larger
    app.config.setdefault("COMPRESS_ALGORITHM_STREAMING", ["br", "gzip"])
    # Higher levels cost more time at each page than they save on the way.
    app.config.setdefault("COMPRESS_BR_LEVEL", 5)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR_SECONDS  # Flask sets the key itself, to None
    Compress(app)
    app.before_request(_refuse_cross_site)
    app.before_request(_refuse_nul)
    app.after_request(_set_headers)
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """The address of a static file, changing with its content so that it may be kept for a year."""
    # Kept by where the application is mounted: twenty of them are on each page.
    kept = current_app.extensions.setdefault("anhuan_assets", {})
    found: str | None = kept.get(key := (request.script_root, name))
    if found is None:
        version = _version(str(current_app.static_folder), name)
        found = kept[key] = url_for("static", filename=name, v=version)
    return found


@lru_cache(maxsize=256)
def _version(folder: str, name: str) -> str:
    return hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest()[:10]


def _refuse_cross_site() -> None:
    # Beside the token and not instead of it: old browsers send no such header.
    if request.method not in SAFE_METHODS and request.headers.get("Sec-Fetch-Site") == "cross-site":
        g.refused_why = "cross_site"
        abort(400)


def _refuse_nul() -> None:
    """Nobody types a NUL, nothing of ours is named by one, and PostgreSQL takes none: it is refused
    before any query.
    """
    if "\0" in request.path:
        abort(404)
    sent = (*request.args.items(multi=True), *request.form.items(multi=True))
    if any("\0" in text for pair in sent for text in pair):
        abort(400)


def _set_headers(response: Response) -> Response:
    told = {name.lower() for name in response.headers.keys()}
    for name, value in ALWAYS.items():
        if name.lower() not in told:
            response.headers.add(name, value)
    if current_app.extensions["anhuan"].is_production:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}; includeSubDomains"
    # Every page is someone's; also public ones carry the state of a session.
    if request.endpoint != "static" and "no-store" not in response.headers.get("Cache-Control", ""):
        response.headers["Cache-Control"] = "no-store"
    if response.is_streamed and hasattr(response.response, "close"):
        # compression wraps the file and forgets to close it
        response.call_on_close(response.response.close)

    return response

"""The first page, how to reach a person, and what crawlers and browsers ask for by themselves."""

from flask import Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from app.web.access import public
from app.web.public.blueprint import bp

# Everything but what anyone may read is closed: addresses of plans and papers belong in no index.
ROBOTS = "User-agent: *\nAllow: /$\nAllow: /help$\nAllow: /legal/\nAllow: /static/\nDisallow: /\n"


@bp.get("/")
@public
def start() -> ResponseReturnValue:
    # To who comes without a cookie it tells what stays the same until the next start: written once.
    if request.cookies or request.args:
        return render_template("public/start.html")
    kept = current_app.extensions.setdefault("anhuan_start_pages", {})
    if request.script_root not in kept:
        kept[request.script_root] = render_template("public/start.html")
    page: str = kept[request.script_root]
    return page


@bp.get("/help")
@public
def help_page() -> ResponseReturnValue:
    return render_template("public/help.html")


@bp.get("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    return Response(ROBOTS, mimetype="text/plain")


@bp.get("/favicon.ico")
@public
def favicon() -> ResponseReturnValue:
    return current_app.send_static_file("img/favicon.svg")

"""Files that pages take: the limit on a request is raised for them alone, before anything reads the
form, and only for who is signed in.
"""

import errno
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, flash, g, request
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from app.domain.evidence import FILE_BYTES
from app.web.catalogues import gettext
from app.web.returning import see_other

# A few photos of a phone at once; more of them come one after the other.
REQUEST_BYTES = 4 * FILE_BYTES
TAKES_FILES = "takes_files"
View = Callable[..., Any]


def takes_files(view: View) -> View:
    """A page whose form brings files; its own GET says what became of them."""
    setattr(view, TAKES_FILES, True)
    return view


def install(app: Flask) -> None:
    app.before_request(_make_room)
    app.teardown_request(_let_go)


def _make_room() -> Response | None:
    view = current_app.view_functions.get(str(request.endpoint))
    if request.method != "POST" or not getattr(view, TAKES_FILES, False):
        return None
    if not current_user.is_authenticated:
        # Nobody reads so much of who is not signed in: the page leads to the door and back.
        is_small = 0 <= (request.content_length or 0) <= current_app.config["MAX_CONTENT_LENGTH"]
        return None if is_small else see_other(request.path)
    request.max_content_length = REQUEST_BYTES
    if (request.content_length or 0) > REQUEST_BYTES:
        return _too_large()
    try:
        # All of it is read here, so that whatever goes wrong on the way has words of its own.
        request.files  # noqa: B018
    except RequestEntityTooLarge:  # whoever does not say beforehand how much is coming
        return _too_large()
    except OSError as fault:
        if fault.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        flash(gettext("现在存不下，这次的没有收到；以前收到的都在。请过一会儿再传。"))
        return see_other(request.path)
    return None


def _too_large() -> Response:
    g.refused_why = "upload_too_large"
    flash(gettext("这次选的加起来太大了，一张也没收到。请一次少选几张，分几次传。"))
    return see_other(request.path)


def _let_go(_error: BaseException | None) -> None:
    """Large files lie beside the request while it is worked on; nothing of them stays."""
    if "files" in vars(request):
        request.close()

"""Errors as pages: one table from a code to a status and words; every page says what to do next."""

from typing import Any

import structlog
from flask import Flask, Response, g, render_template, request
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as AllConnectionsTaken
from werkzeug.exceptions import BadHost, HTTPException, SecurityError

from app.domain.errors import DomainError
from app.web import login
from app.web.catalogues import gettext
from app.web.context import NOBODY
from app.web.filters import words_of
from app.web.problems import is_machine, problem
from app.web.request_ids import read_out
from app.web.unsent import unsent

log = structlog.get_logger()

PAGES: dict[int, tuple[Any, Any]] = {
    400: (
        _l("这一步没有成功"),
        _l("页面可能开得太久了，或者请求不完整。请返回上一页，刷新一下再试。"),
    ),
    403: (_l("您没有这个权限"), _l("这个页面需要另外的角色。如果您认为应该能看，请联系管理员。")),
    404: (
        _l("没有找到这个页面"),
        _l("地址可能不完整，或者内容已经不在了。可以从首页再进去。"),
    ),
    405: (_l("这一步不能这样打开"), _l("请从首页进去，按页面上的按钮来。")),
    409: (
        _l("情况刚刚变了"),
        _l("有人先处理了，或者您在另一个页面已经提交。请打开首页看最新的情况。"),
    ),
    413: (_l("内容太大了"), _l("请减少一些文字，再提交一次。")),
    429: (_l("试得有点快"), _l("为了保护您的账户，请稍等一会儿再试。着急的话，可以打电话给我们。")),
    500: (
        _l("我们这边出了点问题"),
        _l("请过几分钟再试；着急的话，可以打电话给我们。"),
    ),
    503: (_l("系统正在忙"), _l("请过一两分钟再试；着急的话，可以打电话给我们。")),
}
# By kind: an error of its own code falls back to that of its class, so that a new refusal is a 409
# without a line here.
STATUS_OF_CODE = {
    "not_found": 404,
    "rule_broken": 409,
    "gateway_down": 503,
    "forbidden": 403,
    "too_many": 429,
    "conflict": 409,
}


# Answers that refuse a request; what is wrong with a field is no refusal.
REFUSALS = frozenset({400, 403, 404, 405, 409, 413, 429})


def install(app: Flask) -> None:
    app.after_request(_note_refusal)
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(BadHost, _unknown_host)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(AllConnectionsTaken, _database_error)
    # Last and widest: Flask picks the nearest class.
    app.register_error_handler(Exception, _unforeseen)


def page(status: int, words: str = "", retry_after: int | None = None) -> Any:
    """An error page for the audience of the address, with the next step and a person."""
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    if is_machine():
        return problem(status, words=words, code=g.get("refused_why", ""), headers=headers)
    title, advice = PAGES.get(status, PAGES[500])
    # By the address and not by who is signed in: asking that may be what failed.
    staff = request.path.startswith(("/admin", "/finance"))
    template = "errors/desk.html" if staff else "errors/page.html"
    told = {"title": title, "advice": words or advice, "status": status}
    # A refusal reads the same for everybody; what broke is found again by its number.
    told["number"] = read_out() if status >= 500 else ""

    return (
        render_template(template, **told, unsent=unsent(status)),
        status,
        headers,
    )


def status_of(error: DomainError) -> int:
    """The HTTP status of a domain error: its own code, else that of its kind."""
    for kind in type(error).__mro__:
        if (found := STATUS_OF_CODE.get(getattr(kind, "code", ""))) is not None:
            return found
    return 500


def _domain_error(error: DomainError) -> Any:
    status = status_of(error)
    g.refused_why = error.code
    # A 404 says the same for what is absent and for what is someone else's.
    return page(status, words_of(error) if status != 404 else "")


def _csrf_error(_error: CSRFError) -> Any:
    g.refused_why = "csrf"
    return page(400)


def _note_refusal(response: Response) -> Response:
    """One line for each refused request: who, what for and why; no address, number or name.

    An address that no page of ours has is nobody's refusal: scanners would fill the log with it.
    Source: V16.3.1.
    """
    if response.status_code in REFUSALS and request.endpoint is not None:
        # Whoever it is was read for the page already; a page that never asked does not begin now.
        who = getattr(g.get("api_caller") or g.get("_login_user"), "who", NOBODY)
        why = g.get("refused_why") or response.status.partition(" ")[2].lower().replace(" ", "_")
        log.info(
            "refused",
            status=response.status_code,
            why=why,
            who=who,
            method=request.method,
            endpoint=request.endpoint,
        )
    return response


def _http_error(error: HTTPException) -> Any:
    # Redirects of the router are exceptions too, and no errors.
    if error.response is not None or (error.code or 500) < 400:
        return error
    if is_machine():
        return _machine_error(error)
    return page(error.code if error.code in PAGES else 400 if (error.code or 500) < 500 else 500)


def _machine_error(error: HTTPException) -> Any:
    """The same status, with the headers that go with it: which methods there are, when to come
    again.
    """
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return problem(error.code or 500, code=g.get("refused_why", ""), headers=kept)


def _unknown_host(_error: HTTPException) -> Any:
    """A host name that is not ours, or none at all: plain words, as no address of a page can be
    built for it.
    """
    return gettext("请从我们公布的网址打开。"), 400, {"Content-Type": "text/plain; charset=utf-8"}


def _database_error(_error: SQLAlchemyError) -> Any:
    login.could_not_ask()
    log.error("database_unavailable", endpoint=request.endpoint, exc_info=True)
    return page(503, retry_after=60)


def _unforeseen(_error: Exception) -> Any:
    login.could_not_ask()
    log.error("unforeseen", endpoint=request.endpoint, exc_info=True)
    return page(500)

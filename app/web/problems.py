"""Refusals of the machine interface: problem documents with a code and words."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Response, g, request
from flask_babel import lazy_gettext as _l

from app.web.context import request_id

MACHINES = "/api/"
PROBLEM_JSON = "application/problem+json"
WORDS = {
    400: _l("请求读不懂，请对照接口说明核对"),
    401: _l("没有带密钥，或者密钥不对、已经停用：Authorization: Bearer 密钥"),
    403: _l("这把密钥不能做这件事，请用有这项权限的密钥"),
    404: _l("没有这个地址，或者没有这样东西"),
    405: _l("这个地址不能这样请求"),
    409: _l("情况刚刚变了，请再看一下"),
    413: _l("内容太大了，请分开发"),
    415: _l("内容要写成 JSON：Content-Type: application/json"),
    422: _l("同一个 Idempotency-Key 带来了另外的内容；新的内容请用新的"),
    429: _l("请求太快了，请按 Retry-After 稍等"),
    500: _l("我们这边出了点问题，请过几分钟用同一个 Idempotency-Key 再试"),
    503: _l("系统正在忙，请过一会儿用同一个 Idempotency-Key 再试"),
}
CODES = {401: "key_unknown", 403: "scope_lacking", 413: "too_large", 429: "too_many"}


def is_machine() -> bool:
    """Whether this request is a machine's, by its address."""
    return request.path.startswith(MACHINES)


def problem(
    status: int,
    *,
    words: str = "",
    code: str = "",
    faults: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A refusal as a document: what it is called, what is wrong and where."""
    told: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code or CODES.get(status) or HTTPStatus(status).name.lower(),
        "detail": words or str(WORDS.get(status, WORDS[500 if status >= 500 else 400])),
        "request_id": request_id(),
    }
    if faults:
        told["faults"] = list(faults)
    g.refused_why = told["code"]
    answer = Response(
        json.dumps(told, ensure_ascii=False), status=status, content_type=PROBLEM_JSON
    )
    answer.headers.extend(dict(headers or {}))
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer

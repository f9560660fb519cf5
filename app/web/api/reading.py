"""What a call brings, read strictly: nothing twice, nothing unknown, nothing guessed."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from flask import Response, abort, request
from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.web.problems import problem

Read = TypeVar("Read", bound=BaseModel)
JSON = "application/json"
# Longer than any good body; what is longer is read by nobody.
BODY_BYTES = 8 * 1024
UNREADABLE = _l("内容不是读得懂的 JSON 对象，或同一个字段写了两次")
# By what the reader of shapes calls it; our code and words.
FAULTS: Mapping[str, tuple[str, Any]] = {
    "missing": ("required", _l("这一项必须写")),
    "extra_forbidden": ("unknown", _l("没有这一项，请对照接口说明核对")),
    "string_type": ("type", _l("这一项要写成文字")),
    "string_unicode": ("text", _l("这一项有读不出来的字")),
    "int_type": ("type", _l("这一项要写成整数，单位是分，不带小数点和引号")),
    "int_from_float": ("type", _l("这一项要写成整数，单位是分，不带小数点和引号")),
    "int_parsing": ("type", _l("这一项要写成整数")),
    "string_too_short": ("required", _l("这一项必须写")),
    "string_too_long": ("text", _l("这一项太长")),
    "greater_than_equal": ("amount", _l("这个数太小，金额要大于 0；冲正写 reverses，金额也写正数")),
    "less_than_equal": ("amount", _l("这个数大得不像一笔还款，请核对单位")),
    "string_pattern_mismatch": ("format", _l("格式不对，日期写成 2026-11-20")),
}
OTHER = ("format", _l("这一项读不懂，请对照接口说明核对"))


def body(shape: type[Read]) -> Read:
    """The content of a call. Refuses what is no such thing with a problem document."""
    if request.mimetype != JSON:
        abort(415)
    if (request.content_length or 0) > BODY_BYTES:
        abort(413)
    try:
        told = json.loads(
            request.get_data(), object_pairs_hook=_each_once, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        _refuse(problem(400, code="json", words=str(UNREADABLE)))
    return read(shape, told)


def query(shape: type[Read]) -> Read:
    """The values in the address of a call."""
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        _refuse(problem(400, code="twice", faults=[_fault(twice[0], OTHER)]))
    return read(shape, request.args.to_dict())


def read(shape: type[Read], told: object) -> Read:
    """Values by their shape. Refuses with every fault, in the order of the fields."""
    try:
        return shape.model_validate(told)
    except ValidationError as faults:
        found = [_of(one) for one in faults.errors(include_url=False, include_input=False)]
        _refuse(problem(400, code=found[0]["code"], words=found[0]["message"], faults=found))


def _of(fault: ErrorDetails) -> dict[str, str]:
    field = str(fault["loc"][0]) if fault["loc"] else ""
    # A name that nobody has is told back cut short.
    return _fault(field[:40], FAULTS.get(fault["type"], OTHER))


def _fault(field: str, told: tuple[str, Any]) -> dict[str, str]:
    code, words = told
    return {"field": field, "code": code, "message": str(words)}


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field was written twice")
    return found


def _no_number(_text: str) -> NoReturn:
    raise ValueError("no number")


def _refuse(answer: Response) -> NoReturn:
    abort(answer)

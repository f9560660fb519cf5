"""What every application and every database of a run builds alike is built once in a process."""

import gc
from collections.abc import Callable
from typing import Any

import structlog
import typst
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import URL, Engine
from werkzeug.routing import Rule

import app.db

STATEMENTS = 5_000  # more than there are, so that none is compiled twice
NEW_OBJECTS = 20_000  # between two looks for garbage; the default is 700


class CompiledOnce(BytecodeCache):
    """Keeps what was compiled for as long as the process lives, by file and content."""

    def __init__(self) -> None:
        self._kept: dict = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


def _builders_once(compile_builder: Callable) -> Callable:
    """Compile what builds the addresses of a route once, not once for each application."""
    kept: dict[tuple, Callable] = {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Callable:
        defaults = tuple((rule.defaults or {}).items())
        key = (rule.rule, tuple(rule._trace), defaults, append_unknown)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    return compiled


def _statements_once(create_engine: Callable[..., Engine]) -> Callable[..., Engine]:
    """Give engines of one kind one dialect: statements are kept compiled by dialect."""
    first: dict[str, Engine] = {}

    def created(url: URL, **options: Any) -> Engine:
        engine = create_engine(url, query_cache_size=STATEMENTS, **options)
        shared = first.setdefault(engine.name, engine)
        engine.dialect = engine.pool._dialect = shared.dialect
        engine._compiled_cache = shared._compiled_cache
        return engine

    return created


def _fonts_once(read: Callable[..., typst.Fonts]) -> Callable[..., typst.Fonts]:
    """Read the fonts of papers once: typst holds each set, some 35 MB, long after the application
    that set a paper with it is gone.
    """
    kept: dict[str, typst.Fonts] = {}

    def reading(**where: Any) -> typst.Fonts:
        key = repr(sorted(where.items()))
        if key not in kept:
            kept[key] = read(**where)
        return kept[key]

    return reading


def build_once() -> None:
    """Share templates, routes, statements and fonts between the tests of a process."""
    Flask.jinja_options = {"bytecode_cache": CompiledOnce()}
    Rule._compile_builder = _builders_once(Rule._compile_builder)  # type: ignore[method-assign]
    app.db.create_engine = _statements_once(app.db.create_engine)  # type: ignore[assignment]
    typst.Fonts = _fonts_once(typst.Fonts)  # type: ignore[assignment,misc]
    # the default draws coloured tracebacks with all variables, which takes longer than most tests
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


def keep_out_of_garbage() -> None:
    """Nobody looks for garbage among what a run needs to its end: modules and collected tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])

"""What a good engineer would write who promises nothing: Flask, the same statements by Core, the
same bytes by Jinja, every figure and every address in it a value that is escaped.
"""

import re
from dataclasses import dataclass

from flask import Flask, request
from sqlalchemy import Engine

# Figures, dates and addresses are what a page tells of rows; the rest is its template.
VALUES = re.compile(r"[0-9][0-9,.:-]*|(?<=href=\")/[^\"]*")


@dataclass(frozen=True)
class Told:
    """One page of ours: what it asks of the database, and what it answers."""

    name: str
    path: str
    statements: tuple[tuple[str, object], ...]
    body: str


def bare_app(engine: Engine, pages: list[Told]) -> Flask:
    """Return an application that answers the same pages."""
    app = Flask("bare")
    made = {}
    for page in pages:
        source, values = _template_of(page.body)
        made[page.path] = page.statements, app.jinja_env.from_string(source), values

    def answer(**_rest: object) -> str:
        statements, template, values = made[request.path]
        rows = []
        if statements:
            with engine.connect() as connection:
                for statement, given in statements:
                    rows.append(connection.exec_driver_sql(statement, given).all())
        return template.render(values=values, rows=rows)

    for page in pages:
        app.add_url_rule(page.path, page.path, answer)
    return app


def _template_of(body: str) -> tuple[str, list[str]]:
    """Return a page as a template, and the values that fill it."""
    values: list[str] = []

    def place(found: re.Match[str]) -> str:
        values.append(found.group())
        return f"{{{{ values[{len(values) - 1}] }}}}"

    plain = re.sub(r"\{[{%#]", lambda found: "{{ '" + found.group() + "' }}", body)
    return VALUES.sub(place, plain), values

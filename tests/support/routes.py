"""The application's addresses as a list that can be read and compared."""

from flask import Flask
from werkzeug.routing import Rule

WRITING = {"POST", "PUT", "PATCH", "DELETE"}
STATIC = "static"


def page_rules(app: Flask) -> list[Rule]:
    return sorted(
        (rule for rule in app.url_map.iter_rules() if rule.endpoint != STATIC),
        key=lambda rule: rule.rule,
    )


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def audience(app: Flask, rule: Rule) -> str | None:
    return getattr(app.view_functions[rule.endpoint], "audience", None)


def route_lines(app: Flask) -> list[str]:
    """METHODS address endpoint audience, one line a route."""
    return [
        f"{','.join(methods(r)):8} {r.rule}  {r.endpoint}  {audience(app, r)}"
        for r in page_rules(app)
    ]


def address(app: Flask, rule: Rule) -> str:
    """An address that fits the rule, of something that does not exist."""
    with app.test_request_context():
        values = {
            name: 1 if "Integer" in type(rule._converters[name]).__name__ else "x" * 20
            for name in rule.arguments
        }
        found = app.url_map.bind("localhost").build(rule.endpoint, values, force_external=False)
    return found

"""The document of the interface: made from the routes and their shapes, never by hand."""

from typing import Any

from spectree import Response, SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData

from app.web.api.shapes import ProblemOut
from app.web.problems import PROBLEM_JSON

KEY = "key"
spec = SpecTree(
    "flask",
    mode="strict",
    title="安还 接口",
    version="1",
    annotations=False,
    validation_error_status=400,
    validation_error_model=ProblemOut,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _parent, child: child,
    security_schemes=[
        SecurityScheme(name=KEY, data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))
    ],
    security={KEY: []},
)


def answers(*refusals: int, **told: Any) -> Response:
    """What a route answers: its own, and every refusal as a problem."""
    own = {f"HTTP_{status}": (ProblemOut, "") for status in (400, 401, 403, 429, 503, *refusals)}
    return Response(**own, **told)


def document() -> dict[str, Any]:
    """The document, refusals told in the type they are sent as."""
    made: dict[str, Any] = spec.spec
    for operations in made["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {})
                if int(status) >= 400 and "application/json" in content:
                    content[PROBLEM_JSON] = content.pop("application/json")
    return made

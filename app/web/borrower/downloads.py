"""Files that a borrower takes away."""

from urllib.parse import quote

from flask import Response


def handed_out(content: bytes, kind: str, name: str, plain_name: str) -> Response:
    """A private download: named in Chinese for those who can, plainly for the rest. Source: RFC
    6266.
    """
    response = Response(content, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=plain_name)
    if name != plain_name:
        # Beside the plain name, which older browsers take.
        response.headers["Content-Disposition"] += f"; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response

"""The documents people agree to, each version on an address of its own."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.services.signin import legal_documents
from app.web.access import public
from app.web.public.blueprint import bp


@bp.get("/legal/<name>")
@public
def document(name: str) -> ResponseReturnValue:
    found = legal_documents.document(name=name, version=request.args.get("version", ""))
    return render_template(
        "public/document.html", document=found, versions=legal_documents.versions_of(name)
    )

"""The document itself, for whoever has a key: nobody else has a use of it."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.web.api.blueprint import bp
from app.web.api.document import document
from app.web.api.guard import machine_required


@bp.get("/openapi.json")
@machine_required()
def openapi() -> ResponseReturnValue:
    return jsonify(document())

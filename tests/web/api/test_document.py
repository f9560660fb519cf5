"""The document tells what the interface does, and the interface does what it tells."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from app.services.api_keys.managing import add_api_key
from app.services.api_keys.queries import SCOPES
from app.web.api.document import document
from app.web.problems import PROBLEM_JSON
from tests.support.acting import acting

# A value may have the form that the document tells and still be none: a day that has not come.
# What the lender's systems send is what our own tests of values are about.
NOT_TOLD = ("positive_data_acceptance",)
CHECKED = list(HealthCheck)


@pytest.fixture
def api_schema(app, database):
    with database.sessions() as session:
        key = add_api_key(session, acting(), name="试算", scopes=SCOPES).key
    headers = {"Authorization": f"Bearer {key}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, headers=headers)
    schema.api_key = key
    return schema


def test_every_route_is_in_it_with_its_refusals(app, call):
    told = call("GET", "openapi.json").get_json()
    with app.app_context():
        assert told == json.loads(json.dumps(document()))
    assert {path: set(one) for path, one in told["paths"].items()} == {
        "/api/v1/holds": {"get"},
        "/api/v1/payments": {"post"},
    }
    post = told["paths"]["/api/v1/payments"]["post"]
    assert set(post["responses"]) >= {"200", "201", "400", "401", "403", "409", "422", "429"}
    assert set(post["responses"]["422"]["content"]) == {PROBLEM_JSON}
    assert told["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    shape = told["components"]["schemas"]["PaymentIn"]
    assert shape["additionalProperties"] is False
    assert set(shape["required"]) == {"channel_ref", "channel", "arrived_on", "fen"}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("path", "method"), [("holds", "GET"), ("payments", "POST")])
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_whatever_is_sent_is_answered_as_the_document_tells(api_schema, path, method, mode):
    operation = api_schema[f"/api/v1/{path}"][method]
    headers = {"Authorization": f"Bearer {api_schema.api_key}"}
    excluded = [one for one in CHECKS.get_all() if one.__name__ in NOT_TOLD]
    seen = set()

    @settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=CHECKED)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        response = case.call(headers=headers)
        assert response.status_code < 500
        seen.add(response.status_code)
        case.validate_response(response, headers=headers, excluded_checks=excluded)

    ask()
    # None of it is worth anything where everything is refused at the door.
    assert seen - {401, 403, 429}

"""Numbers and days in addresses, over every route and every parameter: as odd as anybody can type
them, none is a failure.
"""

import re
from pathlib import Path

import pytest
from werkzeug.routing import IntegerConverter

from app.web.finance.register_forms import FilterForm
from tests.support import routes
from tests.web.access_matrix import OPEN_TO

VALUES = (
    "9" * 40,
    "-" + "9" * 40,
    str(2**63 - 1),
    "0",
    "9" * 5_000,  # more digits than Python makes a number of
    "0001-01-01",
    "9999-12-31",
)
READ = re.compile(r'(?:request\.args(?:\.get\(|\[)|number_asked\()\s*"(\w+)"')


def parameters() -> tuple[str, ...]:
    """Every name that a page reads from the address, as the source has it."""
    folder = Path(__file__).parents[2] / "app" / "web"
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.py")]
    read = {name for text in texts for name in READ.findall(text)}
    return tuple(
        sorted(read | {field.name for field in FilterForm(None, products=(), begin_many=bool)})
    )


def test_the_source_tells_what_is_read_from_addresses(app):
    with app.test_request_context():
        found = parameters()
    assert {"before", "after", "instalment", "from", "to", "topic", "lang"} <= set(found)


@pytest.mark.parametrize("who", ["nobody", "owner", "supervisor", "finance"])
def test_no_parameter_of_any_page_is_a_failure(world, who):
    client = world.client(who)
    with world.app.test_request_context():
        names = parameters()
    failed = []
    for rule in routes.page_rules(world.app):
        if "GET" not in routes.methods(rule) or who not in OPEN_TO[rule.endpoint]:
            continue
        target = world.address(rule)
        for value in VALUES:
            # All at once, for only what a page reads of them matters; without those that name a
            # thing too, which may be refused before the others are looked at.
            for sent in (names, [one for one in names if one not in ("after", "version")]):
                query = dict.fromkeys(sent, value)
                answer = client.get(target, query_string=query, buffered=True)
                if answer.status_code >= 500:
                    failed.append(f"{rule.rule} {value[:12]}")
    assert not failed


def test_every_page_with_a_list_is_somebodys_here():
    gets_in = {"nobody", "owner", "supervisor", "finance"}
    # papers by their code, and what an agent hands on or an administrator sets, have no lists
    without = (set(), {"admin"}, {"agent"})
    assert all(who & gets_in for who in OPEN_TO.values() if who not in without)


@pytest.mark.parametrize("who", ["owner", "supervisor"])
def test_no_part_of_any_address_is_a_failure(world, who):
    client = world.client(who)
    token = re.search(
        r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/callback").get_data(as_text=True)
    ).group(1)
    failed = []
    for rule in (one for one in routes.page_rules(world.app) if one.arguments):
        for value in ("9" * 40, "1" * 5_000):
            parts = dict.fromkeys(rule.arguments, value)
            target = rule.rule
            for name, part in parts.items():
                target = re.sub(rf"<(?:\w+:)?{name}>", part, target)
            for method in routes.methods(rule):
                data = {"csrf_token": token} if method == "POST" else None
                if client.open(target, method=method, data=data, buffered=True).status_code >= 500:
                    failed.append(f"{method} {target[:60]}")
    assert not failed


def test_files_of_an_export_are_counted_from_one_and_none_is_beyond(world):
    assert any(
        isinstance(one, IntegerConverter)
        for rule in routes.page_rules(world.app)
        for one in rule._converters.values()
    )
    client = world.client("finance")
    token = re.search(
        r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/callback").get_data(as_text=True)
    ).group(1)
    for number in ("0", "99", "9" * 40):
        answer = client.post(
            f"/finance/exports/{world.export}/{number}", data={"csrf_token": token}
        )
        assert answer.status_code == 404, number

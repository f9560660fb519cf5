"""Role × route × whose object: the exact answer of every address to everyone, kept in
authorization.txt.
"""

import os
from pathlib import Path

import pytest

from tests.support import routes
from tests.support.world import WHO, World, plain

MATRIX = Path(__file__).with_name("authorization.txt")
HEAD = f"{'':40}" + "".join(f"{who:>12}" for who in WHO)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def cells(world: World) -> list[tuple[str, dict[str, str]]]:
    found = []
    for rule in routes.page_rules(world.app):
        for method in routes.methods(rule):
            # empty answers only: what is asked here is who comes in, not what is then done
            told = {
                who: str(
                    world.client(who)
                    .open(world.address(rule), method=method, buffered=True)
                    .status_code
                )
                for who in WHO
            }
            found.append((f"{method:5}{rule.endpoint}", told))
    return found


def test_every_address_answers_everyone_as_the_matrix_says(world):
    """A route that is not listed fails; UPDATE_ROUTES=1 writes the matrix anew, to be read before
    it is kept.
    """
    world.app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    lines = [HEAD] + [
        f"{name:40}" + "".join(f"{told[who]:>12}" for who in WHO) for name, told in cells(world)
    ]
    if os.environ.get("UPDATE_ROUTES"):
        MATRIX.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == MATRIX.read_text(encoding="utf-8").splitlines()


def test_another_persons_thing_is_as_absent_as_nothing(world):
    """Same status and same page for what is not yours and what does not exist, by GET and by
    POST.
    """
    world.app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    client, told_apart = world.client("stranger"), []
    for rule in routes.page_rules(world.app):
        if routes.audience(world.app, rule) != "borrower" or not rule.arguments:
            continue
        for method in routes.methods(rule):
            answers = []
            for target in (world.address(rule), routes.address(world.app, rule)):
                response = client.open(target, method=method)
                answers.append((response.status_code, plain(response.get_data(as_text=True))))
            if answers[0] != answers[1] or answers[0][0] != 404:
                told_apart.append(f"{method} {rule.rule}: {answers[0][0]} and {answers[1][0]}")
    assert not told_apart

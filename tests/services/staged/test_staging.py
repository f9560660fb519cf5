"""Judged rows on their way: one of a key, in the order they came, nothing left behind."""

import sqlite3

import pytest

from app.services.staged.staging import FAULTS, PEOPLE, ROWS, FirstSaid, StagingArea


def row(ref, *, line=2, differences="{}"):
    values = dict.fromkeys(ROWS, "x") | {"ref": ref, "line": line, "differences": differences}
    return tuple(values.values())


def person(number, id_hmac="i"):
    return tuple(
        (dict.fromkeys(PEOPLE, "x") | {"customer_no": number, "id_hmac": id_hmac}).values()
    )


def test_what_was_added_is_known_and_nothing_else():
    with StagingArea() as stage:
        stage.add_all("book_rows", [row("JJ2"), row("JJ3", line=3)])
        stage.add("numbers", ("C1", "hash", 2))
        stage.add("people", person("C1"))
        assert stage.refs_among(["JJ2", "JJ", "jj2", "JJ2\0", "\ud800"]) == {"JJ2"}
        assert stage.numbers_among({"C1", "C2"}) == {"C1": "hash"}
        assert stage.people_among({"i", "j"}) == {"i": FirstSaid("x", "x", "x")}
        assert (stage.refs_among([]), stage.people_among([])) == (set(), {})


def test_rows_come_back_in_the_order_they_came_not_in_that_of_their_keys():
    with StagingArea() as stage:
        for ref in ("JJ9", "JJ1", "JJ5"):
            stage.add("book_rows", row(ref))
        assert [one[0] for one in stage.each("book_rows")] == ["JJ9", "JJ1", "JJ5"]
        assert list(stage.each("faults")) == []


def test_only_rows_whose_amounts_are_not_ours_are_different_by_line():
    with StagingArea() as stage:
        stage.add("book_rows", row("JJ1", line=9, differences='{"fee": 1}'))
        stage.add("book_rows", row("JJ2", line=3, differences='{"fee": 2}'))
        stage.add("book_rows", row("JJ3", line=4))
        assert list(stage.different()) == [(3, "JJ2", '{"fee": 2}'), (9, "JJ1", '{"fee": 1}')]


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("book_rows", row("JJ1")),
        ("people", person("C1")),
        ("faults", tuple(dict.fromkeys(FAULTS, 2).values())),
    ],
)
def test_a_second_of_one_key_is_a_fault_of_the_caller(table, values):
    with StagingArea() as stage:
        stage.add(table, values)
        with pytest.raises(sqlite3.IntegrityError):
            stage.add(table, values)


def test_afterwards_it_is_gone():
    with StagingArea() as stage:
        stage.add("people", person("C1"))
    with pytest.raises(sqlite3.ProgrammingError):
        stage.numbers_among(["C1"])

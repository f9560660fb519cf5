"""What is open by the newest file, paged by key; sums by component."""

from app.services.differences import queries
from app.services.differences.queries import differences_page
from tests.services.differences.conftest import DAY


def test_before_any_file_there_is_nothing(session, zheng):
    page = differences_page(session, zheng)
    assert (page.as_of_on, page.rows, page.open_fen) == (None, (), 0)


def test_sums_by_component_and_what_is_open(session, told, compare, zheng):
    told(interest=9_900)
    compare()
    page = differences_page(session, zheng)
    assert (page.as_of_on, page.open_count, page.unowned, page.open_fen) == (DAY, 1, 1, 9_900)
    for one in page.sums:
        assert one.explained_fen + one.open_fen == one.file_fen - one.ledger_fen
    assert [(one.component, one.open_fen, one.days) for one in page.rows] == [
        ("interest", 9_900, 1)
    ]


def test_it_is_paged_by_key(session, told, compare, zheng, monkeypatch):
    monkeypatch.setattr(queries, "PAGE_ROWS", 1)
    told(interest=9_900, penalty=5_000)
    compare()
    first = differences_page(session, zheng)
    day, _, key = first.next_key.partition(".")
    second = differences_page(session, zheng, after=(DAY, int(key)))
    assert day == DAY.isoformat()
    assert {first.rows[0].component, second.rows[0].component} == {"interest", "penalty"}
    assert second.next_key is None

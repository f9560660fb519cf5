"""import-book and make-book."""

import csv
from datetime import date

import pytest

from app.domain.nightly_row import COLUMNS
from tests.support.books import CASES, good_cells
from tests.support.example_book import EXAMPLE, EXPECTED
from tests.support.layouts import BOOK, CODES, FOLDER, ROWS
from tests.support.maps import in_use
from tests.support.proposals import make_staff


@pytest.fixture
def written(tmp_path):
    def write(*rows, name="book.csv", encoding="gb18030"):
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as text:
            writer = csv.DictWriter(text, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


def test_the_example_is_told_as_the_contract_says(answer):
    status, told = answer("import-book", EXAMPLE)
    assert status == 0
    assert (told["rows"], told["accepted"], told["unchanged"]) == (600, 576, 0)
    assert [(one["line"], one["code"]) for one in told["rejected"]] == [
        (one["line"], one["fault"]) for one in EXPECTED["rejected"]
    ]
    assert all(set(one) == {"line", "field", "code", "message"} for one in told["rejected"])
    assert told["discrepancies"] == EXPECTED["discrepancies"]
    assert told["totals_fen"] == EXPECTED["totals_fen"]
    assert told["as_of"] == EXPECTED["as_of"]
    _, again = answer("import-book", EXAMPLE)
    assert (again["accepted"], again["unchanged"]) == (576, 576)


def test_people_are_told_the_same_in_words(run, written):
    status, told, _ = run(
        "import-book", written(good_cells(1, differences={"penalty": 137}), good_cells(2, 姓名=""))
    )
    assert status == 0
    assert "收下 1 行" in told
    assert "第 3 行 姓名 required" in told
    assert "¥1.37" in told


def test_a_refused_file_ends_with_1_and_its_code(answer, run, written, tmp_path):
    answer("import-book", written(good_cells(1)))
    assert (
        answer("import-book", written(good_cells(1)), "--as-of", "2026-11-19")[1]["error"]
        == "older_file"
    )
    bare = tmp_path / "bare.csv"
    bare.write_text("姓名\n罗涵敏\n", encoding="utf-8")
    status, told = answer("import-book", bare)
    assert (status, told["error"]) == (1, "header")
    assert (told["state"], told["reasons"]) == ("refused", ["header"])
    status, told, aside = run("import-book", bare)
    assert (status, told) == (1, "")
    assert "表头缺少这些列" in aside


def test_wrong_usage_ends_with_2(run, tmp_path):
    assert run("import-book")[0] == 2
    assert run("import-book", tmp_path / "none.csv")[0] == 2
    assert run("import-book", EXAMPLE, "--as-of", "yesterday")[0] == 2


def test_a_waiting_file_says_how_to_go_on(answer, run, written):
    answer("import-book", written(*(good_cells(number) for number in range(1, 10))))
    smaller = written(*(good_cells(number) for number in range(3, 10)), name="smaller.csv")
    status, told = answer("import-book", smaller)
    assert (status, told["state"], told["vanished"]) == (1, "waiting", 2)
    assert told["reasons"] == ["vanished"]
    assert told["evidence"][0]["gone"] == 2
    status, _, aside = run("import-book", smaller)
    assert status == 1
    assert "--confirm-vanished" in aside
    status, told = answer("import-book", smaller, "--confirm-vanished")
    assert (status, told["state"], told["reasons"]) == (0, "applied", [])


def test_a_whole_file_in_another_unit_waits_and_says_what_looks_wrong(answer, run):
    book = CASES / "rate-as-fraction-whole-file" / "loan_book.csv"
    as_of = ("--as-of", "2026-11-20")
    status, told = answer("import-book", book, *as_of)
    assert (status, told["state"], told["reasons"]) == (1, "waiting", ["unit"])
    assert (told["evidence"][0]["unit"], told["evidence"][0]["fits"]) == ("rates_fraction", 3)
    aside = run("import-book", book)[2]
    assert "0.219 应为 21.9" in aside
    assert "--confirm " in aside
    # Only what it names is agreed to by the older option.
    assert answer("import-book", book, "--confirm-vanished")[1]["state"] == "waiting"
    status, told = answer("import-book", book, "--confirm")
    assert (status, told["state"]) == (0, "applied")


def test_a_made_book_is_the_same_for_the_same_seed_and_its_figures_are_ours(answer, tmp_path):
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    as_of = ("--as-of", "2026-11-20")
    status, told = answer("make-book", "--borrowers", 150, "--seed", 7, "--out", first, *as_of)
    assert status == 0
    answer("make-book", "--borrowers", 150, "--seed", 7, "--out", second, *as_of)
    answer("make-book", "--borrowers", 150, "--seed", 8, "--out", third, *as_of)
    content = (first / "loan_book.csv").read_bytes()
    assert (
        content == (second / "loan_book.csv").read_bytes() != (third / "loan_book.csv").read_bytes()
    )
    _, taken = answer("import-book", first / "loan_book.csv")
    assert taken["rows"] == told["rows"] >= 150
    assert {one["code"] for one in taken["rejected"]} <= {
        "mobile",
        "amount",
        "date",
        "negative",
        "method",
    }
    assert taken["rejected"]
    assert taken["discrepancies"] == [
        {"line": 151, "ref": "JJ260000000150", "component": "penalty", "file_minus_engine_fen": 137}
    ]


def test_a_made_book_is_of_today_unless_asked(answer, tmp_path, clock):
    _, told = answer("make-book", "--borrowers", 1, "--seed", 1, "--out", tmp_path)
    assert date.fromisoformat(told["as_of"]) == date(2026, 11, 23)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_folder_that_cannot_be_made_is_told(answer, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    status, told = answer(
        "make-book", "--borrowers", 1, "--seed", 1, "--out", tmp_path / "file" / "folder"
    )
    assert (status, told["error"]) == (1, "file")
    assert "请检查路径和权限" in told["message"]


def test_a_file_is_asked_back_by_command_and_waits_for_another_person(answer, written):
    answer("import-book", written(good_cells(1)))
    as_of, reason = ("--as-of", "2026-11-20"), ("--reason", "文件拿错了")
    assert answer("take-back-book", "--as-of", "2026-11-19", *reason) == (
        1,
        {
            "error": "nothing_applied",
            "message": "这一天没有可以撤回的文件：要撤回的必须是最近一份入库的文件",
        },
    )
    assert answer("take-back-book", *as_of, *reason, "--by", "nobody")[1]["error"] == (
        "unknown_account"
    )
    status, told = answer("take-back-book", *as_of, *reason)
    assert (status, told["state"], told["as_of"], told["since"]) == (
        0,
        "waiting",
        "2026-11-20",
        [],
    )
    assert answer("take-back-book", *as_of, *reason)[1]["error"] == "asked_already"


@pytest.mark.parametrize("name", CODES)
def test_five_layouts_by_maps_are_what_the_book_gives(answer, run, database, gateways, name):
    with database.sessions() as session:
        people = [
            make_staff(session, roles=("admin",), display_name=one) for one in ("吴一", "陈二")
        ]
        in_use(session, gateways.vault, *people, name, called="台账")
    status, told = answer("import-book", FOLDER / name, "--map", "台账")
    assert (status, told["rejected"], told["rows"]) == (0, [], ROWS)
    # Unchanged, every row: the built-in file says the very same; but for a column of its own, 序号.
    _, plain = answer("import-book", BOOK)
    same = 0 if name == "ledger.xlsx" else ROWS
    assert (plain["unchanged"], plain["accepted"]) == (same, ROWS)
    assert plain["totals_fen"] == told["totals_fen"]


def test_a_map_nobody_activated_is_told(answer):
    status, told = answer("import-book", BOOK, "--map", "台账")
    assert (status, told["error"]) == (1, "no_map")

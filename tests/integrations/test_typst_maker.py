"""Papers by typst: whole, the same bytes each time, no markup from values, no gap for a missing
character.
"""

import hashlib
import itertools
import json
import shutil
import subprocess
import threading
import time

import pytest

from app.domain.money import figure
from app.domain.plan import PlanRequest
from app.integrations.documents.typst_maker import TypstMaker
from app.ports.documents import GlyphMissing
from app.services.agreements.text import text_sha256
from tests.support.agreements import (
    KINDS,
    SIGNED_AT,
    START,
    a_loan,
    a_text,
    kind_text,
    paper_of,
    text_of_kind,
)

KB = 1024
FEWEST_LINES = 20
# Of a page's height, without any ink.
WIDEST_GAP = 0.26


@pytest.fixture(scope="module")
def maker():
    return TypstMaker(machine_fonts=())


@pytest.fixture(scope="module")
def text():
    return a_text(periods=36)


def words_of(pdf: bytes) -> str:
    tool = shutil.which("pdftotext")
    assert tool, "pdftotext is missing: apt-get install poppler-utils"
    told = subprocess.run(
        # in the order it is read in, columns one after the other
        [tool, "-raw", "-enc", "UTF-8", "-", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    return "".join(told.stdout.decode().split())


@pytest.mark.parametrize("periods", [3, 12, 24, 36])
def test_it_says_everything_of_every_instalment(maker, periods):
    text = a_text(periods=periods)
    values = paper_of(text)
    words = words_of(maker.make("agreement", values))
    for row in values["rows"]:
        assert "".join([row["name"], row["due_on"], *row["figures"], row["capital"]]) in words
    assert len(values["rows"]) == periods + 1
    for told in (
        text["number"],
        text["total_capital"],
        figure(text["total_fen"]),
        text["loans"][0]["ref"],
        "罗涵敏",
    ):
        assert told in words
    for clause in text["clauses"]:
        for sentence in clause["words"]:
            assert "".join(sentence.split()) in words
    for _label, value in values["payee"] + values["ways"]:
        assert "".join(value.split()) in words
    assert values["text_sha256"] in words
    assert values["check_url"] in words


def test_the_same_values_give_the_same_bytes(maker, text):
    made = maker.make("agreement", paper_of(text))
    assert (
        made
        == maker.make("agreement", paper_of(text))
        == TypstMaker(machine_fonts=()).make("agreement", paper_of(text))
    )
    other = text | {"total_fen": text["total_fen"] + 1}
    assert maker.make("agreement", paper_of(other)) != made


def pages_of(pdf: bytes, *options) -> list[str]:
    told = subprocess.run(
        ["pdftotext", "-layout", "-enc", "UTF-8", *options, "-", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    return told.stdout.decode().removesuffix("\f").split("\f")


def gaps(pdf: bytes, folder) -> list[float]:
    """The highest band without ink between two lines of each page, as a part of its height."""
    subprocess.run(["pdftoppm", "-r", "30", "-gray", "-", folder / "page"], input=pdf, check=True)
    return [_gap(page.read_bytes()) for page in sorted(folder.glob("page*.pgm"))]


def _gap(picture: bytes) -> float:
    _kind, size, _white, dots = picture.split(b"\n", 3)
    width, height = map(int, size.split())
    inked = [y for y in range(height) if min(dots[y * width : (y + 1) * width]) < 200]
    return max(below - above for above, below in itertools.pairwise(inked)) / height


@pytest.mark.parametrize("upfront_fen", [0, 50_000])
@pytest.mark.parametrize(
    "periods", [1, 3, 6, 9, 10, 11, 12, 18, 24, 25, 27, 30, 33, 36, 42, 48, 54, 60]
)
def test_the_cost_table_is_whole_and_no_page_is_nearly_empty(maker, periods, upfront_fen, tmp_path):
    made = maker.make("agreement", paper_of(a_text(periods=periods, upfront_fen=upfront_fen)))
    found = gaps(made, tmp_path)
    payments = periods + bool(upfront_fen)
    assert len(found) <= (2 if payments <= 3 else 3)
    assert max(found) <= WIDEST_GAP, found
    pages = ["".join(page.split()) for page in pages_of(made)]
    (cost,) = [page for page in pages if "综合融资成本明示" in page]
    assert "除上述以外，不再收取其他息费。" in cost
    assert "怎么还款" in pages[-1]
    lines = [[line for line in page.splitlines() if line.strip()] for page in pages_of(made)]
    assert min(map(len, lines)) >= FEWEST_LINES


@pytest.mark.parametrize("waivers", [0, 2, 3, 4])
@pytest.mark.parametrize("periods", [1, 3, 12, 24, 36])
def test_no_page_is_nearly_empty_however_many_waivers(maker, periods, waivers, tmp_path):
    text = a_text(periods=periods)
    (waiver,) = [one for one in text["clauses"] if one["code"] == "waiver"]
    rest = [one for one in text["clauses"] if one is not waiver]
    text["clauses"] = [*rest[:5], *[waiver] * waivers, *rest[5:]]
    found = gaps(maker.make("agreement", paper_of(text)), tmp_path)
    assert max(found) <= WIDEST_GAP, found


def test_its_creation_is_the_signature(maker, text):
    made = maker.make("agreement", paper_of(text))
    assert f"D:{SIGNED_AT:%Y%m%d%H%M%S}Z".encode() in made


def test_it_is_tagged_small_and_archival(maker, text):
    made = maker.make("agreement", paper_of(text))
    assert b"/MarkInfo" in made
    assert b"pdfaid" in made
    assert len(made) < 200 * KB


def test_it_carries_the_text_and_the_record_as_files(maker, text, tmp_path):
    """Read by a tool that is not ours, as whoever has the paper would."""
    values = paper_of(text)
    (tmp_path / "paper.pdf").write_bytes(maker.make("agreement", values))
    subprocess.run(["pdfdetach", "-saveall", "paper.pdf"], cwd=tmp_path, check=True)
    text_file, act_file = (tmp_path / name for name in ("agreement.json", "signing.json"))
    assert hashlib.sha256(text_file.read_bytes()).hexdigest() == text_sha256(text)
    assert json.loads(text_file.read_text()) == text
    act = json.loads(act_file.read_text())
    assert act["text_sha256"] == text_sha256(text)
    told = "".join("".join(pages_of((tmp_path / "paper.pdf").read_bytes())).split())
    for _what, words in values["act"]:
        assert "".join(words.split()) in told


def test_it_takes_little_work(maker, text):
    values = paper_of(text)
    maker.make("agreement", values)
    took = []
    for number in range(5):
        start = time.process_time()
        maker.make("agreement", values | {"number": f"AH-0000{number}-1"})
        took.append(time.process_time() - start)
    # of the processor's time, however busy the machine: 100 ms on a quiet one
    assert min(took) < 0.4


@pytest.mark.parametrize(
    "name",
    [
        '#panic("x")',
        "$ a^2 $",
        '"引号"',
        "\\ # \\u{41}",
        "*粗* _斜_",
        "<b>=标题",
        "@ref //注释",
        '#image("/etc/passwd")',
    ],
)
def test_a_name_is_text_and_never_markup(maker, text, name):
    values = paper_of(text | {"borrower": {"name": name, "id_masked": "9****************5"}})
    assert "".join(name.split()) in words_of(maker.make("agreement", values))


@pytest.mark.parametrize("character", ["㛃", "𬭚", "𠮷", "龘", "𬊤", "䶮", "𡃁"])
def test_rare_characters_of_names_are_set(maker, text, character):
    values = paper_of(
        text | {"borrower": {"name": f"罗{character}敏", "id_masked": "9****************5"}}
    )
    assert f"罗{character}敏" in words_of(maker.make("agreement", values))


def test_a_character_no_font_has_stops_the_document_and_every_one_is_named(maker, text):
    values = paper_of(
        text | {"borrower": {"name": "罗\U000f0000敏\U000f0001\U000f0000", "id_masked": "-"}}
    )
    with pytest.raises(GlyphMissing) as refused:
        maker.make("agreement", values)
    assert sorted(refused.value.characters) == ["\U000f0000", "\U000f0001"]


def test_eight_threads_make_their_documents_at_once(maker, text):
    wanted = {number: paper_of(text | {"number": f"AH-0000{number}-1"}) for number in range(8)}
    alone = {number: maker.make("agreement", values) for number, values in wanted.items()}
    made, gate = {}, threading.Barrier(8)

    def make(number):
        gate.wait()
        made[number] = [maker.make("agreement", wanted[number]) for _ in range(3)]

    threads = [threading.Thread(target=make, args=(number,)) for number in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == {number: [pdf] * 3 for number, pdf in alone.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_of_every_kind_the_paper_says_every_loans_share(maker, kind, tmp_path):
    text = text_of_kind(kind)
    values = paper_of(text)
    made = maker.make("agreement", values)
    words = words_of(made)
    for row in values["rows"]:
        assert "".join([row["name"], row["due_on"], *row["figures"]]) in words
    for loan in values["loans"]:
        assert "".join([*loan["owed"], loan["waived"], loan["interest"], loan["total"]]) in words
        for row in loan["shares"]:
            assert "".join([row["name"], *row["figures"]]) in words
        assert "".join(["合计", *loan["sums"]]) in words
    for row in values["regular"]:
        assert "".join(row) in words
    for clause in text["clauses"]:
        for sentence in clause["words"]:
            assert "".join(sentence.split()) in words
    assert "怎么还款" in "".join(pages_of(made)[-1].split())
    assert max(gaps(made, tmp_path)) <= WIDEST_GAP


def test_ten_loans_over_sixty_months_stay_a_paper(maker):
    asked = PlanRequest(0, 0, None, 10, START, periods=60)
    text = kind_text(asked, [a_loan(number, paid=4 + number % 4) for number in range(1, 11)])
    made = maker.make("agreement", paper_of(text))
    assert len(pages_of(made)) <= 14
    assert len(made) < 1000 * KB

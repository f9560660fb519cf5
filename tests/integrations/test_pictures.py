"""What comes in is judged by its content and made anew; nothing of the file itself is kept."""

import io
import zipfile

import pytest
from PIL import Image

from app.integrations.pictures.maker import LimitedPictures
from app.integrations.pictures.worker import PAGES, SIDE
from app.ports.pictures import PictureRefused
from tests.support.papers import bomb, located, pdf, photo


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content), formats=("JPEG",))


@pytest.mark.parametrize(
    "content", [photo(), photo(form="PNG"), photo(form="PNG", mode="RGBA", colour=(9, 9, 9, 60))]
)
def test_a_photo_becomes_one_jpeg(content):
    (made,) = LimitedPictures().pictures(content)
    assert opened(made).size == (640, 480)


def test_place_name_and_time_are_gone_and_the_picture_stands_upright(tmp_path):
    content = located()
    assert b"HUAWEI-LILEI" in content
    (made,) = LimitedPictures().pictures(content)
    assert b"HUAWEI" not in made
    assert b"Exif" not in made
    assert not opened(made).getexif()
    assert opened(made).size == (480, 640)


def test_a_large_photo_is_made_smaller():
    (made,) = LimitedPictures().pictures(photo((6000, 3000)))
    assert max(opened(made).size) == SIDE


def test_each_page_of_a_pdf_becomes_a_picture():
    made = LimitedPictures().pictures(pdf(3))
    assert [max(opened(one).size) for one in made] == [SIDE] * 3


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "kind"),
        (b"hello, a few words", "kind"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 900, "heic"),
        (b"<html><script>alert(1)</script></html>", "kind"),
        (photo(form="GIF", mode="P", colour=1), "kind"),
        (photo()[:300], "unreadable"),
        (pdf()[:40], "unreadable"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 2000, "unreadable"),
        (pdf(PAGES + 1), "too_many_pages"),
        (bomb(), "too_large"),
        (photo() + pdf(), "mixed"),
        (photo() + b"<script>alert(1)</script>", "mixed"),
        (photo(form="PNG") + b"<HTML>", "mixed"),
        (b" \n" + pdf(), "kind"),
    ],
)
def test_what_is_no_photo_and_no_paper_is_refused_by_name(content, fault):
    with pytest.raises(PictureRefused) as refused:
        LimitedPictures().pictures(content)
    assert refused.value.fault == fault


@pytest.mark.parametrize("outside", [photo(), pdf()])
def test_a_file_that_is_an_archive_as_well_is_refused(outside):
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w") as archive:
        archive.writestr("a.html", "<p>x</p>")
    with pytest.raises(PictureRefused) as refused:
        LimitedPictures().pictures(outside + inside.getvalue())
    assert refused.value.fault == "mixed"


def test_what_takes_too_long_is_refused():
    with pytest.raises(PictureRefused) as refused:
        LimitedPictures(seconds=0).pictures(photo())
    assert refused.value.fault == "too_large"

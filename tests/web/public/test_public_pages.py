"""The pages anyone may see: the way in, a person to reach, the documents, the signs of life."""

import pytest
from sqlalchemy import text

from app.services.signin.legal_documents import current_documents


def targets(response):
    return [a.get("href") for a in response.page.iter("a")]


def test_start_leads_to_sign_in_and_to_a_person(client):
    page = client.get("/")
    assert page.status_code == 200
    assert {
        "/sign-in",
        "/help",
        "/callback?topic=number_changed",
        "/callback?topic=no_code",
    } <= set(targets(page))
    assert "办理不收任何费用" in page.page.text()
    assert not [one for one in targets(page) if "lang=" in one]  # one language is no choice
    assert "noindex" not in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "address", ["/", "/help", "/callback", "/legal/privacy", "/legal/user-agreement"]
)
def test_every_page_has_the_hotline_the_filing_numbers_and_both_documents(client, site, address):
    page = client.get(address)
    foot = page.page.first("footer")
    assert f"tel:{site.hotline.replace('-', '')}" in targets(page)
    for words in (
        site.hotline,
        site.hotline_hours,
        site.lender_name,
        site.icp_number,
        site.police_number,
    ):
        assert words in foot.text()
    assert {"/legal/user-agreement", "/legal/privacy", "/help"} <= {
        a.split("#")[0] for a in targets(page)
    }


@pytest.mark.parametrize("number", ["12356", "120", "110", "12378"])
def test_help_has_the_numbers_for_hard_moments(client, number):
    assert f"tel:{number}" in targets(client.get("/help"))


def test_help_warns_of_paid_agents_and_tells_the_effect_of_submitting(client):
    words = client.get("/help").page.text()
    assert "收费代办的，都是骗局" in words
    assert "诉讼时效重新计算" in words


@pytest.mark.parametrize("one", current_documents(), ids=lambda one: one.name)
def test_a_document_shows_its_version_dates_and_the_lender(client, site, one):
    page = client.get(f"/legal/{one.name}")
    words = page.page.text()
    assert f"第 {one.version} 版" in words
    assert "2026年11月8日起生效" in words
    assert site.lender_name in page.page.first("article").text()
    assert "{{" not in words


@pytest.mark.parametrize(
    "address", ["/legal/other", "/legal/privacy?version=99", "/legal/..%2Fstart"]
)
def test_a_document_that_was_never_published_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_large_text_stays_until_it_is_turned_off(client):
    assert client.get("/?size=large").page.first("html").get("data-size") == "large"
    page = client.get("/help")
    assert page.page.first("html").get("data-size") == "large"
    assert client.follow(page, "标准版").page.first("html").get("data-size") == "normal"


@pytest.mark.parametrize("code", ["en", "xx", "../../etc", ""])
def test_a_language_not_offered_is_ignored(client, code):
    page = client.get("/", query_string={"lang": code})
    assert "可以一起商量" in page.page.first("h1").text()


def test_robots_keep_to_public_pages(client):
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    assert "Disallow: /\n" in answer.text


def test_the_icon_is_there(client):
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")


def test_signs_of_life(client):
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_not_ready_while_the_database_is_not_migrated_but_alive(client, database):
    with database.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_not_ready_without_tables(client, database):
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "alembic" not in answer.text


def test_the_start_page_written_once_is_the_page_that_is_written_each_time(client):
    kept, anew = client.get("/"), client.get("/?x=1")
    assert kept.get_data() == client.get("/").get_data() == anew.get_data()


def test_a_choice_of_text_size_shows_on_the_start_page(client):
    assert 'data-size="large"' in client.get("/?size=large").get_data(as_text=True)
    assert 'data-size="large"' in client.get("/").get_data(as_text=True)

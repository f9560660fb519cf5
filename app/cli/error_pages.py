"""Pages for the proxy: what it says while nothing of ours answers, in our words."""

from pathlib import Path

import click
from flask import current_app, make_response

from app.cli.console import Answer, answering
from app.cli.database import runtime
from app.web import errors, login
from app.web.catalogues import gettext


@click.command("error-pages", help="写出反向代理用的出错页面：413、429、503")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="写到哪个文件夹"
)
@answering
def error_pages(out: Path) -> Answer:
    out.mkdir(parents=True, exist_ok=True)
    with current_app.test_request_context("/", base_url=runtime().site.base_url):
        login.ask_no_more()  # nobody is signed in, and no database is asked
        words = {
            413: gettext(
                "这次的内容太大，没有收到。照片请一次少选几张，文字请减少一些，再提交一次。"
            ),
            429: "",
            503: "",
        }
        for status, told in words.items():
            page = make_response(errors.page(status, told))
            (out / f"{status}.html").write_bytes(page.get_data())
    names = [f"{status}.html" for status in words]
    return Answer({"files": names}, names)


COMMANDS = (error_pages,)

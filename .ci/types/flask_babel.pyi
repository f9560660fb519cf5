# What we use of Flask-Babel, which comes without types. A lazy text stands for a text.
from collections.abc import Callable

from flask import Flask

class Babel:
    def __init__(
        self, app: Flask | None = None, *, locale_selector: Callable[[], str | None] | None = None
    ) -> None: ...

def gettext(string: str, **variables: object) -> str: ...
def lazy_gettext(string: str, **variables: object) -> str: ...

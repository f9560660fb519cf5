"""The cookie by which a browser is known again; one of its own for each door."""

import secrets
from dataclasses import dataclass
from typing import Literal

from flask import Response, request

from app.web.context import runtime

DEVICE_DAYS = 180


@dataclass(frozen=True)
class DeviceCookie:
    """A door's cookie; its value means nothing without the row that knows it."""

    name: str
    samesite: Literal["Strict", "Lax"]

    def read(self) -> str:
        """The browser's token; one without the cookie gets a new, unknown one."""
        # Made up before anything is known of the visitor, so that known and unknown browsers do the
        # same work.
        return request.cookies.get(self._full_name()) or secrets.token_urlsafe(32)

    def carry(self, response: Response, device: str) -> None:
        """Let the browser keep its token."""
        response.set_cookie(
            self._full_name(),
            device,
            max_age=DEVICE_DAYS * 86_400,
            path="/",
            secure=runtime().is_production,
            httponly=True,
            samesite=self.samesite,
        )

    def _full_name(self) -> str:
        # The prefix binds the cookie to our host and to https, which development does not have.
        return f"__Host-{self.name}" if runtime().is_production else self.name

# What we use of Flask-Login, which comes without types.
from collections.abc import Callable

from flask import Flask, Response

from app.web.login import SignedInUser

# or a visitor, who answers what pages ask of anyone
current_user: SignedInUser

class UserMixin:
    @property
    def is_authenticated(self) -> bool: ...

class AnonymousUserMixin:
    @property
    def is_authenticated(self) -> bool: ...

class LoginManager:
    anonymous_user: Callable[[], AnonymousUserMixin]
    session_protection: str | None
    def init_app(self, app: Flask) -> None: ...
    def unauthorized(self) -> Response: ...
    def unauthorized_handler(self, callback: Callable[[], Response]) -> object: ...
    def user_loader(self, callback: Callable[[str], UserMixin | AnonymousUserMixin]) -> object: ...

def login_user(user: UserMixin | AnonymousUserMixin) -> bool: ...
def logout_user() -> bool: ...

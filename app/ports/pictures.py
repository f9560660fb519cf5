"""What the product needs to take in pictures and papers of people it does not know."""

from typing import Literal, Protocol

from app.domain.errors import RuleBroken

Fault = Literal["kind", "heic", "unreadable", "too_large", "too_many_pages", "mixed"]


class PictureRefused(RuleBroken):
    """A file that cannot be taken; `fault` says why."""

    code = "picture_refused"

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault


class PictureMaker(Protocol):
    """Makes pictures of a photo or a PDF anew, so that nothing of the file itself is kept."""

    def pictures(self, content: bytes) -> tuple[bytes, ...]:
        """Return a JPEG a page without any metadata, bounded in pixels.

        Raises: PictureRefused; GatewayDown when no picture can be made now.
        """
        ...

"""Keys of requests that were answered: a second call with the same content gets the first reply.
Never commits.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import RequestKey
from app.services.core.context import Context


class KeyReused(RuleBroken):
    """The key of an earlier request came with another content."""

    code = "key_reused"
    message = N_("这一页已经提交过了")


@dataclass(frozen=True)
class Request:
    """Who asks for what under which key; the body is a hash of the content, the same for the same
    content.
    """

    who: str
    route: str
    key: str
    # A keyed hash where words or numbers of people are in the content, so that this table tells
    # nothing.
    body: str = "-"


def reply_before(session: Session, *, request: Request) -> dict[str, Any] | None:
    """Return the reply this request got before; None for a new one.

    Raises: KeyReused where the key came with another content.
    """
    mine = (
        RequestKey.actor == request.who,
        RequestKey.route == request.route,
        RequestKey.key == request.key,
    )
    found = session.scalars(select(RequestKey).where(*mine)).one_or_none()
    if found is None:
        return None
    # A key that comes back with other content is a page sent again after an edit, and a silent
    # "done" would lose the edit.
    if found.body_sha256 != request.body:
        raise KeyReused

    return dict(found.reply)


def keep_reply(session: Session, context: Context, *, request: Request, **reply: str) -> None:
    """Keep what a request was answered with; the key is unique, so that only one of two at once is
    answered.
    """
    session.add(
        RequestKey(
            actor=request.who,
            route=request.route,
            key=request.key,
            body_sha256=request.body,
            status="done",
            reply=reply,
            at=context.now,
        )
    )
    # The unique key is met here and not at the commit: of two at once the second fails inside its
    # use case, with all it did rolled back.
    session.flush()

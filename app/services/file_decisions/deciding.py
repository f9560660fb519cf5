"""A file that waits is confirmed or declined by a supervisor, with a reason, on record."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import NightlyFile, NightlyFileAct
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.nightly.kept_lines import drop_lines

LONGEST_WORDS = 300
Act = Literal["confirm", "decline"]
STATES = {"confirm": "confirmed", "decline": "declined"}


class FileDecided(RuleBroken):
    """The file does not wait any more."""

    code = "file_decided"
    message = N_("这份文件已经不在等人确认了，请看它现在的状态")


class WhyNeeded(RuleBroken):
    """A decision about a file needs its reason."""

    code = "why_needed"
    message = N_("请写明原因，最多 %(most)s 个字")
    values: Mapping[str, object] = MappingProxyType({"most": LONGEST_WORDS})


def decide_file(
    session: Session, context: Context, *, public_id: str, act: Act, words: str
) -> None:
    """Confirm a file that waits, so that it is applied, or decline it, so that nothing of it is.

    Raises: NotFound, FileDecided, WhyNeeded.
    Source: contract, the nightly file.
    """
    said = words.strip()
    if not said or len(said) > LONGEST_WORDS:
        raise WhyNeeded
    with transaction(session):
        file = locked_file(session, public_id=public_id)
        if file.state != "waiting":
            raise FileDecided
        file.state = STATES[act]
        keep_act(session, context, file=file, act=act, words=said)
        session.flush()
        drop_lines(session)
        audit.record(
            session,
            context,
            action=f"nightly_file.{file.state}",
            object_kind="nightly_file",
            object_id=file.public_id,
            before={"state": "waiting"},
            after={"state": file.state},
            reason=said,
        )


def locked_file(session: Session, *, public_id: str) -> NightlyFile:
    """Return a file, locked until the commit. Raises: NotFound."""
    one = select(NightlyFile).where(NightlyFile.public_id == public_id).with_for_update()
    file = session.scalars(one, execution_options={"populate_existing": True}).one_or_none()
    if file is None:
        raise NotFound
    return file


def keep_act(
    session: Session, context: Context, *, file: NightlyFile, act: str, words: str
) -> NightlyFileAct:
    """Keep what a person decided about a file; a step of a use case."""
    row = NightlyFileAct(
        file_id=file.id,
        act=act,
        words=words,
        who=context.actor.who,
        person_id=context.member.person_id if context.member else None,
        at=context.now,
    )
    session.add(row)
    return row

"""Time stamps of signed files: a file that waits for one is not handed out."""

from app.domain.errors import RuleBroken
from app.domain.texts import N_

# A file without either was signed before there were time stamps, and needs none (ADR 0053).
DUE, STAMPED = "due", "stamped"


class NotStampedYet(RuleBroken):
    """The file waits for its time stamp and is handed to nobody until then."""

    code = "not_stamped_yet"
    message = N_("协议已经签好、已经生效，文件还差一个时间戳，一般几分钟盖好，之后就能下载")


def check_stamped(stamp: str | None) -> None:
    """Pass where a file may be handed out.

    Raises: NotStampedYet.
    Source: I-10, ADR 0053.
    """
    if stamp == DUE:
        raise NotStampedYet

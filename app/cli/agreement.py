"""Agreements on the command line."""

import hashlib
from pathlib import Path

import click

from app.cli.console import Answer, answering
from app.cli.database import context, opened, runtime
from app.domain.calendar import BEIJING
from app.domain.errors import DomainError, GatewayDown
from app.ports.documents import SealFound
from app.services.agreements.checking import file_fault
from app.services.core.context import Actor
from app.services.signed_files.keeping import PaperDiffers
from app.services.signed_files.moving import take_in

ACTOR = Actor("cli:papers-back")

REASONS = {
    "not_a_pdf": "这不是 PDF 文件",
    "too_large": "文件太大，不会是我们的协议",
    "unreadable": "这个 PDF 读不了",
    "unsigned": "文件上没有电子签章",
    "other_key": "签章不是我们的",
    "altered": "签章之后文件被改过",
    "certificate_out_of_date": "签章时证书不在有效期内",
    "stamp_invalid": "时间戳不是可信机构的，或者不是这份文件的",
    "stamp_missing": "文件还没有时间戳：盖好时间戳的那一份才算",
    "withdrawn": "证明是我们出的，后来收回了：有一笔还款被退回或者更正",
    "unknown_number": "签章是真的，但我们没有这个编号的这份文件",
}


@click.command("verify-agreement", help="核对一份协议或证明的 PDF 是不是真的、有没有被改过")
@click.argument(
    "path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@answering
def verify_agreement(path: Path) -> Answer:
    pdf = path.read_bytes()
    found = runtime().gateways.signer.read_seal(pdf)
    reason = found.reason or _reason_of_register(found, pdf)
    is_genuine = not reason
    signed_at = (
        found.signed_at.astimezone(BEIJING).isoformat() if found.signed_at and is_genuine else None
    )
    number = found.number if is_genuine else None
    words = (
        f"是真的：{number}，{signed_at} 签署{_stamped(found)}"
        if is_genuine
        else f"不能认：{REASONS[reason]}"
    )
    values = {
        "genuine": is_genuine,
        "number": number,
        "signed_at": signed_at,
        "reason": reason or None,
    }
    return Answer(values, [words], is_so=is_genuine)


def _stamped(found: SealFound) -> str:
    """Said to people only: the values for machines are fixed."""
    if found.stamped_at is None:
        return ""
    return f"，{found.stamped_at.astimezone(BEIJING).isoformat()} 盖有时间戳"


def _reason_of_register(found: SealFound, pdf: bytes) -> str:
    """The seal holds; the register must know the very same file under its number."""
    with opened() as session:
        return file_fault(
            session,
            number=found.number,
            pdf_sha256=hashlib.sha256(pdf).hexdigest(),
            is_stamped=found.stamped_at is not None,
        )


@click.command("papers-back", help="把协议 PDF 收回数据库，为退到旧版本做准备；先停网页和后台")
@answering
def papers_back() -> Answer:
    done = 0
    with opened() as session:
        try:
            while taken := take_in(session, context(ACTOR)):
                done += taken
        except (GatewayDown, PaperDiffers) as fault:
            return Answer(
                {"taken": done, "fault": fault.code}, [_stopped(done, fault)], is_so=False
            )
    return Answer({"taken": done, "fault": None}, [f"收回 {done} 份，都在数据库里了"])


def _stopped(done: int, fault: DomainError) -> str:
    why = (
        "文件存储没有应答"
        if isinstance(fault, GatewayDown)
        else "有一份和签署时的不一样，check-invariants 会说是哪一份"
    )
    return f"收回 {done} 份后停了：{why}；已收回的都在，可以再运行一次"


COMMANDS = (verify_agreement, papers_back)

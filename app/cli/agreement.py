"""Agreements on the command line."""

import hashlib
from pathlib import Path

import click

from app.cli.console import Answer, answering
from app.cli.database import opened, runtime
from app.domain.calendar import BEIJING
from app.ports.documents import SealFound
from app.services.agreements.checking import file_fault

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
    "unknown_number": "签章是真的，但我们没有这个编号的这份文件",
}


@click.command("verify-agreement", help="核对一份协议 PDF 是不是真的、有没有被改过")
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


COMMANDS = (verify_agreement,)

"""Where a transfer goes, as lines that another phone reads off the screen. No scheme of a bank: a
phone shows the text, and its owner copies from it.
"""

from dataclasses import dataclass

from flask import Flask

from app.domain.money import figure
from app.domain.references import said_aloud
from app.ports.site import Site
from app.web.catalogues import gettext
from app.web.context import site
from app.web.qr import QrPicture, qr_picture


@dataclass(frozen=True)
class TransferCode:
    """The lines of a transfer and their square."""

    lines: tuple[str, ...]
    picture: QrPicture


def install(app: Flask) -> None:
    # globals, so that imported macros see them too
    app.jinja_env.globals["transfer_code"] = transfer_code
    app.jinja_env.filters["said_aloud"] = said_aloud


def transfer_code(reference: str, fen: int | None = None) -> TransferCode:
    """The transfer of a reference, of a sum where one is asked."""
    lines = transfer_lines(site(), reference, fen)
    return TransferCode(lines, qr_picture("\n".join(lines)))


def transfer_lines(payee: Site, reference: str, fen: int | None) -> tuple[str, ...]:
    """Payee, bank, account and remark, a line each; the sum last."""
    lines = (
        gettext("收款人：%(name)s", name=payee.payee_name),
        gettext("开户银行：%(name)s", name=payee.payee_bank),
        gettext("账号：%(number)s", number=payee.payee_account),
        gettext("备注：%(reference)s", reference=reference),
    )
    return (*lines, gettext("金额：%(sum)s", sum=figure(fen))) if fen else lines

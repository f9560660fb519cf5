"""Pages of a paper as they lie in the storage: sealed, a file a page, a folder a paper."""

from collections.abc import Sequence
from contextlib import suppress

from app.domain.errors import GatewayDown, NotFound
from app.services.core.context import Context

TABLE = "evidence"


def store_pages(context: Context, *, row: str, pages: Sequence[bytes]) -> None:
    """Seal and write every page of a paper; where one cannot be written none is left.

    Raises: GatewayDown.
    """
    try:
        for number, page in enumerate(pages, 1):
            sealed = context.vault.seal_file(page, table=TABLE, row=row, column=_column(number))
            with context.gateways.papers.writing(_name(row, number)) as file:
                file.write(sealed)
    except BaseException:
        with suppress(GatewayDown):  # the sweep deletes what no paper names
            context.gateways.papers.delete(row)
        raise


def let_go_pages(context: Context, *, row: str) -> None:
    """Delete pages that no row will name; where the store does not answer the sweep does it."""
    with suppress(GatewayDown):
        context.gateways.papers.delete(row)


def read_page(context: Context, *, row: str, page: int) -> bytes:
    """Open one page. Raises: NotFound; ValueError when it was moved or altered."""
    with context.gateways.papers.opened(_name(row, page)) as file:
        sealed = file.read()
    return context.vault.unseal_file(sealed, table=TABLE, row=row, column=_column(page))


def erase_pages(context: Context, *, row: str) -> None:
    """Delete every page of a paper; one that is gone already is fine.

    Raises: GatewayDown where it is still there, so that nobody is told it were deleted.
    """
    context.gateways.papers.delete(row)
    try:
        context.gateways.papers.opened(_name(row, 1)).close()
    except NotFound:
        return
    raise GatewayDown("文件没有删掉")


def _name(row: str, page: int) -> str:
    return f"{row}/{page}"


def _column(page: int) -> str:
    return f"page_{page}"

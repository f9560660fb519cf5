"""What the list of exports says of one that failed."""

from app.domain.texts import N_
from app.ports.sheets import SheetFull
from app.services.finance.export_files import LedgerDiffers, PdfDiffers, TotalsDiffer
from app.web.filters import translated
from app.web.finance.blueprint import bp

# Only codes that say something to finance; the rest are for the log.
FAULTS = {one.code: one.message for one in (TotalsDiffer, LedgerDiffers, PdfDiffers, SheetFull)}
OTHER = N_("这次没有导出成功，请再导出一次；还不行，请联系管理员")


@bp.app_template_filter()
def export_fault(code: str) -> str:
    """Why an export failed, in the reader's language."""
    return translated(FAULTS.get(code, OTHER))

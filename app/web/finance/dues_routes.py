"""What falls due by day and month and what of it came; the same as a file."""

import io

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue

from app.ports.sheets import Column, Sheet
from app.services.dues.queries import DuesPage, dues_page
from app.web.access import staff_required
from app.web.context import context, db_session, gateways
from app.web.filters import cn_datetime
from app.web.finance.blueprint import bp
from app.web.finance.dues_forms import DuesForm

READERS = ("finance", "compliance")
SHEET = Sheet(
    "应收实收",
    (
        Column("到期", width=12),
        Column("产品", width=20),
        *(
            Column(name, "fen")
            for name in ("应收", "已收", "还差", "答应的减免", "兑现的减免", "失效的减免")
        ),
    ),
)


@bp.get("/dues")
@staff_required(*READERS)
def dues() -> ResponseReturnValue:
    form, page = _asked()
    return render_template("finance/dues.html", form=form, page=page, query=form.query())


@bp.get("/dues.csv")
@staff_required(*READERS)
def dues_file() -> ResponseReturnValue:
    _form, page = _asked()
    file = io.BytesIO()
    with gateways().sheets["csv"].writing([SHEET], [file], foot="") as sheet:
        for one in page.rows:
            on = one.on.isoformat()[: 7 if page.is_year else 10]
            due, received, promised, earned, lapsed = one.sums
            sheet.row(0, (on, one.product, due, received, one.open_fen, promised, earned, lapsed))
        due, received, promised, earned, lapsed = page.total
        told = ("合计", "", due, received, due - received, promised, earned, lapsed)
        sheet.total(0, told)
        sheet.note(0, f"截至 {cn_datetime(page.as_of)}" if page.as_of else "还没有算过")
    file.seek(0)
    return send_file(
        file,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=f"应收实收-{page.first.isoformat()[: 4 if page.is_year else 7]}.csv",
    )


def _asked() -> tuple[DuesForm, DuesPage]:
    form = DuesForm(request.args)
    month = form.month.data if form.validate() and form.month.data else context().today
    page = dues_page(
        db_session(),
        month=month,
        is_year=form.by.data == "year",
        product=form.product.data or "",
    )
    form.fit_to(page)
    return form, page

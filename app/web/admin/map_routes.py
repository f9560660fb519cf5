"""Column maps: a sample is looked at, a version drafted, tried, activated by a second person."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.services.maps import drafting, map_queries
from app.services.maps.map_queries import MapView
from app.web.access import staff_required, step_up_required
from app.web.admin import map_words
from app.web.admin.blueprint import bp
from app.web.admin.editions import edition_of
from app.web.admin.map_forms import MapForm, SampleForm, field_of, typed_values
from app.web.admin.map_page import column_fields
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other
from app.web.uploads import takes_files

HAND = "hand"


@bp.get("/maps")
@staff_required("admin")
def maps() -> ResponseReturnValue:
    return _list(SampleForm())


@bp.post("/maps")
@takes_files
@staff_required("admin")
def begin_map() -> ResponseReturnValue:
    form, sample = SampleForm(), request.files.get("sample")
    is_whole = form.validate_on_submit()
    if sample is None or not sample.filename:
        form.form_errors.append(gettext("请选一个样本文件"))
        return _list(form)
    if not is_whole:
        return _list(form)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample"
        sample.save(path)
        try:
            sheet = form.sheet.data or ""
            name = Path(sample.filename).name
            table = context().gateways.tables.open(path, name=name, sheet=sheet)
            public_id = drafting.begin_map(
                db_session(), context(), name=form.name.data or "", table=table, sheet=sheet
            )
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
            return _list(form)
    return see_other(url_for(".map_version", public_id=public_id))


@bp.get("/maps/<public_id>")
@staff_required("admin")
def map_version(public_id: str) -> ResponseReturnValue:
    return _show(map_queries.map_view(db_session(), context(), public_id=public_id), MapForm())


@bp.post("/maps/<public_id>")
@staff_required("admin")
def save_map(public_id: str) -> ResponseReturnValue:
    view = map_queries.map_view(db_session(), context(), public_id=public_id)
    form, is_handed = MapForm(), request.form.get("act") == HAND
    values = typed_values(form, request.form, view.values)
    try:
        # Kept first, so that nothing typed is lost where it cannot be handed over yet.
        edition = drafting.save_map(
            db_session(),
            context(),
            public_id=public_id,
            edition=edition_of(form.edition.data),
            values=values,
        )
        if is_handed:
            drafting.hand_map(db_session(), context(), public_id=public_id, edition=edition)
    except RuleBroken as refused:
        flash(words_of(refused))
        return see_other(url_for(".map_version", public_id=public_id))
    told = (
        gettext("交出去了，等另一位管理员启用。")
        if is_handed
        else gettext("存好了，下面按它又试读了一遍。")
    )
    flash(told)
    return see_other(url_for(".map_version", public_id=public_id))


@bp.post("/maps/<public_id>/activate")
@staff_required("admin")
@step_up_required
def activate_map(public_id: str) -> ResponseReturnValue:
    def act() -> str:
        drafting.activate_map(
            db_session(), context(), public_id=public_id, edition=edition_of(MapForm().edition.data)
        )
        return gettext("启用了。导入时写这个列对照的名字，文件就按它读。")

    return _act(public_id, act)


@bp.post("/maps/<public_id>/act")
@staff_required("admin")
def act_on_map(public_id: str) -> ResponseReturnValue:
    """Take back to change, or drop: neither puts anything in use."""

    def act() -> str:
        if request.form.get("act") == "drop":
            drafting.drop_map(db_session(), context(), public_id=public_id)
            return gettext("作废了，样本也删掉了。")
        drafting.take_back_map(db_session(), context(), public_id=public_id)
        return gettext("收回来了，可以接着改。")

    return _act(public_id, act)


def _act(public_id: str, act: Callable[[], str]) -> ResponseReturnValue:
    try:
        flash(act())
    except RuleBroken as refused:
        flash(words_of(refused))
    return see_other(url_for(".map_version", public_id=public_id))


def _list(form: SampleForm) -> str:
    return render_template(
        "admin/maps.html", rows=map_queries.map_rows(db_session()), form=form, words=map_words
    )


def _show(view: MapView, form: MapForm) -> str:
    form.edition.data = str(view.row.edition)
    form.heading_row.data = str(view.values.get("heading_row") or "")
    told = view.values.get("nothing") or ()
    form.nothing.data = " ".join(told) if isinstance(told, list) else ""
    return render_template(
        "admin/map_version.html",
        one=view,
        form=form,
        words=map_words,
        fields=column_fields(view),
        name_of_code=field_of,
        may_edit=view.is_mine and view.row.state == "draft",
    )

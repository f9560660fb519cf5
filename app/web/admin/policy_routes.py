"""Versions of the policy: the one in force, the draft of the next, activated by a second person."""

from collections.abc import Callable

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.domain.evidence import TOPICS
from app.domain.policy_checks import CHECKED
from app.domain.policy_numbers import names_of, numbers_of
from app.domain.policy_texts import LONGEST, MOST_TOPICS, PolicyTexts
from app.services.core.wording import BannedWords
from app.services.policies import activating, drafting, queries
from app.services.policies.drafting import DayNeeded
from app.services.policies.queries import DraftView
from app.services.policies.trial_queries import trial_of
from app.web.access import staff_required, step_up_required
from app.web.admin import policy_texts, policy_words
from app.web.admin.blueprint import bp
from app.web.admin.editions import edition_of
from app.web.admin.policy_forms import DraftForm, EditionForm
from app.web.catalogues import gettext
from app.web.context import context, db_session, policy
from app.web.filters import words_of
from app.web.returning import see_other

HAND = "hand"


@bp.get("/policies")
@staff_required("admin")
def policies() -> ResponseReturnValue:
    return render_template(
        "admin/policies.html",
        draft=queries.open_draft(db_session(), context()),
        rows=queries.version_rows(db_session(), context()),
        words=policy_words,
        texts=policy_texts,
    )


@bp.post("/policies")
@staff_required("admin")
def begin_policy() -> ResponseReturnValue:
    public_id = drafting.begin_draft(db_session(), context())
    return see_other(url_for(".policy_draft", public_id=public_id))


@bp.get("/policies/<public_id>")
@staff_required("admin")
def policy_draft(public_id: str) -> ResponseReturnValue:
    return _show(queries.draft_view(db_session(), context(), public_id=public_id), DraftForm())


@bp.post("/policies/<public_id>")
@staff_required("admin")
def save_policy(public_id: str) -> ResponseReturnValue:
    view = queries.draft_view(db_session(), context(), public_id=public_id)
    form, is_handed = DraftForm(), request.form.get("act") == HAND
    typed = policy_texts.typed_texts(request.form, view.texts, view.base_texts)
    if form.validate_on_submit():
        try:
            if is_handed and form.from_on.data is None:
                raise DayNeeded
            drafting.save_draft(
                db_session(),
                context(),
                public_id=public_id,
                edition=edition_of(form.edition.data),
                numbers=form.numbers,
                texts=typed,
                hand_from=form.from_on.data if is_handed else None,
            )
        except BannedWords as refused:
            found = "、".join(refused.found)
            told = gettext("%(advice)s：%(words)s", advice=words_of(refused), words=found)
            form.form_errors.append(told)
            return _show(view, form, typed)
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
            return _show(view, form, typed)
        if is_handed:
            flash(gettext("交出去了，等另一位管理员启用。"))
        else:
            flash(gettext("草稿存好了，右边按它重新算过。"))
        return see_other(url_for(".policy_draft", public_id=public_id))
    return _show(view, form, typed)


@bp.post("/policies/<public_id>/activate")
@staff_required("admin")
@step_up_required
def activate_policy(public_id: str) -> ResponseReturnValue:
    def act() -> str:
        version = activating.activate_draft(
            db_session(),
            context(),
            public_id=public_id,
            edition=edition_of(EditionForm().edition.data),
        )
        return gettext("%(version)s 启用了。", version=version)

    return _act(public_id, act)


@bp.post("/policies/<public_id>/act")
@staff_required("admin")
def act_on_policy(public_id: str) -> ResponseReturnValue:
    """Take back to edit, or drop: neither puts anything in force."""

    def act() -> str:
        if request.form.get("act") == "drop":
            drafting.drop_draft(db_session(), context(), public_id=public_id)
            return gettext("草稿作废了。")
        drafting.take_back_draft(db_session(), context(), public_id=public_id)
        return gettext("收回来了，可以接着改。")

    return _act(public_id, act)


def _act(public_id: str, act: Callable[[], str]) -> ResponseReturnValue:
    try:
        flash(act())
    except RuleBroken as refused:
        flash(words_of(refused))
    found = queries.open_draft(db_session(), context())
    if found is None or found.public_id != public_id:
        return see_other(url_for(".policies"))
    return see_other(url_for(".policy_draft", public_id=public_id))


def _show(view: DraftView, form: DraftForm, typed: PolicyTexts | None = None) -> str:
    form.fill(view.policy)
    if not form.from_on.raw_data:
        form.from_on.data = view.from_on or view.earliest_on
    # What was typed over stands with its own edition: a page that is old must not pass as new.
    if not form.edition.raw_data:
        form.edition.data = str(view.edition)
    return render_template(
        "admin/policy_draft.html",
        one=view,
        form=form,
        before=numbers_of(view.base),
        numbers=numbers_of(view.policy),
        changed=names_of(view.changed),
        running=policy().version,
        trial=trial_of(db_session(), context(), running=view.base, draft=view.policy),
        checked=CHECKED,
        words=policy_words,
        texts=policy_texts,
        typed=typed or view.texts,
        longest=LONGEST,
        most_topics=MOST_TOPICS,
        topic_codes=tuple(TOPICS),
    )

"""What a borrower shows of a hardship: photos and papers, added one by one, seen again, taken
back.
"""

from dataclasses import dataclass, field

from flask import Response, flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import GatewayDown, RuleBroken
from app.domain.evidence import FILE_BYTES, MEGABYTES, TOPICS
from app.services.evidence import adding, queries, reading, removing
from app.services.evidence.adding import KindNeeded, PaperConsentNeeded, TooManyUploads, Upload
from app.services.evidence.queries import BorrowerPapers
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.evidence_forms import PaperForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import translated, words_of
from app.web.papers import page_file, refusal_words
from app.web.returning import see_other
from app.web.uploads import takes_files

JSON = "application/json"


@dataclass
class Taken:
    """What became of the files of one form, in their order."""

    form: PaperForm
    count: int = 0
    refused: list[str] = field(default_factory=list)
    at_kind: str = ""
    at_consent: str = ""

    @property
    def words(self) -> list[str]:
        return [one for one in (self.at_kind, self.at_consent, *self.refused) if one]


@bp.route("/plan/<version_id>/papers", methods=["GET", "POST"])
@takes_files
@borrower_required
def papers(version_id: str) -> ResponseReturnValue:
    found = _papers(version_id)
    if request.method == "GET":
        return _page(found, None)
    form = PaperForm()
    topic = TOPICS.get(form.topic.data or "")
    if topic is None:
        return see_other(url_for(".papers", version_id=version_id))
    form.fit_to(topic)
    form.validate_on_submit()  # what it lacks is told beside it
    taken = _take(version_id, form)
    if request.accept_mimetypes.best == JSON:
        return jsonify(count=taken.count, words=taken.words)
    if taken.count:
        flash(gettext("收到了 %(count)s 份。", count=taken.count))
    if not taken.words:
        return see_other(url_for(".papers", version_id=version_id))
    # Read anew: what was taken is there whatever was refused beside it.
    return _page(_papers(version_id), taken)


@bp.post("/plan/<version_id>/papers/<paper>/delete")
@borrower_required
def remove_paper(version_id: str, paper: str) -> ResponseReturnValue:
    _papers(version_id)
    removing.remove_paper(db_session(), context(), borrower_id=me(), paper=paper)
    flash(gettext("删掉了。"))
    return see_other(url_for(".papers", version_id=version_id))


@bp.post("/plan/<version_id>/papers/take-back")
@borrower_required
def take_papers_back(version_id: str) -> ResponseReturnValue:
    _papers(version_id)
    if removing.take_papers_back(db_session(), context(), borrower_id=me()):
        flash(gettext("同意已经收回，银行和看病的材料都删掉了。"))
    return see_other(url_for(".papers", version_id=version_id))


@bp.get("/plan/<version_id>/papers/<paper>/<int:page>.jpg")
@borrower_required
def paper_page(version_id: str, paper: str, page: int) -> Response:
    content = reading.own_page(db_session(), context(), borrower_id=me(), paper=paper, page=page)
    return page_file(content, page)


def _papers(version_id: str) -> BorrowerPapers:
    return queries.borrower_papers(
        db_session(), context(), borrower_id=me(), version_public_id=version_id
    )


def _page(found: BorrowerPapers, taken: Taken | None) -> str:
    forms = {}
    for one in found.topics:
        if taken is not None and taken.form.topic.data == one.topic.code:
            forms[one.topic.code] = taken.form
            continue
        form = PaperForm(formdata=None)
        form.topic.data = one.topic.code
        form.fit_to(one.topic)
        forms[one.topic.code] = form
    return render_template(
        "borrower/papers.html",
        found=found,
        paper_forms=forms,
        taken=taken,
        most_megabytes=MEGABYTES,
        back_url=url_for(".plan_status", version_id=found.version),
    )


def _take(version_id: str, form: PaperForm) -> Taken:
    """Take each file by itself: what is wrong with one is said of that one."""
    taken = Taken(form)
    if form.kind.errors:
        taken.at_kind = translated(KindNeeded.message)
        return taken
    files = [one for one in request.files.getlist("files") if one.filename]
    if not files:
        taken.refused.append(gettext("还没有选图。点“拍照，或从相册选”，选好再上传。"))
    for number, one in enumerate(files, 1):
        try:
            _add(version_id, form, one.stream.read(FILE_BYTES + 1))
            taken.count += 1
        except PaperConsentNeeded as refused:
            taken.at_consent = words_of(refused)
            break
        except TooManyUploads:
            raise
        except GatewayDown:
            said = gettext("现在存不进去，没有收；收到的都在。请过一会儿再传这张")
            taken.refused.append(_told(number, len(files), said))
        except RuleBroken as refused:
            taken.refused.append(_told(number, len(files), refusal_words(refused)))
    return taken


def _add(version_id: str, form: PaperForm, content: bytes) -> None:
    adding.add_evidence(
        db_session(),
        context(),
        borrower_id=me(),
        version_public_id=version_id,
        upload=Upload(
            topic=form.topic.data or "",
            kind=form.kind.data or "",
            content=content,
            has_consented=bool(form.consent.data),
        ),
    )


def _told(number: int, count: int, said: str) -> str:
    return said if count == 1 else gettext("第 %(number)s 张：%(said)s", number=number, said=said)

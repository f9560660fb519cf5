"""Why a file waits for a person, as codes with values: many loans gone, most rows not ours."""

from datetime import date
from typing import Any, NamedTuple

from app.domain.loan import LoanTerms, Method
from app.domain.nightly_row import FileFigures
from app.domain.nightly_units import DifferingRow, is_another_unit, unit_evidence
from app.domain.texts import N_
from app.services.nightly.judging import JudgingCounts
from app.services.staged.staging import StagingArea

VANISH_PERCENT = 10  # more than that gone, and the file waits for a person
# Enough to tell a unit by; each is computed once for each unit.
SAMPLE = 100
COLUMNS = (
    "line",
    "ref",
    "method",
    "principal_fen",
    "annual_ppm",
    "uplift_ppm",
    "day_basis",
    "periods",
    "paid",
    "start_on",
    "due_day",
    "left_fen",
    "overdue_principal_fen",
    "interest_fen",
    "penalty_fen",
    "fee_fen",
)
REASONS = {
    "vanished": N_("原来的 %(before)s 笔借款里有 %(gone)s 笔不在文件里，超过 %(percent)s%%"),
    "taken_back": N_("这份文件导入过，后来有人撤回了"),
    "unit": N_("和我们的计算对照了 %(compared)s 行，%(unlike)s 行不一样"),
}
# What a whole column in another unit looks like.
UNITS = {
    "": N_("没有一种换算能让它们对上，请和核心系统核对"),
    "rates_fraction": N_("年利率和罚息上浮像是写成了小数（0.219 应为 21.9）"),
    "annual_fraction": N_("年利率像是写成了小数（0.219 应为 21.9）"),
    "uplift_fraction": N_("罚息上浮像是写成了小数（0.5 应为 50）"),
    "annual_monthly": N_("年利率这一列像是月利率"),
    "annual_daily": N_("年利率这一列像是日利率"),
    "amounts_fen": N_("金额像是按分写的，应该按元"),
    "figures_fen": N_("剩余本金和应收各项像是按分写的，应该按元"),
    "principal_fen": N_("放款金额像是按分写的，应该按元"),
    "amounts_larger": N_("金额像是按万元或千元写的，应该按元"),
}
FITS = N_("这样换算，试过的 %(tried)s 行里有 %(fits)s 行对得上")


class WaitReason(NamedTuple):
    """One reason why a file waits; the values fill the words of its code. Units: fen."""

    code: str
    values: dict[str, Any]

    @property
    def words(self) -> str:
        """Return it in the source language."""
        said = REASONS[self.code] % self.values if self.values else REASONS[self.code]
        if self.code != "unit":
            return said
        looks = [UNITS[self.values["unit"]], *([FITS % self.values] if self.values["fits"] else [])]
        return "；".join([said, *looks])


def reasons_to_wait(
    judged: JudgingCounts,
    stage: StagingArea,
    *,
    gone: int,
    before: int,
    as_of: date,
    ceiling_ppm: int,
    was_taken_back: bool = False,
) -> tuple[WaitReason, ...]:
    """Return why a judged file has to wait for a person; nothing where it does not.

    Source: contract, the nightly file: vanished, unit.
    """
    found = []
    # Compared without dividing: the limit is exact also for few loans. A file cut short looks just
    # like loans that were sold.
    if gone * 100 > before * VANISH_PERCENT:
        values = {"gone": gone, "before": before, "percent": VANISH_PERCENT}
        found.append(WaitReason("vanished", values))
    # Brought again by a scheduler, it would stand again the next night.
    if was_taken_back:
        found.append(WaitReason("taken_back", {}))
    if judged.unlike * 2 > judged.compared:
        found += _unit(judged, stage, as_of, ceiling_ppm)
    return tuple(found)


def _unit(
    judged: JudgingCounts, stage: StagingArea, as_of: date, ceiling_ppm: int
) -> list[WaitReason]:
    rows = [_row(*one) for one in stage.differing(COLUMNS, SAMPLE)]
    evidence = unit_evidence(rows, as_of=as_of, ceiling_ppm=ceiling_ppm)
    if evidence is None or not is_another_unit(judged.unlike, judged.compared, evidence):
        return []
    counts = {"unlike": judged.unlike, "compared": judged.compared}
    return [WaitReason("unit", counts | evidence.__dict__)]


def _row(*values: Any) -> DifferingRow:
    told = dict(zip(COLUMNS, values, strict=True))
    terms = LoanTerms(
        principal_fen=told["principal_fen"],
        annual_ppm=told["annual_ppm"],
        uplift_ppm=told["uplift_ppm"],
        day_basis=told["day_basis"],
        method=Method(told["method"]),
        periods=told["periods"],
        start_on=date.fromisoformat(told["start_on"]),
        due_day=told["due_day"],
    )
    return DifferingRow(
        told["line"],
        told["ref"],
        terms,
        told["paid"],
        FileFigures(*values[COLUMNS.index("left_fen") :]),
    )

"""Why a plan wants a person, as the desk reads it: with the contract's rate and the differing
figures where they are known.
"""

from collections.abc import Mapping, Sequence

from app.domain.money import exact_percent, yuan
from app.domain.texts import N_
from app.services.plans.verdicts import RuleView
from app.services.queue.queries import LoanDiffers
from app.web.admin.desk_words import COMPONENTS
from app.web.catalogues import gettext
from app.web.wait_words import desk_reason

NOTHING_LEFT = N_("收入减去开支，没有余下")


def why(rule: RuleView, *, contract_ppm: int = 0, differences: Sequence[LoanDiffers] = ()) -> str:
    """Say why a rule wants a person; the contract's rate and what differs are told where they are
    known.

    Units: ppm a year.
    """
    if rule.value == "nothing_left":
        return gettext(NOTHING_LEFT)
    if rule.rule == "no_discrepancy" and differences:
        return gettext("和核心系统差：%(found)s", found=_differing(differences))
    if rule.rule == "plan_rate_is_contract" and contract_ppm:
        return gettext(
            "利率 %(found)s，合同 %(contract)s",
            found=rule.value,
            contract=exact_percent(contract_ppm),
        )

    return desk_reason(rule)


def _differing(differences: Sequence[LoanDiffers]) -> str:
    """Say what differs; of several loans on which of them."""
    if len(differences) == 1:
        return _components(differences[0].components)
    return gettext("，").join(
        gettext("尾号 %(tail)s %(found)s", tail=one.tail, found=_components(one.components))
        for one in differences
    )


def _components(differences: Mapping[str, int]) -> str:
    told = (
        gettext("%(name)s %(amount)s", name=gettext(COMPONENTS[name]), amount=yuan(abs(fen)))
        for name, fen in differences.items()
        if name in COMPONENTS
    )
    return "、".join(told)

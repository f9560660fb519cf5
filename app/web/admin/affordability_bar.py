"""The bar on the case page: what a month has to carry, in places and widths of the picture."""

from dataclasses import dataclass

from app.domain.affordability import Affordability
from app.domain.money import div_half_up

WIDTH = 400


@dataclass(frozen=True)
class AffordabilityBar:
    """Where the parts of the bar begin and how wide they are.

    Units: of a bar of WIDTH; x_… are places, w_… widths.
    """

    x_plan: int
    w_plan: int
    w_left: int
    x_target: int


def bar_of(fit: Affordability) -> AffordabilityBar:
    """Draw essential spending, the plan, the rest and the mark of the target share."""
    spent = fit.essential_fen + fit.plan_fen
    # Where spending and plan are above the income the bar grows with them: what does not fit must
    # show.
    whole = max(fit.income_fen, spent, 1)

    def place(fen: int) -> int:
        return div_half_up(fen * WIDTH, whole)

    x_plan = place(fit.essential_fen)
    # Widths are differences of rounded places, so that parts neither overlap nor leave a gap; a
    # small plan stays visible.
    w_plan = max(1, place(spent) - x_plan)

    return AffordabilityBar(
        x_plan=x_plan,
        w_plan=w_plan,
        w_left=max(0, place(fit.income_fen) - x_plan - w_plan),
        x_target=place(fit.essential_fen + fit.target_fen),
    )

"""The kinds of plan for people who know none: a name, whom it suits, a shape."""

from collections.abc import Mapping
from typing import NamedTuple

from app.domain.texts import N_
from app.web.words import WAY_NAMES

# How high each payment stands in the little picture, out of HEIGHT; the sentence says the same.
HEIGHT = 36


class WayWords(NamedTuple):
    """How a kind of plan is called, whom it suits, and the heights of its payments."""

    name: str
    suits: str
    bars: tuple[int, ...]


WAYS: Mapping[str, WayWords] = {
    "reamortise": WayWords(
        WAY_NAMES["reamortise"], N_("适合每月能拿出差不多一样的钱：全部重新分成小份。"), (18,) * 8
    ),
    "step_up": WayWords(
        WAY_NAMES["step_up"],
        N_("适合过几个月收入才回来的人：头几个月少还，以后多还。"),
        (9, 9, 9, 24, 24, 24, 24, 24),
    ),
    "catch_up": WayWords(
        WAY_NAMES["catch_up"],
        N_("适合收入已经回来的人：只把欠下的几期分摊，合同照常走。"),
        (26, 26, 26, 26, 16, 16, 16, 16),
    ),
    "settlement": WayWords(
        WAY_NAMES["settlement"], N_("适合手上有一笔钱的人：一次还清，罚息可以减免。"), (34,)
    ),
    "deferral": WayWords(
        WAY_NAMES["deferral"],
        N_("适合还没到还款日、一时周转不开的人：往后推几个月，不加罚息。"),
        (0, 0, 0, 20, 20, 20, 20, 20),
    ),
}

"""Where a slider begins, ends and stands."""

import pytest

from app.web.borrower.sliders import Slider, slider


@pytest.mark.parametrize(
    ("fen", "least_fen", "most_fen", "step", "place"),
    [
        (130_000, 20_000, 390_000, 50, Slider(200, 3900, 50, 1300)),
        (132_400, 20_000, 390_000, 50, Slider(200, 3900, 50, 1300)),  # the nearest place
        (132_500, 20_000, 390_000, 50, Slider(200, 3900, 50, 1350)),
        (10_000, 20_000, 30_000, 50, Slider(200, 300, 50, 200)),  # less than the least
        (0, 0, 0, 100, Slider(0, 100, 100, 0)),  # one step at least
        (999_900, 0, 500_000, 100, Slider(0, 10_000, 100, 10_000)),  # reaches the amount itself
    ],
)
def test_a_slider_reaches_its_amount_in_whole_steps(fen, least_fen, most_fen, step, place):
    assert slider(fen, least_fen=least_fen, most_fen=most_fen, step=step) == place

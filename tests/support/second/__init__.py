"""A second engine for plan arithmetic, written apart from the product's own; for tests only."""

from tests.support.second.arrears import Position, position
from tests.support.second.catch_up import catch_up, catch_up_options
from tests.support.second.choosing import Choice, reamortise_options, reamortise_own
from tests.support.second.contract import Row, schedule, schedule_rate
from tests.support.second.deferral import deferral
from tests.support.second.ground import Ground, grounds_of
from tests.support.second.plans import Option, Part, PlanLoan
from tests.support.second.reamortise import reamortise
from tests.support.second.settlement import settlement
from tests.support.second.step_up import Steps, step_up, step_up_options, step_up_own
from tests.support.second.terms import Limits, Loan, Refused
from tests.support.second.yields import annual_rate

__all__ = [
    "Choice",
    "Ground",
    "Limits",
    "Loan",
    "Option",
    "Part",
    "PlanLoan",
    "Position",
    "Refused",
    "Row",
    "Steps",
    "annual_rate",
    "catch_up",
    "catch_up_options",
    "deferral",
    "grounds_of",
    "position",
    "reamortise",
    "reamortise_options",
    "reamortise_own",
    "schedule",
    "schedule_rate",
    "settlement",
    "step_up",
    "step_up_options",
    "step_up_own",
]

"""A borrower tells a month on the pages of the journey, from the household to what is left."""

from tests.support.asking import say_amounts, to_amounts


def tell_month(phone, page, income, essential, *, debts="0", monthly=None):
    """From the page of the household to the one after what is left; the amount named before stays
    unless there is another.
    """
    page = phone.post_form(page, answer="2")
    page = phone.post_form(page, own=income)
    page = phone.post_form(page, food=essential)
    page = phone.post_form(page, answer=debts)
    assert page.request.path.endswith("/plan/left")
    return phone.post_form(page, **({"answer": monthly} if monthly else {}))


def to_month(phone, loan, *, monthly="400", upfront="0", day="10"):
    """The first page about a month: an amount so small that the policy asks."""
    page = to_amounts(phone, loan)
    return say_amounts(phone, loan, page, monthly=monthly, upfront=upfront, day=day)


def to_options(phone, loan, income, essential, **answers):
    """On to the options with a month told."""
    return tell_month(phone, to_month(phone, loan, **answers), income, essential)

"""A borrower goes the journey page by page: past the reason, a kind of plan, the amounts."""


def journey(loan, step="") -> str:
    return f"/loan/{loan.public_id}/plan" + (f"/{step}" if step else "")


def to_ways(phone, loan):
    """Past the loans, where there are several: this one alone; and past the reason, which is left
    out.
    """
    page = phone.get(journey(loan), follow_redirects=True)
    if page.request.path == journey(loan, "loans"):
        phone.post_form(page, answer=[loan.public_id])
    return phone.post_form(phone.get(journey(loan, "reason")), _action="/reason", _button="skip")


def pick(phone, page, kind="reamortise"):
    """Pick a kind of plan on its page and go on."""
    return phone.post_form(page, _button="就按选的", kind=kind)


def to_amounts(phone, loan, kind="reamortise"):
    """The first page about amounts of a kind."""
    return pick(phone, to_ways(phone, loan), kind)


def say_amounts(phone, loan, page, *, monthly, upfront="0", day="10"):
    """From the page of the monthly amount on; what differs from the usual is changed on its own
    page. Return the page that comes after.
    """
    page = phone.post_form(page, answer=monthly)
    if page.request.path == journey(loan, "monthly"):
        return page
    if day != "18":  # the contract's own
        page = phone.post_form(phone.get(journey(loan, "pay-day")), answer=day)
    if upfront != "0":
        page = phone.post_form(phone.get(journey(loan, "first-payment")), answer=upfront)
    return page

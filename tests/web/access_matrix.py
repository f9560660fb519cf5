"""Who may come to each page, written by hand from the roles of the product: never read off the
code.
"""

EVERYONE = frozenset(
    {"nobody", "owner", "stranger", "agent", "supervisor", "finance", "compliance", "admin"}
)
BORROWERS = frozenset({"owner", "stranger"})
STAFF = EVERYONE - BORROWERS - {"nobody"}
OWNER = frozenset({"owner"})
DECIDERS = frozenset({"agent", "supervisor"})
READERS = DECIDERS | {"compliance"}
FILE_READERS = frozenset({"supervisor", "finance", "compliance", "admin"})
FINANCE_READERS = frozenset({"finance", "compliance"})

OPEN_TO: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "public.start",
            "public.help_page",
            "public.document",
            "public.callback",
            "public.check_by_hand",
            "public.robots",
            "public.favicon",
            "health.healthz",
            "health.readyz",
            "receipts.receipts",
            "payment_calls.payment_told",
            "cashier.cashier_order",
            "cashier.cashier_act",
        ),
        EVERYONE,
    ),
    **dict.fromkeys(
        (
            "borrower.sign_in",
            "borrower.sign_in_again",
            "borrower.sign_in_code",
            "borrower.sign_in_person",
            "borrower.leave_quickly",
            "admin.sign_in",
            "admin.sign_in_code",
            "admin.check_sign_in_code",
            "admin.enrol",
            "admin.check_enrolment",
        ),
        EVERYONE,
    ),
    **dict.fromkeys(
        (
            "borrower.agree",
            "borrower.home",
            "borrower.pay",
            "borrower.contacts",
            "borrower.messages",
            "borrower.write_message",
            "borrower.extend_session",
            "borrower.sign_out",
            "borrower.breathing",
            "borrower.take_back_reason",
            "borrower.hold",
            "borrower.take_hold_paper",
        ),
        BORROWERS,
    ),
    **dict.fromkeys(
        (
            "borrower.loan",
            "borrower.propose",
            "borrower.plan_reason",
            "borrower.plan_ways",
            "borrower.plan_low",
            "borrower.plan_defer",
            "borrower.plan_household",
            "borrower.plan_income",
            "borrower.plan_spending",
            "borrower.plan_debts",
            "borrower.plan_left",
            "borrower.plan_settle_day",
            "borrower.plan_loans",
            "borrower.plan_first_payment",
            "borrower.plan_monthly",
            "borrower.plan_pay_day",
            "borrower.plan_options",
            "borrower.plan_what_if",
            "borrower.plan_check",
            "borrower.plan_status",
            "borrower.plan_done",
            "borrower.withdraw_plan",
            "borrower.change_plan",
            "borrower.accept_counter",
            "borrower.start_nearest_plan",
            "borrower.appeal_plan",
            "borrower.papers",
            "borrower.paper_page",
            "borrower.remove_paper",
            "borrower.take_papers_back",
            "borrower.sign_plan",
            "borrower.sign_code",
            "borrower.sign_again",
            "borrower.agreement",
            "borrower.change_date",
            "borrower.start_smaller_plan",
            "borrower.agreement_signed",
            "borrower.agreement_pdf",
            "borrower.calendar",
            "borrower.certificate",
            "borrower.certificate_pdf",
            "borrower.make_certificate_pdf",
            "borrower.voucher",
            "borrower.voucher_pdf",
            "borrower.make_voucher_pdf",
            "borrower.proof",
            "borrower.proof_page",
            "borrower.take_proofs_back",
            "borrower.take_receipt",
            "borrower.take_loan_receipt",
            "borrower.take_quote",
            "borrower.name_refund_account",
            "borrower.account_json",
            "borrower.payoff",
            "borrower.pay_plan",
            "borrower.pay_loan",
            "borrower.pay_order",
            "borrower.pay_go",
            "borrower.pay_ask",
            "borrower.pay_who",
        ),
        OWNER,
    ),
    # whoever has the code on a paper
    **dict.fromkeys(("public.check", "public.check_total"), frozenset()),
    **dict.fromkeys(("borrower.thread", "borrower.end_thread", "borrower.review_thread"), OWNER),
    # a system of the lender's by its key, told apart in a test of its own
    **dict.fromkeys(("api.openapi", "api.holds", "api.add_payment"), frozenset()),
    # only the browser that asked, told apart in a test of its own
    "public.callback_done": frozenset(),
    **dict.fromkeys(("admin.queue", "admin.confirm", "admin.sign_out", "admin.account"), STAFF),
    **dict.fromkeys(
        (
            "admin.find",
            "admin.borrower",
            "admin.loan",
            "admin.case",
            "admin.callbacks",
            "admin.callback",
            "admin.matters",
            "admin.matter",
            "admin.inbox",
            "admin.thread",
        ),
        READERS,
    ),
    **dict.fromkeys(
        (
            "admin.decide",
            "admin.counter",
            "admin.recall",
            "admin.talk",
            "admin.releases",
            "admin.release",
            "admin.assist_plan",
            "admin.take_case",
            "admin.release_case",
            "admin.case_hardship",
            "admin.add_note",
            "admin.next_case",
            "admin.document_seen",
            "admin.read_paper",
            "admin.judge_paper",
            "admin.ask_document",
            "admin.stop_waiting",
            "admin.answer_callback",
            "admin.answer_matter",
            "admin.callback_number",
            "admin.callback_attempt",
            "admin.callback_owner",
            "admin.loan_remark",
            "admin.caller",
            "admin.check_caller",
            "admin.borrower_name",
            "admin.mobile_changes",
            "admin.enter_mobile",
            "admin.confirm_mobile",
            "admin.act_on_mobile",
        ),
        DECIDERS,
    ),
    **dict.fromkeys(("admin.answer_thread", "admin.act_on_thread"), DECIDERS),
    "admin.take_over_case": frozenset({"supervisor"}),
    "admin.hand_up_case": frozenset({"agent"}),
    "admin.decide_mobile": frozenset({"supervisor"}),
    **dict.fromkeys(
        (
            "finance.register",
            "finance.agreement",
            "finance.take_agreement",
            "finance.dues",
            "finance.dues_file",
            "finance.months",
            "finance.month_file",
            "finance.reconcile",
            "finance.exports",
            "finance.take_export",
            "finance.core_files",
            "finance.take_core_file",
        ),
        FINANCE_READERS,
    ),
    **dict.fromkeys(
        ("admin.staff", "admin.staff_member", "admin.change_staff"), frozenset({"admin"})
    ),
    **dict.fromkeys(("admin.renew_codes", "admin.change_password"), STAFF),
    "finance.new_export": frozenset({"finance"}),
    **dict.fromkeys(
        (
            "finance.money",
            "finance.all_money",
            "finance.payment",
            "finance.match_payment",
            "finance.undo_match",
            "finance.let_reversal_count",
            "finance.return_payment",
            "finance.keep_payment",
            "finance.payment_owner",
            "finance.payment_words",
            "finance.proofs",
            "finance.read_proof",
            "finance.match_proof_to",
            "finance.answer_proof_of",
            "finance.money_files",
            "finance.money_file",
            "finance.money_faults",
            "finance.see_to",
            "finance.freeze_month",
            "finance.close_month",
            "finance.refunds",
            "finance.refund_credit",
            "finance.refund_payment",
            "finance.refund",
            "finance.pay_refund",
            "finance.bounce_refund",
            "finance.drop_refund",
            "finance.refund_account",
        ),
        frozenset({"finance"}),
    ),
    **dict.fromkeys(
        (
            "admin.maps",
            "admin.begin_map",
            "admin.map_version",
            "admin.save_map",
            "admin.activate_map",
            "admin.act_on_map",
        ),
        frozenset({"admin"}),
    ),
    **dict.fromkeys(("admin.calendar", "admin.load_calendar"), frozenset({"admin"})),
    **dict.fromkeys(("admin.work", "admin.retry_work"), frozenset({"admin"})),
    **dict.fromkeys(
        (
            "admin.policies",
            "admin.begin_policy",
            "admin.policy_draft",
            "admin.save_policy",
            "admin.activate_policy",
            "admin.act_on_policy",
        ),
        frozenset({"admin"}),
    ),
    **dict.fromkeys(("admin.nightly_files", "admin.nightly_file"), FILE_READERS),
    "admin.contested_people": READERS,
    "admin.take_back_nightly_file": frozenset({"supervisor", "admin"}),
    **dict.fromkeys(("admin.contested_person", "admin.settle_contested_person"), DECIDERS),
    **dict.fromkeys(
        ("admin.confirm_nightly_file", "admin.decline_nightly_file"), frozenset({"supervisor"})
    ),
}


def refusal(endpoint: str, who: str) -> tuple[int, str] | None:
    """Status and address of the refusal; None for whoever is let in."""
    if who in OPEN_TO[endpoint]:
        return None
    audience = endpoint.partition(".")[0]
    if audience == "public":
        return 404, ""
    if audience == "api":
        return 401, ""
    if audience == "borrower":
        return (404, "") if who in BORROWERS else (303, "/sign-in")
    return (403, "") if who in STAFF else (303, "/admin/sign-in")

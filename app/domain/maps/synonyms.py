"""How other systems call the columns of the built-in file, for proposals that a person looks at."""

from collections.abc import Mapping

from app.domain.nightly_headings import OTHER_NAMES, plain_heading
from app.domain.nightly_row import (
    ANNUAL,
    AS_OF,
    BASIS,
    COLUMNS,
    CONTRACT,
    CUSTOMER,
    DAYS,
    DUE_DAY,
    FEE,
    ID_NUMBER,
    ID_TYPE,
    INTEREST,
    LEFT,
    MATURITY,
    METHOD,
    MOBILE,
    NAME,
    OVERDUE,
    PAID,
    PENALTY,
    PERIODS,
    PRINCIPAL,
    PRODUCT,
    REF,
    REMARK,
    SINCE,
    START,
    UPLIFT,
)

# Beside those that a refused file is told of; the first that is there is taken.
MORE: Mapping[str, tuple[str, ...]] = {
    CUSTOMER: ("CUST_ID", "CUST_NO", "CIF_NO"),
    REF: ("个案序列号", "ACCT_NO", "LOAN_NO", "DUE_BILL_NO", "DUEBILL_NO"),
    CONTRACT: ("贷款合同编号", "案件编号", "CONT_NO", "CONTRACT_NO"),
    NAME: ("贷款户名", "CUST_NM", "CUST_NAME"),
    ID_TYPE: ("CERT_TP", "CERT_TYPE", "ID_TYPE"),
    ID_NUMBER: ("CERT_NO", "ID_NO", "CERT_ID"),
    MOBILE: ("本人手机", "手机号", "MOB_NO", "MOBILE", "PHONE_NO", "TEL_NO"),
    PRODUCT: ("PROD_NM", "PROD_NAME", "PRODUCT_NAME"),
    METHOD: ("还款法", "RPY_MTHD", "REPAY_MODE", "RPY_MODE", "REPAY_METHOD"),
    START: ("贷款发放日", "PUTOUT_DT", "PUTOUT_DATE", "LOAN_DT", "START_DT"),
    MATURITY: (
        "贷款截止日",
        "合同结束时间",
        "原始到期日",
        "MATURITY_DT",
        "MATURITY_DATE",
        "END_DT",
    ),
    AS_OF: ("会计日期", "数据提取日", "委案日期", "DATA_DT", "DATA_DATE", "BIZ_DT", "ETL_DT"),
    PRINCIPAL: ("本金", "借据金额", "LOAN_AMT", "PUTOUT_AMT", "BUSINESS_SUM"),
    LEFT: ("BAL_AMT", "LOAN_BAL", "BALANCE"),
    OVERDUE: ("OD_PRIN", "OVERDUE_PRIN", "OD_AMT"),
    INTEREST: ("表内欠息", "INT_AMT", "OD_INT", "INTEREST_BALANCE"),
    PENALTY: ("PNLT_AMT", "PNLT_INT", "FINE_BALANCE"),
    FEE: ("FEE_AMT", "OD_FEE"),
    ANNUAL: ("贷款年利率", "ANN_RATE", "EXEC_RATE", "BUSINESS_RATE"),
    UPLIFT: ("PNLT_UP", "FINE_RATE_FLOAT"),
    BASIS: ("基准天数", "INT_BASE", "DAY_BASE"),
    PERIODS: ("贷款期次数", "总期次", "TERM", "TOTAL_TERM", "LOAN_TERM"),
    PAID: ("PAID_TERM", "PAID_TERMS"),
    DUE_DAY: ("RPY_DAY", "REPAY_DAY", "PAY_DAY"),
    SINCE: ("OD_DT", "OVERDUE_DT", "OD_DATE"),
    DAYS: ("OD_DAYS", "OVERDUE_DAYS"),
    REMARK: ("REMARK", "MEMO"),
}
# What custom calls the three methods, beside what the built-in file reads.
METHOD_NAMES: Mapping[str, str] = {
    "按月付息到期还本": "先息后本",
    "按期付息到期还本": "先息后本",
    "按月付息一次还本": "先息后本",
    "每月付息到期还本": "先息后本",
    "等额本息还款": "等额本息",
    "等额还款": "等额本息",
    "等本等息": "",
    "等额本金还款": "等额本金",
    "递减还款": "等额本金",
}
# Amounts that systems keep in parts: all that are there are summed.
IN_PARTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    LEFT: (("正常本金余额", "逾期本金余额"), ("正常本金", "逾期本金")),
    INTEREST: (("正常利息", "逾期利息"),),
    PENALTY: (("逾期本金罚息余额", "逾期利息罚息余额"), ("罚息", "复利"), ("本金罚息", "利息罚息")),
    FEE: (("违约金", "滞纳金", "管理费", "逾期管理费", "服务费", "担保费", "手续费", "催收费"),),
}
# The first instalment that is not paid, and how many of those due are not.
CURRENT, OVERDUE_COUNT = ("当前期数", "当前期次", "CUR_TERM"), ("逾期期数", "逾期期次", "OD_TERM")
# The penal rate itself and not how far it lies above.
PENAL_RATES = ("逾期利率", "罚息利率", "逾期年利率", "罚息年利率", "PNLT_RATE")
# Of these another column of the same name means something else.
_NOT = {PAID: frozenset(CURRENT), UPLIFT: frozenset(PENAL_RATES)}
NAMES: Mapping[str, tuple[str, ...]] = {
    column: tuple(
        dict.fromkeys(
            plain_heading(one)
            for one in (column, *OTHER_NAMES.get(column, ()), *MORE.get(column, ()))
            if one not in _NOT.get(column, frozenset())
        )
    )
    for column in COLUMNS
}

"""The headings of a nightly file: which row they are in, and what stands there instead of them."""

from collections.abc import Collection, Sequence
from unicodedata import normalize

from app.domain.characters import visible
from app.domain.nightly_row import COLUMNS, REQUIRED_COLUMNS

# Titles, dates and units stand above the headings of a ledger, never more rows than these.
HEADING_ROWS = 20
# A row with so many headings is the one, whatever else stands in it.
ENOUGH_KNOWN = 3
TOTAL_WORDS = frozenset({"合计", "总计", "共计", "小计", "累计", "总合计", "本页合计", "合计数"})
# How other systems call the columns. They are not read as such: what another lender means by a word
# is not ours to guess.
OTHER_NAMES = {
    "客户编号": ("客户号", "客户代码", "客户ID", "客户编码", "会员号"),
    "借据号": ("借据编号", "借据号码", "贷款编号", "贷款账号", "借款编号", "借据", "订单号"),
    "合同编号": ("合同号", "合同号码", "借款合同编号", "借款合同号", "贷款合同号"),
    "姓名": ("客户名称", "客户姓名", "借款人", "借款人姓名", "户名"),
    "证件类型": ("证件种类", "证件类别", "客户证件类型"),
    "证件号码": ("身份证号", "身份证号码", "证件号", "身份证", "客户证件号码"),
    "手机号码": ("手机号", "手机", "联系电话", "移动电话", "电话"),
    "产品名称": ("产品", "贷款产品", "产品类型", "业务品种"),
    "还款方式": ("还款方法", "还款类型", "分期方式"),
    "放款日期": ("放款日", "贷款日", "放款时间", "起息日", "发放日期", "开始日期"),
    "到期日期": ("到期日", "贷款到期日", "终止日期", "结束日期"),
    "数据日期": ("统计日期", "截止日期", "数据截止日", "跑批日期"),
    "放款金额(元)": (
        "放款金额",
        "贷款金额",
        "借款金额",
        "发放金额",
        "合同金额",
        "贷款本金",
        "本金(元)",
    ),
    "剩余本金": ("贷款余额", "本金余额", "剩余未还本金", "未还本金", "贷款本金余额"),
    "逾期本金": ("逾期本金余额", "拖欠本金", "欠本"),
    "应收利息": ("逾期利息", "欠息", "拖欠利息", "利息余额", "应还利息"),
    "应收罚息": ("逾期罚息", "罚息", "罚息余额", "应还罚息"),
    "应收费用": ("费用", "逾期费用", "应还费用", "手续费"),
    "年利率(%)": ("执行利率", "年利率", "贷款利率", "利率", "执行年利率"),
    "罚息上浮(%)": ("罚息上浮", "罚息上浮比例", "上浮比例", "罚息利率上浮", "逾期利率"),
    "计息基准": ("计息天数", "年天数", "计息基础", "日计息基准"),
    "总期数": ("贷款期限", "期数", "期限", "分期期数", "贷款期数"),
    "已还期数": ("已还期次", "已还", "已还款期数", "当前期数"),
    "还款日": ("每月还款日", "扣款日", "固定还款日"),
    "逾期起始日": ("逾期日期", "逾期日", "逾期开始日", "首次逾期日"),
    "逾期天数": ("逾期日数", "拖欠天数", "DPD"),
    "备注": ("说明", "备注信息"),
}


def plain_heading(text: str) -> str:
    """Return a heading in half width without blanks and what nobody sees."""
    return "".join(normalize("NFKC", visible(text)).split())


_MEANT = {plain_heading(name): meant for meant, names in OTHER_NAMES.items() for name in names}


# What the headings of a nightly file are known by, ours or another system's.
NIGHTLY_HEADINGS = frozenset({*COLUMNS, *_MEANT})


def headings_known(cells: Sequence[str], headings: Collection[str] = NIGHTLY_HEADINGS) -> int:
    """Return how many cells of a row are headings of a kind of file."""
    return sum(name in headings for name in {plain_heading(cell) for cell in cells})


def find_headings(
    rows: Sequence[Sequence[str]], headings: Collection[str] = NIGHTLY_HEADINGS
) -> int:
    """Return the place of the row with the headings: the one that knows most of them, else the
    first.
    """
    known = [headings_known(cells, headings) for cells in rows]
    return known.index(max(known))


def missing_columns(headers: Sequence[str]) -> list[str]:
    """Return the required columns that are not there, in the order of the format."""
    names = {plain_heading(header) for header in headers}
    return [name for name in REQUIRED_COLUMNS if name not in names]


def missing_told(headers: Sequence[str], line: int) -> str:
    """Return what to do about missing columns: which row was read as the headings, and what was
    found there instead.
    """
    known = headings_known(headers)
    missing = "、".join(missing_columns(headers))
    if not known:
        # Nothing of the row is repeated: without headings it may be the first person's.
        return f"表头缺少这些列，请在第一行写上表头后重新导出：{missing}"

    names = [plain_heading(header) for header in headers]
    meant = [f"“{name}”像是{_MEANT[name]}" for name in names if name in _MEANT]
    told = [f"表头在第 {line} 行。表头缺少这些列，请补齐后重新导出：{missing}"]
    if meant:
        told.append(f"文件里写的是：{'，'.join(meant)}；请改成我们的列名")
    if known >= ENOUGH_KNOWN:
        other = [name for name in names if name and name not in COLUMNS and name not in _MEANT]
        told += [f"没有认出的列：{'、'.join(other)}"] if other else []
    return "。".join(told)


def is_total(cells: Sequence[str]) -> bool:
    """Tell whether a row sums up the rows before it: the first word in it says so."""
    first = next((plain_heading(cell) for cell in cells if cell.strip()), "")
    return first.rstrip(":") in TOTAL_WORDS

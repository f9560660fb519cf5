"""Words for the background work as its page at the desk reads them."""

from collections.abc import Mapping

from app.domain.texts import N_
from app.web.words import said_by

TASKS: Mapping[str, str] = {
    "policies": N_("政策按日启用"),
    "lapsing": N_("到期的事收尾"),
    "reminders": N_("写还款提醒"),
    "outbox": N_("发短信"),
    "endings": N_("预告帮助到头"),
    "keeping": N_("看方案履行到哪里"),
    "orders": N_("问付款单的结果"),
    "stamps": N_("补时间戳"),
    "papers": N_("协议文件移出数据库"),
    "ledger": N_("方案记账"),
    "exports": N_("导出"),
    "nightly": N_("夜间文件入库"),
    "lender-files": N_("给核心系统的文件"),
    "housekeeping": N_("到期清理"),
    "figures": N_("核对变了的数字"),
    "sweeping": N_("核对材料文件夹"),
}
FAULTS: Mapping[str, str] = {
    "": N_("没有记下"),
    "gateway_down": N_("短信通道没有应答"),
    "sms_refused": N_("短信通道没有接收"),
    "worker_died": N_("做的时候进程停了，几次都没有做完"),
    "expired": N_("过了有效时间，没有再发"),
    "withheld": N_("号码归谁还没核实，没有发"),
}
FILTERS = {"task_name": said_by(TASKS), "work_fault": said_by(FAULTS)}

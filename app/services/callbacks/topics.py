"""What a request to be called back is about, and when someone is best called."""

from collections.abc import Mapping

from app.domain.explanation import N_

TOPICS: Mapping[str, str] = {
    "talk": N_("想和人商量"),
    "number_changed": N_("手机号换了"),
    "no_code": N_("收不到验证码"),
    "figure_wrong": N_("这里有一项不对"),
    "complain": N_("对我们不满意，要投诉"),
}
# still in rows of the first release
OLD_TOPICS: Mapping[str, str] = {"appeal": N_("对结果不同意，要申诉")}
WISHED_TIMES: Mapping[str, str] = {
    "any": N_("都可以"),
    "morning": N_("上午（9:00–12:00）"),
    "afternoon": N_("下午（14:00–18:00）"),
    "evening": N_("傍晚（18:00–20:00）"),
}

"""Short words after an action, carried in the address of the next page (`?done=claimed`), so that no session state is needed."""

from flask import request

from api.web.i18n import N_

NOTICES = {
    "claimed": N_("已签收，现在由您办理。"),
    "released": N_("已放回，同组的人可以签收。"),
    "delegated": N_("已转交。"),
    "completed": N_("已提交，流程已往下走。"),
    "urge": N_("已催办。"),
    "supplement": N_("已补充。"),
    "withdraw": N_("已申请撤回。"),
    "extend": N_("已提出延期申请。"),
    "link": N_("已关联。"),
    "merge": N_("已并案，本案到此结束，答复随主案告知。"),
    "correct": N_("已更正，原来的内容留在往来里。"),
    "classes": N_("客户类别已保存。"),
    "no_messages": N_("已退订，不再发短信。"),
    "messages": N_("已恢复发送短信。"),
    "draft_discarded": N_("草稿已丢弃。"),
    "reminders": N_("提醒方式已记住。"),
    "calendar": N_("日历已录入，一分钟内各处生效。"),
    "note": N_("批示已送达。"),
    "incident_retry": N_("已重试，结果见下。"),
    "incident_skip": N_("已跳过，流程往下走。"),
    "incident_cancel": N_("已取消。"),
    "incident_batch": N_("正在逐件处理，可以离开本页。"),
    "published": N_("已发布，新案件按此版本办理。"),
    "retired": N_("已停用，在办案件不受影响。"),
    "deployed": N_("已上传为草稿，等待另一人发布。"),
    "blocked": N_("已申请，由另一位班长批准后生效。"),
    "approved": N_("已批准，即刻生效。"),
    "lifted": N_("已解除。"),
    "campaign": N_("外呼任务已建立。"),
    "campaign_pause": N_("已暂停，正在进行的通话不受影响。"),
    "campaign_run": N_("已继续。"),
    "campaign_end": N_("已结束，正在进行的通话不受影响。"),
    "plan": N_("方案已发布，之后的来电立即按新方案走。"),
    "elder_enrolled": N_("已登记。"),
    "elder_change": N_("资料已保存。"),
    "elder_add": N_("设备已登记。"),
    "elder_move": N_("线路已更换。"),
    "elder_take": N_("设备已收回。"),
    "elder_retire": N_("已停用，全部设备已收回。"),
    "no_sample": N_("这段时间里没有还没抽听过的录音。"),
    "left": N_("您已退出登录。"),
}
"""Code → message; an unknown code says nothing."""


def current() -> list[tuple[str, str]]:
    """The notice of this request as (style, message), if any."""
    message = NOTICES.get(request.args.get("done", ""))
    return [("good", message)] if message else []

"""What seats, calls and what is done with them are called, as messages to translate."""

from api.web.i18n import N_

SEATS = {
    "offline": N_("签出"),
    "ready": N_("空闲"),
    "reserved": N_("振铃"),
    "busy": N_("通话中"),
    "wrap_up": N_("话后整理"),
    "not_ready": N_("置忙"),
}
SEAT_STYLES = {"ready": "done", "reserved": "wait", "busy": "open", "wrap_up": "wait", "not_ready": "", "offline": ""}
ASKABLE = {"break": N_("小休"), "meal": N_("就餐"), "training": N_("培训"), "paperwork": N_("案头工作"), "other": N_("其他")}
REASONS = {
    **ASKABLE,
    "no-answer": N_("振铃未接"),
    "refused": N_("拒接"),
    "unreachable": N_("话机离线"),
    "forced": N_("班长闭锁"),
}
CALLS = {
    "new": N_("呼入"),
    "ivr": N_("语音导航"),
    "queued": N_("排队"),
    "offering": N_("正在振铃"),
    "talking": N_("正在通话"),
    "voicemail": N_("正在留言"),
    "dialling": N_("正在拨号"),
    "asking": N_("语音问答"),
    "alert": N_("呼叫联系人"),
    "closing": N_("正在结束"),
    "ended": N_("已结束"),
}
KINDS = {"inbound": N_("来电"), "click": N_("外呼"), "survey": N_("电话回访"), "pager": N_("一键通"), "notice": N_("语音通知")}
OUTCOMES = {
    "talked": N_("已接听"),
    "abandoned": N_("未接来电"),
    "voicemail": N_("留言"),
    "blocked": N_("已拦截"),
    "failed": N_("未接通"),
    "served": N_("自助完成"),
}
CLASSES = {
    "elder": N_("老年人"),
    "elder_pager": N_("老年人一招灵"),
    "vip": N_("VIP客户"),
    "important": N_("重要客户"),
    "blocked": N_("黑名单"),
}
DEEDS = {
    "hold": N_("保持"),
    "unhold": N_("取回"),
    "consult": N_("咨询"),
    "conference": N_("三方通话"),
    "transfer": N_("转接"),
    "take-back": N_("取消第三方"),
    "join": N_("三方一起"),
    "leave": N_("我先退出"),
    "pause": N_("暂停录音"),
    "resume": N_("继续录音"),
    "press": N_("按键"),
    "hang-up": N_("挂断"),
}
MODES = {"listen": N_("监听"), "whisper": N_("密语"), "barge": N_("强插")}
LEVELS = {"fine": N_("正常"), "watch": N_("注意"), "alarm": N_("告警")}
LEVEL_STYLES = {"fine": "done", "watch": "wait", "alarm": "late"}
FIGURES = {
    "waiting": N_("排队"),
    "longest_seconds": N_("最长等待"),
    "service_level": N_("15 秒接通率"),
    "abandoned_percent": N_("放弃率"),
    "ready": N_("空闲座席"),
}
EMERGENCIES = ("110", "119", "120")
"""One-key third parties (T20)."""
SOFTPHONE = {
    "off": N_("未连接"),
    "connecting": N_("正在连接话务平台"),
    "registered": N_("软电话已就绪"),
    "lost": N_("连接已断开，正在重连"),
    "refused": N_("话务平台拒绝登记，请重新签入"),
    "microphone": N_("不能使用麦克风，请在浏览器里允许"),
    "ringing": N_("来电振铃"),
    "talking": N_("正在通话"),
    "other": N_("设备 {n}"),
}
"""What the softphone says of itself."""

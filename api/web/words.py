"""What the domain's codes are called on the pages, as messages to translate; a code nobody named is shown as it is."""

from collections.abc import Mapping

from api.web.i18n import N_

CATEGORIES = {
    "consultation": N_("普通咨询"),
    "dispatch": N_("家政服务"),
    "complaint": N_("投诉建议"),
    "elderly_emergency": N_("老年人一键通"),
    "home_care": N_("居家养老"),
    "simple_matter": N_("简单事务"),
    "enterprise": N_("企业服务"),
    "public_affair": N_("公共事务"),
    "praise": N_("表扬投诉"),
    "to_do": N_("待办事务"),
}
CHANNELS = {
    "phone": N_("电话"),
    "web": N_("网站"),
    "wechat": N_("微信"),
    "app": N_("手机应用"),
    "sms": N_("短信"),
    "email": N_("邮件"),
    "fax": N_("传真"),
    "voicemail": N_("留言"),
    "pager": N_("呼叫器"),
    "missed": N_("未接来电"),
    "110": N_("110 转来"),
    "superior": N_("上级转来"),
}
URGENCIES = {"normal": N_("一般"), "urgent": N_("紧急"), "critical": N_("特急")}
ORDER_ROLES = {"lead": N_("主办"), "assist": N_("协办")}
ORDER_STATES = {"open": N_("在办"), "done": N_("已办"), "returned": N_("已退回"), "withdrawn": N_("已撤回")}
SIDES = {"citizen": N_("市民"), "unit": N_("承办单位"), "unit_leader": N_("单位领导"), "centre": N_("中心")}
ENTRIES = {
    "supplement": N_("补充"),
    "note": N_("批示"),
    "flag": N_("标记"),
    "progress": N_("进展"),
    "refusal": N_("未同意"),
    "correction": N_("更正"),
    "messages": N_("短信"),
    "attempt": N_("又试一次"),
}
RECORD = {
    "title": N_("标题"),
    "content": N_("诉求内容"),
    "demand": N_("诉求目的"),
    "respondent": N_("被反映对象"),
    "address": N_("地址"),
}
"""The fields of a record that may be corrected."""
WISHES = {"out": N_("退订"), "in": N_("恢复发送")}
URGES = {"citizen": N_("市民催办"), "agent": N_("话务催办"), "auto": N_("自动催办")}
CUSTOMERS = {"vip": N_("VIP客户"), "important": N_("重要客户")}
SATISFACTION = {
    "satisfied": N_("满意"),
    "unsatisfied": N_("不满意"),
    "unconfirmed": N_("无法确认"),
    "unreached": N_("未联系上"),
}
RESULTS = {
    "solved": N_("已解决"),
    "partly": N_("部分解决"),
    "explained": N_("解释说明"),
    "unfounded": N_("不属实"),
    "unable": N_("暂不能解决"),
}
RETURN_REASONS = {
    "not_ours": N_("不属于本单位职责"),
    "other_unit": N_("应由其他单位主办"),
    "wrong_area": N_("不在管辖区域"),
    "unclear": N_("诉求要素不清，无法办理"),
    "duplicate": N_("重复派单"),
}
ACTIONS = {
    "urge": N_("催办"),
    "supplement": N_("补充"),
    "withdraw": N_("撤回"),
    "extend": N_("申请延期"),
    "link": N_("关联案件"),
    "note": N_("领导批示"),
    "supervision_reply": N_("督办答复"),
}
LINKS = {"merge": N_("并案"), "link": N_("仅关联")}
EXTENSIONS = {"pending": N_("待审批"), "granted": N_("已同意"), "refused": N_("未同意")}
AUDITS = {"pending": N_("待审核"), "approve": N_("同意退回"), "reject": N_("不同意退回")}
LEVELS = {1: N_("一级"), 2: N_("二级"), 3: N_("三级")}
SUPERVISION = {"started": N_("待督办意见"), "open": N_("待答复"), "replied": N_("已答复"), "closed": N_("已结束")}
UNSENT = {
    "anonymous": N_("匿名，无号码"),
    "blocked": N_("黑名单"),
    "no_phone": N_("没有号码"),
    "no_text": N_("没有适用的短信"),
    "no_unit": N_("尚无承办单位"),
    "opted_out": N_("退订"),
    "told_already": N_("已随主案告知"),
}


def word(table: Mapping[str, str], code: object) -> str:
    """What a code is called, as a message to translate."""
    text = "" if code is None else str(code)
    return table.get(text, text)

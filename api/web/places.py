"""The rooms of the house: what stands in the navigation, what is open, and which doors lead to rooms of later issues."""

from dataclasses import dataclass

from api.auth.rights import ADMINISTER, BLOCK_NUMBERS, KEEP_ELDERS, OPEN_CASES, PLAN_CALLS, SEE_CALLS, SUPERVISE_CALLS, TAKE_CALLS
from api.product import product
from api.web.i18n import N_
from api.web.people import CENTRE
from engine.actor import Actor


@dataclass(frozen=True, slots=True)
class Room:
    """One place of the product. `area` is the beginning of its endpoints; `groups` may enter, everybody when empty; `window` is the
    name of a window of its own, which stays while the others go from page to page; `telephony` is there only with an exchange."""

    name: str
    purpose: str
    endpoint: str = ""
    area: str = ""
    groups: frozenset[str] = frozenset()
    window: str = ""
    telephony: bool = False

    def admits(self, actor: Actor) -> bool:
        """Whether the actor may enter."""
        return not self.groups or bool(self.groups & actor.groups)


NAVIGATION = (
    Room(N_("任务箱"), N_("等我和我们组办的事"), "web.inbox.show", "web.inbox."),
    Room(N_("新建案件"), N_("接到来电或来信，从这里登记"), "web.opening.show", "web.opening.", frozenset(OPEN_CASES)),
    Room(N_("案件"), N_("按编号、状态、单位和灯查案件"), "web.cases.search", "web.cases."),
    Room(
        N_("话务台"),
        N_("接打电话、来电弹屏、三方通话"),
        "web.seat.show",
        "web.seat.",
        frozenset(TAKE_CALLS),
        window="bihuan_seat",
        telephony=True,
    ),
    Room(N_("通话"), N_("来电、外呼和录音"), "web.calls.show", "web.calls.", frozenset((*TAKE_CALLS, *SEE_CALLS)), telephony=True),
    Room(N_("话务监控"), N_("队列、座席和告警，监听和接管"), "web.board.show", "web.board.", frozenset(SUPERVISE_CALLS), telephony=True),
    Room(
        N_("外呼任务"),
        N_("按名单外呼：建立、暂停、进度"),
        "web.campaigns.show",
        "web.campaigns.",
        frozenset(SUPERVISE_CALLS),
        telephony=True,
    ),
    Room(N_("黑名单"), N_("申请、批准和解除拦截的号码"), "web.blacklist.show", "web.blacklist.", frozenset(BLOCK_NUMBERS), telephony=True),
    Room(
        N_("来电方案"),
        N_("号码、语音菜单、队列、服务时间和问卷"),
        "web.plan.show",
        "web.plan.",
        frozenset((*PLAN_CALLS, *SUPERVISE_CALLS)),
        telephony=True,
    ),
    Room(N_("老人"), N_("一键通老人、呼叫器和联系人"), "web.elders.show", "web.elders.", frozenset(KEEP_ELDERS)),
    Room(N_("流程"), N_("流程定义的版本、图和发布"), "web.definitions.show", "web.definitions.", CENTRE),
    Room(N_("异常"), N_("失败的环节和没有送达的消息，按原因处理"), "web.incidents.show", "web.incidents.", frozenset(ADMINISTER)),
    Room(N_("更多"), N_("其他地方"), "web.doors.show", "web.doors."),
)

ELSEWHERE = (
    Room(N_("演示信箱"), N_("本该发出的短信，在演示环境里都落在这里"), "web.mailbox.show", "web.mailbox.", CENTRE),
    Room(N_("工作日历"), N_("节假日和调休：哪些年份已经录入，录入新的一年"), "web.calendar.show", "web.calendar.", frozenset(ADMINISTER)),
    Room(N_("办件查询"), N_("市民凭编号和查询码查进度的页面"), "web.public.ask", "web.public."),
    Room(N_("接口文档"), N_("程序调用本系统的全部接口"), "docs.page", "docs."),
)

LATER = (
    Room(N_("执行部工作台"), N_("派单、改派、延期、跟踪、应急，一屏处理")),
    Room(N_("监控大屏"), N_("全市案件在哪一环、谁在办、哪里超期")),
    Room(N_("流程设计器"), N_("在浏览器里画流程、校验、模拟")),
    Room(N_("知识库"), N_("按拼音查政策和答复口径")),
    Room(N_("统计分析"), N_("满意率、按期率、退单责任、单位考核")),
    Room(N_("质检"), N_("抽听录音、打分、申诉")),
    Room(N_("登记簿"), N_("企业、志愿者、服务卡")),
)


def places(actor: Actor) -> list[Room]:
    """The navigation of one person."""
    calls = product().settings.ari_url is not None
    return [room for room in NAVIGATION if room.admits(actor) and (calls or not room.telephony)]

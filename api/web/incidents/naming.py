"""What an incident's place, element and cause are called on the pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.web.diagrams import Drawn, drawn
from api.web.i18n import N_
from api.web.words import word
from engine.definitions import queries
from engine.definitions.models import PROCESS
from engine.outbox.incidents import Group
from engine.outbox.models import DELIVERY, Incident

KINDS = {"step": N_("流程环节"), "delivery": N_("对外发送")}
STATES = {
    "open": N_("待处理"),
    "retried": N_("已重试"),
    "skipped": N_("已跳过"),
    "cancelled": N_("已取消"),
    "resolved": N_("已自行解决"),
}
STYLES = {"open": "late", "retried": "wait", "skipped": "wait", "cancelled": "", "resolved": "done"}
ORIGINS = {
    "task": N_("有人提交任务"),
    "timer": N_("到了时间"),
    "message": N_("收到消息"),
    "signal": N_("收到信号"),
    "start": N_("启动流程"),
    "periodic": N_("定期启动"),
}
CONNECTORS = {"sms": N_("短信"), "oa": N_("单位办公系统")}
CAUSES = {
    "expression": N_("表达式有误"),
    "step-failed": N_("环节失败"),
    "uncaught-error": N_("操作报错，图上没有接住"),
    "unreadable-state": N_("流程数据无法读取"),
    "endless-loop": N_("自动环节空转"),
    "too-many-hops": N_("流程之间互相触发过多"),
    "no-correlation": N_("消息没有关联键"),
    "no-correlation-key": N_("消息没有关联键"),
    "retry-later": N_("对方一直无法接收"),
    "refused": N_("对方拒绝接收"),
}
"""Codes of errors in words; a foreign exception's type is shown as it is."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of processes and of their elements, by the newest version of each."""

    diagrams: Mapping[str, Drawn]

    @staticmethod
    def of(session: Session, found: Iterable[Incident | Group]) -> "Names":
        """For some incidents or groups."""
        keys = {one.place for one in found if one.kind != DELIVERY and one.place}
        newest = {key: one.version for key, one in queries.newest(session, keys).items() if one.kind == PROCESS}
        return Names({key: diagram for (key, _version), diagram in drawn(session, set(newest.items())).items()})

    def place(self, one: Incident | Group) -> str:
        """The process or the connector; a message to translate."""
        if one.kind == DELIVERY:
            return word(CONNECTORS, one.place)
        diagram = self.diagrams.get(one.place)
        return diagram.name if diagram is not None else one.place

    def element(self, one: Incident | Group) -> str:
        """The element, empty for a delivery; a message to translate."""
        diagram = self.diagrams.get(one.place)
        if one.element_id is None:
            return ""
        return diagram.name_of(one.element_id) if diagram is not None else one.element_id

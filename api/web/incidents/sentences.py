"""What everybody may know of a case's open incidents: a plain sentence each, without causes and traces."""

from sqlalchemy.orm import Session

from api.web.i18n import N_, language, one_language, translate
from api.web.incidents.naming import Names
from engine.outbox import incidents
from engine.outbox.models import DELIVERY

_STEP = N_("环节「{element}」出了故障，已通知管理员，处理后继续。")
_DELIVERY = N_("发往{place}的一条消息没有送达，已通知管理员。")


def sentences(session: Session, case_no: str) -> list[str]:
    """The sentences in the reader's language, each once."""
    found = incidents.of_cases(session, [case_no]).get(case_no, [])
    names, chosen = Names.of(session, found), language()
    told = []
    for one in found:
        place = translate(names.place(one), chosen)
        element = translate(names.element(one), chosen) or place
        text = _DELIVERY if one.kind == DELIVERY else _STEP
        told.append(translate(text, chosen, place=one_language(place, chosen), element=one_language(element, chosen)))
    return list(dict.fromkeys(told))

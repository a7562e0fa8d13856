"""What the register of elders lends to the diagrams: `elder.*` answer ids and flags only, people read the rest on the form."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete

from engine.context import Context
from engine.messages.models import InboxMessage
from engine.registry import Choice, Parameter, Registry
from engine.spiff.waits import correlate
from processes.registry.elders import services
from processes.registry.elders.models import Elder
from processes.registry.elders.services import ROLES

MOST = 50
"""Silent devices that one list holds; the rest are on the next one."""
COMING: Final = {"family": "家人答应前往", "liaison": "社区联络员答应前往", "doctor": "看护医生答应前往"}
SOMEBODY: Final = "联系人答应前往"
"""A promise, which stands on record also when nobody came."""
ANSWERS: Final = ("PagerConfirmed", "PagerExhausted")
"""What a round of calls to contacts ends with."""
UNKNOWN: Final = "没有登记的档案。 Nothing is registered."


def register(registry: Registry) -> None:
    """Lend the operations `elder.*`, the function that shows a profile, and the choice of silent devices."""
    registry.operation("elder.profile", Parameter("device", "str", False), Parameter("phone", "str", False))(profile)
    registry.operation("elder.silent_devices", Parameter("days", "int"))(silent_devices)
    registry.operation("elder.heard", Parameter("devices", "any"))(heard)
    registry.operation("elder.forget_answers", Parameter("call_id", required=False))(forget_answers)
    registry.function("elder_sheet", 1)(elder_sheet)
    registry.function("who_comes", 1)(who_comes)
    registry.value_sources["silent_devices"] = silent_choices


def profile(context: Context, *, device: str | None = None, phone: str | None = None) -> dict[str, Any]:
    """老年人档案 Whose device called, or whose number it is: ids and flags. A device that called works: its test is put off."""
    code = device or (services.device_on_line(context.session, phone) if phone else None)
    elder = services.elder_with(context.session, code)
    if elder is None:
        return {"known": False, "device": code, "elder": None, "contacts": 0}
    if device:
        services.heard(context.session, [device], context.now)
    return {"known": True, "device": code, "elder": elder.id, "contacts": len(services.contacts_of(context.session, elder.id))}


def silent_devices(context: Context, *, days: float) -> dict[str, Any]:
    """静默设备 The devices that nothing was heard of for so many days: how many, and the first of them."""
    found = services.silent(context.session, context.now, days)
    return {"count": len(found), "devices": list(found[:MOST])}


def heard(context: Context, *, devices: list[str] | None) -> None:
    """试呼正常 These devices were tried and work."""
    services.heard(context.session, devices or [], context.now)


def forget_answers(context: Context, *, call_id: str | None = None) -> None:
    """作废上轮答复 What contacts answered in the pager's call, and nobody waited for, counts in no further round."""
    if call_id is not None:
        left = (InboxMessage.correlation == correlate("call_id", call_id), InboxMessage.message.in_(ANSWERS))
        context.session.execute(delete(InboxMessage).where(*left))


def elder_sheet(context: Context, device: str | None) -> str:
    """老年人档案全文 The profile as people read it during an emergency: name, address, health, how to get in, whom to call. It is the
    profile of whose emergency it is, though somebody else has the device by now."""
    whose = (context.variables.get("profile") or {}).get("elder")
    elder = services.elder_with(context.session, device) if whose is None else context.session.get(Elder, whose)
    return UNKNOWN if elder is None else "\n".join(_lines(context, elder))


def who_comes(_context: Context, confirmed: Mapping[str, Any] | None) -> str:
    """谁前往 The mark of an emergency to which somebody has said they go; what `PagerConfirmed` brought says who."""
    return COMING.get((confirmed or {}).get("role", ""), SOMEBODY)


def silent_choices(context: Context) -> list[Choice]:
    """The silent devices of the list at hand."""
    listed = context.variables.get("silent")
    return [{"value": code, "label": code} for code in (listed or {}).get("devices", [])]


def _lines(context: Context, elder: Elder) -> list[str]:
    name, phone = services.citizen_of(context.session, elder)
    lines = [f"{name} {phone}", f"住址 Address：{elder.address}"]
    lines += [f"{title}：{text}" for title, text in (("健康 Health", elder.health), ("居住 Home", elder.profile)) if text]
    people = services.contacts_of(context.session, elder.id)
    return [*lines, *(f"{one.place}. {ROLES[one.role]} {one.name} {one.phone}" for one in people)]

"""`sms.send`: what a diagram says when somebody is to be told (C33, C17, E10)."""

from typing import Final

from connectors.sms.models import SmsMessage
from connectors.sms.provider import Sms
from connectors.sms.receivers import BLOCKED, CALLERS, NO_PHONE, NO_TEXT, OPTED_OUT, Receiver, receivers
from connectors.sms.templates import CITIZEN, Facts, render
from engine.context import Context
from engine.inserts import insertion
from engine.registry import Parameter, Registry
from forms.phones import is_mobile
from processes.registry.citizens import services as citizens
from processes.registry.citizens.masking import mask_phone

CONNECTOR = "sms"
_LOG: Final = insertion(SmsMessage)


def register(registry: Registry, centre_phone: str = "") -> None:
    """Register the operation. `centre_phone` is the number of the shift leader on duty, empty when there is none."""

    def send(context: Context, /, *, to: str, template: str, work_order: str | None = None) -> dict[str, int]:
        """发送短信 Tell a citizen, all callers of merged cases, a unit, its leader or the centre; answers how many were (not) sent."""
        named = work_order or context.variables.get("work_order")
        order = named if isinstance(named, str) else None
        whom = receivers(context.session, context.business_key, order, to, centre_phone)
        side = CITIZEN if to == CALLERS else to
        sent = sum(_put(context, side, template, order, receiver) for receiver in whom)
        return {"sent": sent, "unsent": len(whom) - sent}

    registry.operation("sms.send", Parameter("to"), Parameter("template"), Parameter("work_order", required=False))(send)


def tell(context: Context, phone: str, template: str, blocked: bool) -> bool:
    """Tell somebody of whom only the number is known; whether it goes out. What is logged stands under the business key."""
    unsent = BLOCKED if blocked else OPTED_OUT if citizens.wants_none(context.session, phone) else None
    if not is_mobile(phone):
        unsent = NO_PHONE
    return _put(context, CITIZEN, template, None, Receiver("", phone, unsent, Facts(context.business_key)))


def _put(context: Context, side: str, template: str, work_order: str | None, receiver: Receiver) -> bool:
    """Log one message and put its delivery, unless it cannot be sent; whether it goes out."""
    case_no, text = receiver.facts.case_no, render(template, side, receiver.facts)
    unsent = receiver.unsent or (None if text is not None else NO_TEXT)
    delivery_id: str | None = None
    if unsent is None and text is not None and receiver.phone is not None:
        sms = Sms(receiver.phone, text, case_no, template, side)
        delivery_id = context.agenda.deliver(CONNECTOR, case_no, sms._asdict())
    message = {
        "case_no": case_no,
        "work_order": receiver.facts.work_order or work_order,
        "instance_id": context.instance_id,
        "element_id": context.element_id,
        "template": template,
        "side": side,
        "receiver": receiver.code,
        "phone": mask_phone(receiver.phone) if receiver.phone else None,
        "text": text or "",
        "delivery_id": delivery_id,
        "unsent": unsent,
        "at": context.now,
    }
    context.agenda.write(_LOG, message)
    return delivery_id is not None

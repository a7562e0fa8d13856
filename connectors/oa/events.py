"""What a department's OA is told, as a CloudEvent (CloudEvents 1.0.2, JSON format, structured mode)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

CONTENT_TYPE = "application/cloudevents+json"
SOURCE = "/bihuan/hotline"
DISPATCHED = "bihuan.work_order.dispatched"
"""A work order has been given to the unit."""
WITHDRAWN = "bihuan.work_order.withdrawn"
"""A work order was taken back from the unit, which stops working on it."""


def document(delivery_id: str, kind: str, subject: str, moment: datetime, data: Mapping[str, Any]) -> str:
    """The event as JSON text; the delivery's id is the event's id, so that a repeat is known as one."""
    attributes = {
        "specversion": "1.0",
        "id": delivery_id,
        "source": SOURCE,
        "type": kind,
        "subject": subject,
        "time": moment,
        "datacontenttype": "application/json",
    }
    return JSONFormat().write(CloudEvent(attributes, dict(data))).decode()

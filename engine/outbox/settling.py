"""What can be done about an incident: try again, pass over, cancel. Each says who, why, and stands in the case's history."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from engine import reasons
from engine.errors import Conflict, NotFound
from engine.instances.models import LIVE, Instance
from engine.messages import signals
from engine.messages.models import Subscription
from engine.outbox.models import CANCELLED, DEAD, DELIVERY, OPEN, RESOLVED, RETRIED, SKIPPED, WAITING, Delivery, Incident
from engine.outbox.origin import Origin
from engine.runtime import repairs
from engine.runtime.work import Work
from engine.timers import models as timers
from engine.timers.models import Timer
from engine.timers.periodic import NO_INSTANCE

RETRY, SKIP, CANCEL = "retry", "skip", "cancel"
ACTIONS = (RETRY, SKIP, CANCEL)
LONGEST_REASON = 500
"""Characters of a reason."""

NOTHING_KEPT = (
    "流程没有建立，什么也没有留下，请原操作人重新办理。 Nothing was started and nothing was kept: let whoever did it do it again."
)
SUBMIT_AGAIN = "请办理人重新提交；填写的内容没有保留。 Whoever completed the task submits it again; what they had typed was not kept."
NEVER_STORED = (
    "流程还没有建立，没有可以跳过的环节；请修好原因后重来，或取消该异常。 "
    "The instance was never stored, so there is no step to pass over: mend the cause, or cancel the incident."
)
NOT_TO_BE_PASSED = (
    "只有服务任务、决策表和抛出事件可以跳过：网关要知道往哪里走，人工任务要有人办，等待的事件还没有发生。 "
    "Only service tasks, decision tables and throw events can be passed over: a gateway must know its way, a person's task "
    "needs the person, and an event that is waited for has not happened."
)


class AlreadyHandled(Conflict):
    """该异常已有人处理。 Somebody has dealt with this incident already."""

    code = "incident-closed"


class NotPossible(Conflict):
    """该异常不能这样处理。 This cannot be done about this incident."""

    code = "incident-action"


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether an action is possible, and in words what it does or why it is not (`中文。 English.`)."""

    possible: bool
    text: str


def choices(incident: Incident) -> Mapping[str, Choice]:
    """What may be done about an incident, by action."""
    if incident.kind == DELIVERY:
        return {
            RETRY: Choice(True, "再发，次数重新计算。 Sends it again, with all its attempts anew."),
            SKIP: Choice(False, "发送没有下一步可走，请用取消。 A delivery leads nowhere else: cancel it."),
            CANCEL: Choice(True, "不再发送，流程不受影响。 It is not sent any more; the process goes on as it is."),
        }
    return {RETRY: _retry(incident), SKIP: _skip(incident), CANCEL: _cancel(incident)}


def settle(work: Work, incident_id: int, action: str, reason: str = "", *, whole_case: bool = False) -> Incident:
    """Do one of `ACTIONS` about an open incident in the running command.

    Skipping and cancelling want a reason. `whole_case` cancels every instance of the case. Raises `NotFound`, `AlreadyHandled`,
    `NotPossible`, `Invalid`, or `StepFailed` when what is tried again at once fails again.
    """
    reason = require_reason(action, reason)
    incident = _taken(work, incident_id)
    if incident.kind == DELIVERY and action == SKIP:
        action = CANCEL  # what is not sent is passed over
    choice = choices(incident)[action]
    if not choice.possible:
        raise NotPossible(choice.text)
    why = {"incident": str(incident.id), "reason": reason} if reason else {"incident": str(incident.id)}
    if incident.kind == DELIVERY:
        _settle_delivery(work, incident, action, why)
    elif action == CANCEL:
        _cancel_instances(work, incident, why, whole_case=whole_case)
    else:
        _go_on(work, incident, action, why)
    incident.state = {RETRY: RETRIED, SKIP: SKIPPED, CANCEL: CANCELLED}[action] if incident.state == OPEN else incident.state
    incident.closed_at, incident.closed_by, incident.reason = work.now, work.actor.id, reason or None
    return incident


def require_reason(action: str, reason: str) -> str:
    """A reason without blanks around it. Raises `Invalid` when an action wants one, or it is too long."""
    return "" if action == RETRY and not reason.strip() else reasons.tidy(reason, LONGEST_REASON)


def _taken(work: Work, incident_id: int) -> Incident:
    incident = work.session.scalars(select(Incident).where(Incident.id == incident_id).with_for_update()).one_or_none()
    if incident is None:
        raise NotFound("没有这个异常事件。 There is no such incident.")
    if incident.state != OPEN:
        raise AlreadyHandled(state=incident.state, closed_by=incident.closed_by)
    return incident


def _retry(incident: Incident) -> Choice:
    if incident.origin == "start" or (incident.origin == "" and incident.instance_id is None):
        return Choice(False, NOTHING_KEPT)
    if incident.origin == "periodic":
        return Choice(True, "现在就启动一次。 Starts it once, now.")
    if incident.origin in ("timer", "message", "signal"):
        return Choice(True, "系统再执行一次。 The system does it again.")
    return Choice(True, SUBMIT_AGAIN)


def _skip(incident: Incident) -> Choice:
    if incident.origin == "periodic":
        return Choice(True, "这一次不做，到下一个时间照常。 Leaves this time out; the next comes as ever.")
    if incident.instance_id is None:
        return Choice(False, NEVER_STORED)
    if not incident.skippable:
        return Choice(False, NOT_TO_BE_PASSED)
    if incident.origin in ("timer", "message", "signal"):
        return Choice(True, "越过这一环节，流程立即往下走。 Passes over the step; the process goes on at once.")
    return Choice(True, "越过这一环节，等办理人重新提交时往下走。 Passes over the step when the task is submitted again.")


def _cancel(incident: Incident) -> Choice:
    if incident.instance_id is None:
        return Choice(True, "关闭该异常，没有流程受影响。 Closes the incident; no process is touched.")
    return Choice(True, "终止这个流程实例，未办的任务一并取消。 Ends this process instance with its open tasks.")


def _go_on(work: Work, incident: Incident, action: str, why: Mapping[str, Any]) -> None:
    told = False
    if action == SKIP and incident.instance_id is not None:
        assert incident.element_id is not None  # a step that can be passed over has an element
        repairs.pass_over(work, incident.instance_id, incident.element_id, why)
        told = True
    if not _again(work, incident, action, why):
        incident.state = RESOLVED  # what it hung on is over; nothing is left to be done again
    elif not told and incident.origin not in ("timer", "periodic") and incident.instance_id is not None:
        work.record(incident.instance_id, RETRY, why)


def _again(work: Work, incident: Incident, action: str, why: Mapping[str, Any]) -> bool:
    """Set off again what had failed; False when it is over by now."""
    instance, task = incident.origin_instance_id, incident.origin_task_id
    match incident.origin:
        case "timer" if instance is not None and task is not None:
            return _resume_row(work, instance, task) or repairs.resume(work, instance, task, why)
        case "signal" if instance is not None and task is not None:
            return signals.release(work.session, (incident.again or {})["broadcast_id"], instance, task)
        case "message" if incident.again is not None:
            return _send_again(work, incident.again, instance, task)
        case "periodic" if task is not None and action == RETRY:
            return _start_again(work, task)
    return True


def _resume_row(work: Work, instance_id: int, task_id: int) -> bool:
    """The timer of an instance that could not be read is set aside in its row alone."""
    mine = (Timer.instance_id == instance_id, Timer.task_id == task_id, Timer.state == timers.FAILED)
    resumed = update(Timer).where(*mine).values(state=timers.WAITING, queued_at=None).returning(Timer.task_id)
    return work.session.execute(resumed).first() is not None


def _send_again(work: Work, again: Mapping[str, Any], instance_id: int | None, task_id: int | None) -> bool:
    if instance_id is not None:
        waits = select(Subscription.task_id).where(Subscription.instance_id == instance_id, Subscription.task_id == task_id)
        if work.session.execute(waits.limit(1)).first() is None:
            return False  # its sender has sent it again meanwhile, and once is enough
    work.send(again["message"], again["correlations"], again["payload"])
    return True


def _start_again(work: Work, task_id: int) -> bool:
    row = work.session.get(Timer, (NO_INSTANCE, task_id))
    if row is None or row.process_key is None:
        return False
    work.origin = Origin("periodic", NO_INSTANCE, task_id)
    work.start(row.process_key, "", {"due": work.now.isoformat()})
    return True


def _settle_delivery(work: Work, incident: Incident, action: str, why: Mapping[str, Any]) -> None:
    values: dict[str, Any] = {"state": CANCELLED, "settled_at": work.now}
    if action == RETRY:
        values = {"state": WAITING, "attempts": 0, "due_at": work.now, "queued_at": None, "settled_at": None}
    dead = (Delivery.id == incident.delivery_id, Delivery.state == DEAD)
    if work.session.execute(update(Delivery).where(*dead).values(**values).returning(Delivery.id)).first() is None:
        incident.state = RESOLVED
        return
    main = select(Instance.id).where(Instance.business_key == incident.business_key).order_by(Instance.id).limit(1)
    instance_id = work.session.scalar(main) if incident.business_key else None
    if instance_id is not None:
        work.record(instance_id, action, {**why, "delivery": incident.delivery_id, "connector": incident.place})


def _cancel_instances(work: Work, incident: Incident, why: Mapping[str, Any], *, whole_case: bool) -> None:
    if incident.instance_id is None:
        return
    wanted = [incident.instance_id]
    if whole_case and incident.business_key:
        of_case = select(Instance.id).where(Instance.business_key == incident.business_key, Instance.status == LIVE)
        wanted = sorted({*wanted, *work.session.scalars(of_case)})
    ended = [repairs.cancel(work, instance_id, why) for instance_id in wanted]
    if not any(ended):
        incident.state = RESOLVED
    beside = (Incident.instance_id.in_(wanted), Incident.state == OPEN, Incident.id != incident.id)
    closing = {"state": CANCELLED, "closed_at": work.now, "closed_by": work.actor.id, "reason": why.get("reason")}
    work.session.execute(update(Incident).where(*beside).values(**closing).execution_options(synchronize_session=False))

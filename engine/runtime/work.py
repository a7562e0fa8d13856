"""One command's unit of work: the instances it reaches, its agenda, and the rows it writes before the one commit."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.util.task import TaskState
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from engine.definitions import bundles
from engine.errors import AlreadyClaimed, Conflict, Forbidden, Invalid, NotFound, StepFailed
from engine.expressions import Expressions
from engine.history.chain import link
from engine.history.steps import step
from engine.history.submissions import seal
from engine.instances import store
from engine.instances.ids import new_id
from engine.instances.models import LIVE
from engine.messages import router
from engine.outbox import services as outbox
from engine.registry import Registry
from engine.runtime.forms import TaskForm, answered_form, kept_answers
from engine.runtime.live import LiveInstance, Surroundings
from engine.spiff.specs import SpecCache, element_of
from engine.workitems.models import OPEN, unpack_groups

MAX_HOPS = 50
"""How many starts and messages one command may cause in turn (decision 3 of `engine.md`)."""


class TooManyHops(StepFailed):
    """流程之间互相触发过多，已停止。 Processes set each other off too often; the command was stopped."""

    code = "too-many-hops"


class Work:
    """What a command works with. Everything it does is written by `finish()` and committed by `Engine.transact`."""

    def __init__(self, session: Session, actor: Actor, registry: Registry, expressions: Expressions, specs: SpecCache) -> None:
        self.session = session
        self.actor = actor
        self.now = clock.now()
        self._specs = specs
        self._around = Surroundings(session, self.now, actor, self, registry, expressions)
        self._live: dict[int, LiveInstance] = {}
        self._agenda: deque[Callable[[], None]] = deque()
        self._hops = 0

    # What commands do

    def start(self, process_key: str, business_key: str, variables: Mapping[str, Any]) -> int:
        """Start an instance of the newest published version. Raises `NotPublished`."""
        bundle = self._specs.get(self.session, bundles.latest(self.session, process_key))
        live = LiveInstance(self._around, bundle, new_id(), business_key)
        live.begin(variables)
        self._live[live.id] = live
        live.submission, live.extra = seal({"variables": dict(variables)})
        self._agenda.append(lambda: self._send_out(live, live.take(step("start"), lambda: None)))
        return live.id

    def complete(self, instance_id: int, task_id: int, answers: Mapping[str, Any], *, event: Mapping[str, Any] | None = None) -> TaskForm:
        """Complete an open task with a form's answers; answers the form that they were checked against.

        `event` is the body of a department's callback, kept in the first step. Raises `NotFound`, `Forbidden`,
        `AlreadyClaimed`, `Conflict` (the task is over) or `Invalid` with the form's errors, and then nothing has changed.
        """
        live, item = self._with_item(instance_id, task_id)
        self._require_open(item)
        self._require_right(item)
        task = live.flow.find(task_id)
        if task is None or task._state != TaskState.READY:
            raise Conflict("任务已不在待办状态。 The task is no longer open.", state="cancelled")
        form = answered_form(live, task, item.item_form_key, answers)
        clean, errors = self._around.registry.form_validator(form.schema, answers, form.prefill)
        if errors:
            raise Invalid(errors=errors)
        live.submission, live.extra = seal({"answers": clean})
        first = step("complete", item.item_element_id, data={"event": dict(event)} if event else None)
        thrown = live.complete(task, first, item.item_element_id, clean, kept_answers(form.schema, clean))
        self._send_out(live, thrown)
        self._run()
        return form

    def claim(self, instance_id: int, task_id: int) -> None:
        """Take an open task for oneself (签收). Raises `AlreadyClaimed` naming who has it."""
        head, item = self._item_head(instance_id, task_id)
        self._require_open(item)
        if item.item_assignee == self.actor.id:
            return
        if item.item_assignee is not None:
            raise AlreadyClaimed(claimed_by=item.item_assignee)
        self._require_right(item)
        self._assign(head, item, "claim", self.actor.id)

    def release(self, instance_id: int, task_id: int) -> None:
        """Put a claimed task back for its groups (退回待签收)."""
        head, item = self._item_head(instance_id, task_id)
        self._require_open(item)
        if item.item_assignee != self.actor.id and not self.actor.override:
            raise Forbidden("只有签收人可以放回任务。 Only who claimed the task can put it back.")
        self._assign(head, item, "release", None)

    def delegate(self, instance_id: int, task_id: int, to: str) -> None:
        """Hand an open task to another person (转交); the caller has checked that the person exists."""
        head, item = self._item_head(instance_id, task_id)
        self._require_open(item)
        self._require_right(item)
        self._assign(head, item, "delegate", to)

    def fire(self, instance_id: int, task_id: int) -> bool:
        """Fire a timer that is due; False when it no longer waits (fired before, or cancelled)."""
        try:
            live = self._load(instance_id)
        except (NotFound, Conflict):
            return False
        fired = self._catch_up(live, task_id)
        self._run()
        return fired

    def throw(self, message: str, payload: Mapping[str, Any]) -> None:
        """Send a message by the correlation key its catalogue entry names; see `send`. A fleeting one is never kept."""
        wanted = router.correlations(self._around.registry, message, payload)
        kept = message not in self._around.registry.fleeting
        self._agenda.append(lambda: self._route(message, wanted, payload, keep=kept))

    def send(self, message: str, correlations: Iterable[str], payload: Mapping[str, Any]) -> None:
        """Send a message: to every task that waits for it, else to the processes it starts, else into the inbox."""
        wanted = list(correlations)
        self._agenda.append(lambda: self._route(message, wanted, payload, keep=True))

    def deliver(self, connector: str, business_key: str, body: Mapping[str, Any], *, key: str | None = None) -> str:
        """Put a delivery to the outside into the outbox; answers its id."""
        return outbox.put(self.session, connector, business_key, body, key=key, now=self.now)

    def record(self, instance_id: int, kind: str, data: Mapping[str, Any]) -> None:
        """Put a step of its own into an instance's history without moving it (`progress`, a note of a callback)."""
        head = store.by_id(self.session.connection(), instance_id)
        if head is None:
            raise NotFound()
        self._append(head, step(kind, data=dict(data)))

    def finish(self) -> None:
        """Run what is left of the agenda and write every instance touched, in the order of their ids."""
        self._run()
        self.session.flush()
        connection = self.session.connection()
        moved = [live for _id, live in sorted(self._live.items()) if live.steps]
        for live in moved:
            store.save(connection, live, alone=len(moved) == 1)
        for live in moved:
            if live.ended:
                for listener in self._around.registry.on_instance_ended:
                    listener(live.context_of(live.flow.task_tree), live.outcome or "")

    # How it does it

    def _run(self) -> None:
        while True:
            while self._agenda:
                self._hops += 1
                if self._hops > MAX_HOPS:
                    raise TooManyHops()
                self._agenda.popleft()()
            if not self._take_early_messages():
                return

    def _load(self, instance_id: int) -> LiveInstance:
        live = self._live.get(instance_id)
        if live is None:
            row = store.by_id(self.session.connection(), instance_id)
            if row is None:
                raise NotFound("没有这个流程实例。 There is no such process instance.")
            live = self._restore(row)
        return live

    def _restore(self, row: Any) -> LiveInstance:
        live = LiveInstance(self._around, self._specs.get(self.session, row.bundle_id), row.id, row.business_key)
        if row.status != LIVE:
            raise Conflict("流程已经结束。 The process has ended.", state="ended")
        live.restore(row)
        self._live[row.id] = live
        return live

    def _with_item(self, instance_id: int, task_id: int) -> tuple[LiveInstance, Any]:
        row = store.with_item(self.session.connection(), instance_id, task_id)
        if row is None:
            raise NotFound("没有这个任务。 There is no such task.")
        self._require_open(row)
        live = self._live.get(instance_id) or self._restore(row)
        self._catch_up(live)
        return live, row

    def _item_head(self, instance_id: int, task_id: int) -> tuple[Any, Any]:
        row = store.with_item(self.session.connection(), instance_id, task_id)
        if row is None:
            raise NotFound("没有这个任务。 There is no such task.")
        return row, row

    def _require_open(self, item: Any) -> None:
        if item.item_state != OPEN:
            raise Conflict(
                "任务已经办结或取消。 The task is already done or cancelled.", state=item.item_state, claimed_by=item.item_assignee
            )

    def _require_right(self, item: Any) -> None:
        if self.actor.override or item.item_assignee == self.actor.id:
            return
        if not self.actor.may_act_for(frozenset(unpack_groups(item.item_candidate_groups))):
            raise Forbidden()
        if item.item_assignee is not None:
            raise AlreadyClaimed(claimed_by=item.item_assignee)

    def _assign(self, head: Any, item: Any, kind: str, to: str | None) -> None:
        store.assign(self.session.connection(), head.id, item.item_task_id, to)
        data = {"from": item.item_assignee, "to": to} if kind != "claim" else None
        self._append(head, step(kind, item.item_element_id, data=data))

    def _append(self, head: Any, taken: list[Any]) -> None:
        row = link(head.id, head.last_seq + 1, bytes(head.last_hash), self.now, self.actor.id, [taken], {})
        store.move_head(self.session.connection(), head, row)

    def _catch_up(self, live: LiveInstance, wanted: int | None = None) -> bool:
        """Fire every timer of an instance that is due, in due order, before anything else happens to it: whoever acts on
        a case after an outage finds it as it would have been."""
        fired = False
        while not live.ended:
            due, task_id = min(((due, task_id) for task_id, due in live.after.clocks.items()), default=(None, None))
            if due is None or task_id is None or due > self.now:
                break
            self._fire(live, task_id, due)
            fired = fired or task_id == wanted
        return fired

    def _fire(self, live: LiveInstance, task_id: int, due: datetime) -> None:
        task = live.flow.find(task_id)
        if task is None:
            raise StepFailed(f"定时器 {task_id} 不在流程中。 Timer {task_id} is not in its process.")
        data = {"due": due.isoformat(), "fired": self.now.isoformat()}
        first = step("timer", element_of(task), data=data)
        self._send_out(live, live.fire(task, due, first))

    def _send_out(self, live: LiveInstance, events: list[Any]) -> None:
        for event in events:
            if isinstance(event.event_definition, MessageEventDefinition):
                self.throw(event.event_definition.name, event.payload or {})

    def _route(self, message: str, correlations: list[str], payload: Mapping[str, Any], *, keep: bool) -> None:
        found = False
        for instance_id in router.subscribers(self.session, message, correlations, self._live):
            live = self._load(instance_id)
            self._catch_up(live)
            found = self._catch(live, message, correlations, payload) or found
        if found:
            return
        starters = bundles.starters(self.session, message)
        for process_key in starters:
            self.start(process_key, str(payload.get("case_no", "")), payload)
        if keep and not starters:
            router.keep(self.session, message, correlations, payload, self.actor.id, self.now)

    def _catch(self, live: LiveInstance, message: str, correlations: list[str], payload: Mapping[str, Any]) -> bool:
        waiting = [one for one in live.after.messages if one.message == message and one.correlation in correlations]
        caught = False
        for one in sorted(waiting, key=lambda one: one.task_id):
            task = live.flow.find(one.task_id)
            if one not in live.after.messages or task is None:
                continue
            first = step("message", element_of(task), data={"message": message, "payload": dict(payload)})
            self._send_out(live, live.catch(task, message, payload, first))
            caught = True
        return caught

    def _take_early_messages(self) -> bool:
        """Hand over messages that came before anybody waited. True when there was one."""
        new = [one for live in self._live.values() for one in live.after.messages - live.before.messages]
        for row in router.take_early(self.session, new, self.now):
            self.send(row.message, [row.correlation], row.payload)
        return bool(self._agenda)

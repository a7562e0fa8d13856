"""One command's unit of work: the instances it reaches, its agenda, and the rows it writes before the one commit."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition, SignalEventDefinition
from SpiffWorkflow.util.task import TaskState
from sqlalchemy.orm import Session
from structlog.contextvars import bind_contextvars

from engine import clock
from engine.actor import Actor
from engine.definitions import bundles, current
from engine.definitions.starts import SIGNAL
from engine.errors import AlreadyClaimed, Conflict, Forbidden, Invalid, NotFound, StepFailed
from engine.expressions import Expressions
from engine.history.chain import link
from engine.history.steps import step
from engine.history.submissions import seal
from engine.instances import store
from engine.instances.ids import new_id
from engine.instances.models import LIVE
from engine.messages import router, signals
from engine.outbox import services as outbox
from engine.outbox.origin import Origin
from engine.prepared import Batch, Prepared
from engine.registry import Registry
from engine.runtime.forms import TaskForm, answered_form, kept_answers
from engine.runtime.kept import KeptInstances
from engine.runtime.live import LiveInstance, Surroundings
from engine.spiff.specs import SpecCache, element_of
from engine.spiff.waits import Awaited
from engine.workitems.models import OPEN, unpack_groups

MAX_HOPS = 50
"""How many starts and messages one command may cause in turn (decision 3 of `engine.md`)."""


class TooManyHops(StepFailed):
    """流程之间互相触发过多，已停止。 Processes set each other off too often; the command was stopped."""

    code = "too-many-hops"


class Work:
    """What a command works with. Everything it does is written by `finish()` and committed by `Engine.transact`."""

    def __init__(
        self, session: Session, actor: Actor, registry: Registry, expressions: Expressions, specs: SpecCache, kept: KeptInstances
    ) -> None:
        self.session = session
        self.actor = actor
        self.now = clock.now()
        self.origin = Origin()
        """What set the command off: who reads an incident needs to know what could be done again."""
        self._specs = specs
        self._kept = kept
        self._around = Surroundings(session, self.now, actor, self, registry, expressions)
        self._live: dict[int, LiveInstance] = {}
        self._beside: list[tuple[Any, list[Any]]] = []
        self._heads: list[tuple[int, bytes, int, bytes]] = []
        self._agenda: deque[Callable[[], None]] = deque()
        self._writes = Batch()
        self._rows: dict[int, Any] = {}
        self._looked_for: set[Awaited] = set()
        self._hops = 0

    # What commands do

    def start(self, process_key: str, business_key: str, variables: Mapping[str, Any]) -> int:
        """Start an instance of the newest published version. Raises `NotPublished`."""
        if not self.origin.kind:
            self.origin = Origin("start")
        bundle = self._specs.get(self.session, bundles.latest(self.session, process_key))
        live = LiveInstance(self._around, bundle, new_id(), business_key)
        live.begin(variables)
        self._live[live.id] = live
        bind_contextvars(case=business_key, instance=live.id)
        live.submission, live.extra = seal({"variables": dict(variables)})
        self._agenda.append(lambda: self._send_out(live, live.take(step("start"), lambda: None)))
        return live.id

    def complete(
        self, instance_id: int, task_id: int, answers: Mapping[str, Any], *, event: Mapping[str, Any] | None = None
    ) -> tuple[TaskForm, Mapping[str, Any]]:
        """Complete an open task with a form's answers; answers the form that they were checked against, and what passed.

        `event` is the body of a department's callback, kept in the first step. Raises `NotFound`, `Forbidden`,
        `AlreadyClaimed`, `Conflict` (the task is over) or `Invalid` with the form's errors, and then nothing has changed.
        """
        self.origin = Origin("task", instance_id, task_id)
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
        if item.item_assignee is None:
            live.unclaimed.add(task_id)
        live.submission, live.extra = seal({"answers": clean})
        first = step("complete", item.item_element_id, data={"event": dict(event)} if event else None)
        thrown = live.complete(task, first, item.item_element_id, clean, kept_answers(form.schema, clean))
        self._send_out(live, thrown)
        self._run()
        return form, clean

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
        self.origin = Origin("timer", instance_id, task_id)
        self._hops = 0  # each timer of a batch is a cause of its own
        live = self.standing(instance_id)
        if live is None:
            return False
        fired = self._catch_up(live, task_id)
        self._run()
        return fired

    def throw(self, message: str, payload: Mapping[str, Any]) -> None:
        """Send a message by the correlation key its catalogue entry names; see `send`. A fleeting one is never kept."""
        wanted = router.correlations(self._around.registry, message, payload)
        kept = message not in self._around.registry.fleeting
        self._agenda.append(lambda: self._route(message, wanted, payload, keep=kept))

    def send(self, message: str, correlations: Iterable[str], payload: Mapping[str, Any], *, lifetime: timedelta | None = None) -> None:
        """Send a message: to every task that waits for it, else to the processes it starts, else into the inbox, where it is
        kept for a while (`lifetime`, else as the catalogue says)."""
        wanted = list(correlations)
        if not self.origin.kind:
            self.origin = Origin("message", again={"message": message, "correlations": wanted, "payload": dict(payload)})
        self._agenda.append(lambda: self._route(message, wanted, payload, keep=True, lifetime=lifetime))

    def broadcast(self, signal: str, payload: Mapping[str, Any]) -> None:
        """Send a BPMN signal to whoever waits for it now: the instances this command has moved in this transaction, every other one
        in one of its own soon after (docs/adr/0013). It is never kept; it starts the processes whose start event names it."""
        if not isinstance(payload, Mapping):
            raise StepFailed(f"信号 {signal} 的内容须为字典。 What the signal {signal} carries must be a dictionary.")
        self._agenda.append(lambda: self._spread(signal, payload))

    def receive(self, broadcast_id: int, instance_id: int, task_id: int) -> bool:
        """Hand a signal that was thrown to one task; False when the task has received it or no longer waits for it."""
        self.origin = Origin("signal", instance_id, task_id, {"broadcast_id": broadcast_id})
        thrown = signals.take(self.session, broadcast_id, instance_id, task_id)
        live = self.standing(instance_id)
        if live is None or thrown is None:
            return False
        self._catch_up(live)
        caught = self._catch(live, f"{SIGNAL}{thrown.signal}", [""], thrown.payload, task_id)
        self._run()
        return caught

    def deliver(self, connector: str, business_key: str, body: Mapping[str, Any], *, key: str | None = None) -> str:
        """Put a delivery to the outside into the outbox; answers its id."""
        if key is not None:
            return outbox.put(self.session, connector, business_key, body, key=key, now=self.now)
        row = outbox.new(connector, business_key, body, self.now)
        self.write(outbox.ADD, row)
        return str(row["id"])

    def write(self, statement: Prepared, values: Mapping[str, Any]) -> None:
        """Write a row with the instances at the end of the command: for rows that nothing in the same command reads again."""
        self._writes.add(statement, values)

    def record(self, instance_id: int, kind: str, data: Mapping[str, Any]) -> None:
        """Put a step of its own into an instance's history without moving it (`progress`, a note of a callback)."""
        head = store.by_id(self.session.connection(), instance_id)
        if head is None:
            raise NotFound()
        self._append(head, step(kind, data=dict(data)))

    def expect(self, instance_ids: Sequence[int]) -> None:
        """Read stored instances that this command is about to move, in one round trip."""
        self._rows = {row.id: row for row in store.by_ids(self.session.connection(), list(dict.fromkeys(instance_ids)))}

    def standing(self, instance_id: int) -> LiveInstance | None:
        """An instance as it stands, overdue timers and all; None when there is none or it has ended."""
        try:
            return self._load(instance_id)
        except (NotFound, Conflict):
            return None

    def steps(self) -> Iterator[Any]:
        """Every step this command has taken, in whatever instance."""
        for live in self._live.values():
            yield from live.steps
        for _head, taken in self._beside:
            yield taken

    def moved(self) -> dict[int, str]:
        """The instances this command has touched, each with its case."""
        return {live.id: live.business_key for live in self._live.values()} | {head.id: head.business_key for head, _taken in self._beside}

    def finish(self) -> None:
        """Run what is left of the agenda and write every instance touched, in the order of their ids."""
        self._run()
        self.session.flush()
        moved = [live for _id, live in sorted(self._live.items()) if live.steps]
        of_case = Counter(live.business_key for live in moved)
        for live in moved:
            store.save(self._writes, live, alone=of_case[live.business_key] == 1)
        for live in moved:
            if live.ended:
                for listener in self._around.registry.on_instance_ended:
                    listener(live.context_of(live.flow.task_tree), live.outcome or "")
        self._writes.send(self.session.connection())

    def keep(self) -> None:
        """Everything is committed: leave the instances to the next command that works on them."""
        for live in self._live.values():
            if not live.ended:
                self._kept.put(live.id, live.standing())
        for moved in self._heads:
            self._kept.move_head(*moved)

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
            row = self._rows.pop(instance_id, None) or store.by_id(self.session.connection(), instance_id)
            if row is None:
                raise NotFound("没有这个流程实例。 There is no such process instance.")
            live = self._restore(row)
        return live

    def _restore(self, row: Any) -> LiveInstance:
        current.seen(self.session, row.epoch)
        whose = {"instance_id": row.id, "business_key": row.business_key, "process_key": row.process_key}
        live = LiveInstance(self._around, self._specs.get(self.session, row.bundle_id, **whose), row.id, row.business_key)
        if row.status != LIVE:
            raise Conflict("流程已经结束。 The process has ended.", state="ended")
        live.restore(row, self._kept.take(row.id, row.version, bytes(row.last_hash)))
        self._live[row.id] = live
        bind_contextvars(case=row.business_key, instance=row.id)
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
        store.assign(self._writes, head.id, item.item_task_id, to)
        data = {"from": item.item_assignee, "to": to} if kind != "claim" else None
        self._append(head, step(kind, item.item_element_id, data=data))

    def _append(self, head: Any, taken: list[Any]) -> None:
        self._beside.append((head, taken))
        bind_contextvars(case=head.business_key, instance=head.id)
        row = link(head.id, head.last_seq + 1, bytes(head.last_hash), self.now, self.actor.id, [taken], {})
        store.move_head(self._writes, head, row)
        self._heads.append((head.id, bytes(head.last_hash), head.version + 1, row.hash))
        self._writes.send(self.session.connection())  # the next verb of this command may read what this one did

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
        cause, self.origin = self.origin, Origin("timer", live.id, task_id)
        self._send_out(live, live.fire(task, due, first))
        self.origin = cause

    def _send_out(self, live: LiveInstance, events: list[Any]) -> None:
        for event in events:
            if isinstance(event.event_definition, MessageEventDefinition):
                self.throw(event.event_definition.name, event.payload or {})
            elif isinstance(event.event_definition, SignalEventDefinition):
                self.broadcast(event.event_definition.name, event.payload or {})

    def _spread(self, signal: str, payload: Mapping[str, Any]) -> None:
        name = f"{SIGNAL}{signal}"
        moved = sorted(self._live)
        for instance_id in moved:
            self._catch(self._live[instance_id], name, [""], payload)
        signals.spread(self.session, signal, payload, self.actor, self.now, besides=moved)
        for process_key in bundles.starters(self.session, name):
            self.start(process_key, str(payload.get("case_no", "")), payload)

    def _route(
        self, message: str, correlations: list[str], payload: Mapping[str, Any], *, keep: bool, lifetime: timedelta | None = None
    ) -> None:
        found = False
        for instance_id in router.subscribers(self.session, message, correlations, self._live):
            live = self._load(instance_id)
            self._catch_up(live)
            found = self._catch(live, message, correlations, payload) or found
        if found:
            return
        starters = bundles.starters(self.session, message)
        for process_key in starters:
            router.begin(self, self._around.registry, process_key, message, payload)
        if keep and not starters:
            kept_for = lifetime or self._around.registry.lifetimes.get(message, router.KEPT_FOR)
            if not router.keep(self.session, message, correlations, payload, self.actor.id, self.now, kept_for, besides=self._live):
                self._agenda.append(lambda: self._route(message, correlations, payload, keep=True, lifetime=lifetime))

    def _catch(
        self, live: LiveInstance, message: str, correlations: list[str], payload: Mapping[str, Any], only: int | None = None
    ) -> bool:
        waiting = [one for one in live.after.messages if one.message == message and one.correlation in correlations]
        caught = False
        for one in sorted(waiting, key=lambda one: one.task_id):
            task = live.flow.find(one.task_id)
            if one not in live.after.messages or task is None or only not in (None, one.task_id):
                continue
            if self.origin.kind == "message" and self.origin.instance_id is None:
                self.origin = self.origin._replace(instance_id=live.id, task_id=one.task_id)
            kind = "signal" if message.startswith(SIGNAL) else "message"
            first = step(kind, element_of(task), data={kind: message.removeprefix(SIGNAL), "payload": dict(payload)})
            self._send_out(live, live.catch(task, message, payload, first))
            caught = True
        return caught

    def _take_early_messages(self) -> bool:
        """Hand over messages that came before anybody waited. True when there was one."""
        waiting = {one for live in self._live.values() for one in live.after.messages - live.before.messages}
        new = {one for one in waiting - self._looked_for if not one.message.startswith(SIGNAL)}
        self._looked_for |= new
        for row in router.take_early(self.session, new, self.now):
            self.send(row.message, [row.correlation], row.payload)
        return bool(self._agenda)

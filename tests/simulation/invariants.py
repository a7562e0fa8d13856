"""What must hold of a city every midnight, however its day went; each check answers the list of its violations."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.product import Product
from connectors.sms.models import MailboxMessage
from engine import clock
from engine.actor import SYSTEM
from engine.history import expand
from engine.history.expand import HistoryStep
from engine.instances.models import LIVE, Instance
from engine.jobs.models import Job
from engine.messages.models import Subscription
from engine.outbox.models import CANCELLED, DEAD, DONE, Delivery
from engine.spiff import waits
from engine.timers.models import Timer
from engine.workitems.models import OPEN, WorkItem
from processes.casefile import lamps
from processes.casefile.models import Case, ExtensionRequest, WorkOrder
from tests.chaos import audit
from tests.crash.house import Memory
from tests.simulation.city import Book

DAYS = {"age_3": 3, "age_5": 5, "age_7": 7}
"""The timers that watch an order's age, and the days after which each goes off."""


def violations(product: Product, book: Book, memory: Memory) -> list[str]:
    """Everything that is wrong in a city at the moment that its people know, which `book` and `memory` tell of."""
    with clock.at(memory.now), product.engine.read() as session:
        return [
            *audit.lost_cases(session, book.opened),
            *audit.lost_tasks(session, book.completed),
            *audit.open_tasks(session, book.uncertain),
            *audit.unequal_steps(session),
            *audit.twice_started(session),
            *audit.stuck_cases(session),
            *audit.broken_chains(session),
            *left_over(session, memory.now),
            *unequal_deliveries(session, memory),
            *unequal_projections(session, product),
            *wrong_lamps(session, memory.now),
            *wrong_facts(session, product),
        ]


def left_over(session: Session, now: datetime) -> list[str]:
    """Jobs that nobody does, and timers and deliveries whose time has come and that nobody has seen to."""
    jobs = [f"job {job.kind} {job.args}: {job.state} {job.error}" for job in session.scalars(select(Job))]
    timers = select(Timer).where((Timer.due_at <= now) | (Timer.state != "waiting"))
    late = [f"timer {timer.business_key} {timer.element_id}: {timer.state}, due {timer.due_at}" for timer in session.scalars(timers)]
    open_ = select(Delivery).where(Delivery.state.not_in((DONE, DEAD, CANCELLED)), Delivery.due_at <= now)
    return jobs + late + [f"delivery {row.id}: {row.state}, due {row.due_at}" for row in session.scalars(open_)]


def unequal_deliveries(session: Session, memory: Memory) -> list[str]:
    """What we think was delivered, and what arrived: the same, each once in effect."""
    ours = {one.id: one.state for one in session.scalars(select(Delivery))}
    theirs = {*memory.outside.accepted, *session.scalars(select(MailboxMessage.id))}
    missing = [f"delivery {one} is done and never came" for one, state in ours.items() if state == DONE and one not in theirs]
    return missing + [f"delivery {one} came from nowhere" for one in theirs if one not in ours]


def unequal_projections(session: Session, product: Product) -> list[str]:
    """Work items, timers and subscriptions that are not what the stored states wait for."""
    people = {(one.instance_id, one.task_id) for one in session.scalars(select(WorkItem).where(WorkItem.state == OPEN))}
    timers = {(one.instance_id, one.task_id, one.due_at) for one in session.scalars(select(Timer).where(Timer.instance_id != 0))}
    awaited = {(one.instance_id, one.task_id, one.message, one.correlation) for one in session.scalars(select(Subscription))}
    for instance_id in session.scalars(select(Instance.id).where(Instance.status == LIVE)).all():
        live = product.engine.look(session, SYSTEM, instance_id)
        assert live is not None
        found = waits.read(live.flow)
        people ^= {(instance_id, task) for task in found.people}
        timers ^= {(instance_id, task, due) for task, due in found.clocks.items()}
        awaited ^= {(instance_id, one.task_id, one.message, one.correlation) for one in found.messages}
    return [f"projection: {one}" for one in (*sorted(people), *sorted(timers), *sorted(awaited))]


def wrong_lamps(session: Session, now: datetime) -> list[str]:
    """Lamps that are not what requirement 0.2 says of the same moments, computed here without any table."""
    orders: dict[str, list[WorkOrder]] = {}
    for order in session.scalars(select(WorkOrder).order_by(WorkOrder.number)):
        orders.setdefault(order.case_no, []).append(order)
    wrong = []
    for case in session.scalars(select(Case)):
        mine = orders.get(case.case_no, [])
        shown = lamps.of_case(session, case, mine, now)
        if (shown.age, shown.due) != (wanted := (age_of_case(case, mine, now), due_of_case(case, mine, now))):
            wrong.append(f"{case.case_no} shows {shown.age}, {shown.due} instead of {wanted}")
        for order in mine:
            lights = lamps.of_order(session, order, now)
            if (lights.age, lights.due) != (wanted := (age(order.dispatched_at, ended(order), now), due(order, now))):
                wrong.append(f"{order.number} shows {lights.age}, {lights.due} instead of {wanted}")
    return wrong


def age(since: datetime, until: datetime | None, now: datetime) -> str:
    """时长灯: green up to three days, yellow after five, red after seven."""
    days = ((until or now) - since) / timedelta(days=1)
    return "green" if days <= 3 else "none" if days <= 5 else "yellow" if days <= 7 else "red"


def due(order: WorkOrder, now: datetime) -> str:
    """期限灯: finished is green; past the effective limit red; past the original one hollow; near it yellow."""
    if ended(order) is not None:
        return "green"
    if now > order.due_at:
        return "red"
    if now > order.original_due_at:
        return "red_hollow"
    return "yellow" if now >= order.near_at else "none"


def ended(order: WorkOrder) -> datetime | None:
    """Since when an order's clock stands still."""
    return order.handled_at if order.status in ("open", "done") else order.closed_at


def age_of_case(case: Case, orders: Sequence[WorkOrder], now: datetime) -> str | None:
    """The citizen's age lamp: since the first dispatch, until every unit of the newest round had finished."""
    if case.first_dispatched_at is None:
        return None
    return age(case.first_dispatched_at, _handled(case, orders), now)


def due_of_case(case: Case, orders: Sequence[WorkOrder], now: datetime) -> str | None:
    """The worst lamp of the orders that are still worked on."""
    if case.first_dispatched_at is None:
        return None
    counting = [order for order in orders if order.status in ("open", "done")]
    worked_on = [due(order, now) for order in counting if order.handled_at is None]
    if worked_on:
        return max(worked_on, key=("green", "none", "yellow", "red_hollow", "red").index)
    return "green" if counting or _handled(case, orders) else "none"


def _handled(case: Case, orders: Sequence[WorkOrder]) -> datetime | None:
    newest = [order for order in orders if order.round == max(one.round for one in orders) and order.status in ("open", "done")]
    moments = [order.handled_at for order in newest if order.handled_at is not None]
    finished = len(moments) == len(newest) and any(order.role == "lead" for order in newest)
    return case.handled_at or case.closed_at or (max(moments) if finished else None)


def wrong_facts(session: Session, product: Product) -> list[str]:
    """Moments in the rows that the histories tell differently, and timers that went off twice, early, or at another moment."""
    orders = {order.instance_id: order for order in session.scalars(select(WorkOrder))}
    wanted = select(ExtensionRequest).where(ExtensionRequest.state == "granted")
    granted = {one.work_order: one.new_due_at for one in session.scalars(wanted)}
    wrong = [
        f"{order.number} is due {order.due_at}, granted was {granted.get(order.number)}"
        for order in orders.values()
        if order.due_at != (granted.get(order.number) or order.original_due_at)
    ]
    for case_no in session.scalars(select(Case.case_no).order_by(Case.case_no)).all():
        steps = _steps(session, product, case_no)
        wrong += _timers(steps)
        for instance_id in {step.instance_id for step in steps} & orders.keys():
            wrong += _order(orders[instance_id], [step for step in steps if step.instance_id == instance_id])
    return wrong


def _order(order: WorkOrder, steps: Sequence[HistoryStep]) -> Iterable[str]:
    if order.dispatched_at != steps[0].at:
        yield f"{order.number}: dispatched {order.dispatched_at}, its process began {steps[0].at}"
    handled = {step.at for step in steps if step.type == "complete" and step.element_id == "handle"}
    if order.handled_at is not None and order.handled_at not in handled:
        yield f"{order.number}: handled {order.handled_at}, in history {sorted(handled)}"
    for step in steps:
        if step.type == "timer" and step.element_id in DAYS and step.data:
            wanted = order.dispatched_at + timedelta(days=DAYS[step.element_id])
            if datetime.fromisoformat(step.data["due"]) != wanted:
                yield f"{order.number}: {step.element_id} was due {step.data['due']} instead of {wanted}"


def _timers(steps: Sequence[HistoryStep]) -> Iterable[str]:
    fired = [
        (step.instance_id, step.element_id, step.data["due"], step.data["fired"]) for step in steps if step.type == "timer" and step.data
    ]
    for (instance_id, element, moment), times in Counter(one[:3] for one in fired).items():
        if times > 1:
            yield f"instance {instance_id}: timer {element} due {moment} went off {times} times"
    for instance_id, element, moment, then in fired:
        if datetime.fromisoformat(then) < datetime.fromisoformat(moment):
            yield f"instance {instance_id}: timer {element} due {moment} went off at {then}"


def _steps(session: Session, product: Product, case_no: str) -> list[HistoryStep]:
    steps: list[HistoryStep] = []
    after: str | None = None
    while True:
        page = expand.read(session, product.engine.specs, case_no, after=after)
        steps += page.steps
        if page.next is None:
            return steps
        after = page.next

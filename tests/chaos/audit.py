"""What must hold of the rows after any number of kills; each check answers the list of its violations."""

from collections import Counter
from collections.abc import Iterable

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.history import verify
from engine.history.models import History, Submission
from engine.instances.models import LIVE, Instance
from engine.jobs.models import Job
from engine.outbox.models import DONE as DELIVERED
from engine.outbox.models import Delivery, Incident
from engine.timers.models import Timer
from engine.workitems.models import DONE, OPEN, WorkItem, split_id
from processes.casefile.models import Case
from processes.cases import loop_check

Occurrence = tuple[int, str]
"""An instance and an element of its diagram."""


def lost_cases(session: Session, opened: Iterable[str]) -> list[str]:
    """Acknowledged cases that are not there exactly once, and cases that nobody was told of."""
    there = Counter(session.scalars(select(Case.case_no)))
    told = Counter(opened)
    return sorted(
        f"{case_no}: told {told[case_no]}, there {there[case_no]}" for case_no in {*there, *told} if told[case_no] != there[case_no]
    )


def lost_tasks(session: Session, completed: Iterable[str]) -> list[str]:
    """Acknowledged completions whose task is not done."""
    states = {item.public_id: item.state for item in session.scalars(select(WorkItem))}
    return [f"{task_id}: {states.get(task_id)}" for task_id in completed if states.get(task_id) != DONE]


def open_tasks(session: Session, over: Iterable[str]) -> list[str]:
    """Tasks that the server said were over and that are open."""
    return [task_id for task_id in over if (key := split_id(task_id)) and session.get_one(WorkItem, key).state == OPEN]


def unequal_steps(session: Session) -> list[str]:
    """Elements of instances that were completed more or less often than tasks of theirs are done, or with no submission."""
    done: Counter[Occurrence] = Counter()
    for instance, element in session.execute(select(WorkItem.instance_id, WorkItem.element_id).where(WorkItem.state == DONE)):
        done[instance, element] += 1
    told: Counter[Occurrence] = Counter()
    submitted = {(instance, seq) for instance, seq in session.execute(select(Submission.instance_id, Submission.seq))}
    missing = []
    for instance, seq, data in session.execute(select(History.instance_id, History.seq, History.data)):
        completions = [step[1] for step in orjson.loads(data)["steps"] if step[0] == "complete"]
        told.update((instance, element) for element in completions)
        if completions and (instance, seq) not in submitted:
            missing.append(f"{instance} #{seq}: no submission")
    unequal = [
        f"{instance} {element}: done {done[instance, element]}, in history {told[instance, element]}"
        for instance, element in {*done, *told}
        if done[instance, element] != told[instance, element]
    ]
    return sorted(unequal) + missing


def broken_chains(session: Session) -> list[str]:
    """Records that do not fit their chain."""
    return [f"{bad.business_key} #{bad.seq}: {bad.reason}" for bad in verify.verify(session).bad]


def twice_started(session: Session) -> list[str]:
    """Cases with more than one main instance."""
    query = (
        select(Instance.business_key, func.count())
        .join(Case, (Case.case_no == Instance.business_key) & (Case.category == Instance.process_key))
        .group_by(Instance.business_key)
        .having(func.count() != 1)
    )
    return [f"{case_no}: {count} main instances" for case_no, count in session.execute(query)]


def stuck_cases(session: Session) -> list[str]:
    """Open cases that nothing and nobody will move (E03), and open cases without a live instance."""
    alive = select(Instance.business_key).where(Instance.status == LIVE)
    orphaned = session.scalars(select(Case.case_no).where(Case.status == "open", Case.case_no.not_in(alive)))
    return [stuck.case_no for stuck in loop_check.find(session)] + [f"{case_no}: no live instance" for case_no in orphaned]


def unsettled(session: Session) -> list[str]:
    """Jobs, overdue timers, deliveries and incidents that are left when the background work had its time."""
    jobs = [f"job {job.kind} {job.args}: {job.state} {job.error}" for job in session.scalars(select(Job))]
    timers = [
        f"timer {timer.business_key} {timer.element_id}: {timer.state}"
        for timer in session.scalars(select(Timer).where(Timer.state != "waiting"))
    ]
    deliveries = [
        f"delivery {row.connector} {row.business_key}: {row.state} {row.last_error}"
        for row in session.scalars(select(Delivery).where(Delivery.state != DELIVERED))
    ]
    incidents = [f"incident {row.kind}: {row.message}" for row in session.scalars(select(Incident))]
    return jobs + timers + deliveries + incidents

"""The instances that this process worked on last, as they stood at their last commit: whose state need not be decoded again.

A kept instance is known by its id and the hash at the head of its history, which says more than a version: a backup that was
restored beneath a running process has the same versions. It is given up when somebody asks for it, so that two commands never
share one, and put back only when what was done with it is committed; a command that fails drops it. So the worst that can
happen is that a state is decoded (docs/adr/0010).
"""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from engine.spiff.waits import Waits
from engine.spiff.workflow import Flow

MOST = 1_024
"""Instances."""
MOST_TASKS = 60_000
"""Tasks of all kept instances, finished and predicted ones included; each takes about 0.7 kB."""


class Standing(NamedTuple):
    """An instance between two commands. `version` and `last_hash` are those of its row."""

    version: int
    last_hash: bytes
    flow: Flow
    waits: Waits

    @property
    def weight(self) -> int:
        """How many tasks it holds."""
        return len(self.flow.tasks) + sum(len(inner.tasks) for inner in self.flow.subprocesses.values())


class KeptInstances:
    """The cache of one engine, safe between threads; with `most=0` it keeps nothing."""

    def __init__(self, most: int = MOST, most_tasks: int = MOST_TASKS) -> None:
        self._most = most
        self._most_tasks = most_tasks
        self._kept: OrderedDict[int, tuple[Standing, int]] = OrderedDict()
        self._tasks = 0
        self._lock = Lock()
        self.hits = 0
        self.misses = 0

    def take(self, instance_id: int, version: int, last_hash: bytes) -> Standing | None:
        """Give up an instance to whoever works on it next; None when it is not kept as its row says it stands.

        What a row shows to be outdated goes; what is newer than the row stays for others.
        """
        with self._lock:
            kept = self._kept.get(instance_id)
            if kept is None or kept[0].version > version:
                self.misses += 1
                return None
            del self._kept[instance_id]
            self._tasks -= kept[1]
            if kept[0].last_hash != last_hash:
                self.misses += 1
                return None
            self.hits += 1
            return kept[0]

    def put(self, instance_id: int, standing: Standing) -> None:
        """Keep an instance whose state is committed; those used least recently go when there are too many."""
        weight = standing.weight
        with self._lock:
            known = self._kept.get(instance_id)
            if known is not None and known[0].version > standing.version:
                return
            self._tasks += weight - (known[1] if known else 0)
            self._kept[instance_id] = standing, weight
            self._kept.move_to_end(instance_id)
            while self._kept and (len(self._kept) > self._most or self._tasks > self._most_tasks):
                _, (_, dropped) = self._kept.popitem(last=False)
                self._tasks -= dropped

    def move_head(self, instance_id: int, old_hash: bytes, version: int, new_hash: bytes) -> None:
        """Follow a commit that wrote history and left the state as it was (a claim)."""
        with self._lock:
            kept = self._kept.get(instance_id)
            if kept is not None and kept[0].last_hash == old_hash:
                self._kept[instance_id] = kept[0]._replace(version=version, last_hash=new_hash), kept[1]

    def __len__(self) -> int:
        return len(self._kept)

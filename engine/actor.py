"""Who does something: the value by which people, units and the system reach the engine."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a unit's OA or the system itself.

    `id` is what the history names (`agent1`, `unit:water`, `system`); `groups` are the roles and
    `unit:<code>` memberships that candidate groups are compared with. `override` is the demo
    administrator's right to complete any open task whoever claimed it.
    """

    id: str
    groups: frozenset[str] = field(default_factory=frozenset)
    override: bool = False

    def may_act_for(self, candidate_groups: frozenset[str]) -> bool:
        """Whether one of the actor's groups is a candidate; a task without candidates is everybody's."""
        return self.override or not candidate_groups or bool(self.groups & candidate_groups)


SYSTEM = Actor("system", frozenset(), override=True)

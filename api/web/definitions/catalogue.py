"""The list of definitions as a page shows it: one line a key, with its newest version and the one that is live."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from engine.definitions.models import DRAFT, PUBLISHED, Definition


@dataclass(frozen=True, slots=True)
class Line:
    """One key. `live` is the version that new cases take, None when there is none."""

    newest: Definition
    live: Definition | None
    versions: int

    @property
    def waits(self) -> bool:
        """Whether its newest version waits for somebody to publish it."""
        return self.newest.status == DRAFT


def lines(definitions: Iterable[Definition]) -> list[Line]:
    """The lines of definitions that come by key and newest first."""
    found = []
    for _key, members in groupby(definitions, key=lambda definition: definition.key):
        versions = list(members)
        live = next((version for version in versions if version.status == PUBLISHED), None)
        found.append(Line(versions[0], live, len(versions)))
    return found

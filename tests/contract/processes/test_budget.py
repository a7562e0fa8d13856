"""What each step of a complaint may cost, on the shipped diagrams: statements and commits, never time."""

from api.product import Product
from tests.bench import statements, walk
from tests.bench.figures import Timing
from tests.fixtures.databases import POSTGRESQL, SQLITE

MOST = {"register": 12, "review": 29, "ack": 8, "handle": 7, "result_review": 22, "reply_citizen": 10, "visit": 13}
"""Statements by the task completed. `ack` and `handle` move one instance and tell nobody (engine.md: at most eight); `review`
starts a second instance and `result_review` ends one, and each of their timers and subscriptions is a statement, too."""
LOCKS: dict[str, dict[str, int]] = {SQLITE: {}, POSTGRESQL: {"review": 2}}
"""On PostgreSQL who looks for messages that came early locks out who sends one meanwhile; SQLite has one writer anyway."""


def test_every_task_of_a_complaint_stays_within_its_statements_and_one_commit(product: Product) -> None:
    spent: dict[str, list[tuple[int, int]]] = {}
    with statements.recorded(product.database) as pieces:
        for _first_to_parse_the_diagrams_then_to_count in range(2):
            cases = walk.open_cases(product, 1, Timing([], []))
            while items := walk.open_items(product, cases):
                walk.complete(product, items[0], Timing([], []), lambda: pieces.append(statements.Transaction()))
                piece = pieces.pop()
                spent.setdefault(items[0].element_id, []).append((piece.count, piece.commits))
    assert {element: costs[-1][1] for element, costs in spent.items()} == dict.fromkeys(MOST, 1)
    locks = LOCKS[product.database.dialect.name]
    allowed = {element: most + locks.get(element, 0) for element, most in MOST.items()}
    assert not {element: costs[-1][0] for element, costs in spent.items() if costs[-1][0] > allowed[element]}

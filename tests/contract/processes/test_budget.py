"""What a step may cost, on the shipped diagrams: statements and commits, never time."""

from api.product import Product
from tests.bench import statements, walk
from tests.bench.figures import Timing

MOST = 8
"""Statements of a command on one instance (engine.md, targets)."""


def test_a_task_that_moves_one_instance_takes_at_most_eight_statements_and_one_commit(product: Product) -> None:
    spent: dict[str, list[tuple[int, int]]] = {}
    with statements.recorded(product.database) as pieces:
        for _first_to_parse_the_diagrams_then_to_count in range(2):
            cases = walk.open_cases(product, 1, Timing([], []))
            while items := walk.open_items(product, cases):
                walk.complete(product, items[0], Timing([], []), lambda: pieces.append(statements.Transaction()))
                piece = pieces.pop()
                spent.setdefault(items[0].element_id, []).append((piece.count, piece.commits))
    assert {element: costs[-1][1] for element, costs in spent.items()} == dict.fromkeys(spent, 1)
    assert spent["ack"][-1][0] <= MOST
    assert spent["handle"][-1][0] <= MOST

"""What cases lend to the diagrams and to the engine."""

from engine.registry import Parameter, Registry
from processes.cases import closing, duplicates, functions, intake, loop_check, operations

TEXT = Parameter("text", "str", False)


def register(registry: Registry) -> None:
    """Lend the operations `case.*`, the functions about the case, the choice of duplicates, and the closing listener."""
    registry.operation("case.update")(operations.update_case)
    registry.operation("case.duplicates")(operations.count_duplicates)
    registry.operation("case.link", Parameter("master"), Parameter("kind", "str", False))(operations.link)
    registry.operation("case.flag", Parameter("flag"))(operations.flag)
    registry.operation("case.append", TEXT)(operations.append)
    registry.operation("case.note", TEXT)(operations.note)
    registry.operation("case.refuse", Parameter("reason", "str", False))(operations.refuse)
    registry.operation("case.answer")(operations.answer)
    registry.operation("case.loop_check", Parameter("process"))(loop_check.loop_check)
    registry.operation("case.open", Parameter("call_id", "str", False))(intake.open_from_intake)
    registry.operation("case.supplement", Parameter("case_no"))(intake.add_to_case)
    registry.operation("case.attempt", Parameter("what"))(intake.attempt)
    registry.function("case_fact", 1)(functions.case_fact)
    registry.function("review_limit")(functions.review_limit)
    registry.value_sources["duplicates"] = duplicates.choices
    registry.value_sources["categories"] = intake.categories
    registry.message_starts["PagerPressed"] = intake.open_by_pager
    registry.on_instance_ended.append(closing.instance_ended)

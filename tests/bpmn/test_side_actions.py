"""Side actions: small processes of their own that leave the main token where it is."""

from tests.bpmn.town import Town


def test_three_urges_leave_three_records_and_the_task_open(town: Town) -> None:
    case_no = town.dispatched()
    for _ in range(3):
        town.ask(case_no, "urge", text="请尽快处理")
    assert town.told(case_no, "unit").count("urge") == 3
    assert town.instances(case_no).count(("urge", "已催办")) == 3
    assert town.tasks(case_no) == ["ack"]


def test_urging_before_the_dispatch_reminds_the_centre(town: Town) -> None:
    case_no = town.registered()
    town.ask(case_no, "urge", text="请尽快处理")
    assert town.told(case_no, "centre") == ["urge"]


def test_a_supplement_is_told_to_the_unit_at_work(town: Town) -> None:
    case_no = town.dispatched()
    town.ask(case_no, "supplement", text="路灯编号为 17")
    assert town.told(case_no, "unit")[-1] == "supplement"
    assert town.tasks(case_no) == ["ack"]


def test_a_supplement_before_the_dispatch_is_only_kept(town: Town) -> None:
    case_no = town.registered()
    town.ask(case_no, "supplement", text="路灯编号为 17")
    assert ("supplement", "已补充") in town.instances(case_no)
    assert town.told(case_no) == ["accepted"]


def test_a_leaders_note_hurries_the_unit(town: Town) -> None:
    case_no = town.dispatched()
    town.ask(case_no, "note", text="请城管局三日内办结")
    assert ("leader_note", "已批示") in town.instances(case_no)
    assert town.told(case_no, "unit")[-1] == "urge"


def test_cases_can_be_linked_while_they_run(town: Town) -> None:
    first, second = town.dispatched(), town.dispatched(class_l1="water")
    town.ask(second, "link", case_no=first, kind="link")
    assert ("link", "已关联") in town.instances(second)
    assert town.tasks(second) == ["ack"]

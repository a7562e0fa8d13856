"""The definitions page."""

import io

from tests.fixtures.host import ROOT
from tests.web.conftest import Admit

URGE = ROOT / "bpmn-models" / "urge" / "urge.bpmn"


def _changed() -> bytes:
    return URGE.read_bytes().replace("已催办".encode(), "催办完毕".encode())


def test_a_broken_diagram_gets_a_table_of_findings_and_nothing_is_kept(admit: Admit) -> None:
    designer = admit("designer1")
    designer.get("/definitions")
    answer = designer.post("/definitions", {"files": (io.BytesIO(b"<not bpmn"), "broken.bpmn"), "then": "keep"})
    assert answer.status_code == 422
    assert 'id="findings"' in answer.text
    assert "broken.bpmn" in answer.text
    assert designer.post("/definitions", {"then": "keep"}).status_code == 422


def test_too_many_files_at_once_are_a_finding_that_says_what_to_do(admit: Admit) -> None:
    designer = admit("designer1")
    designer.get("/definitions")
    answer = designer.post("/definitions", {"files": [(io.BytesIO(b"<"), f"{n}.bpmn") for n in range(1_001)], "then": "keep"})
    assert (answer.status_code, 'id="findings"' in answer.text) == (422, True)
    assert "一次上传超过 64 MB 或 1000 个文件。" in answer.text
    assert "请分几次上传。" in answer.text


def test_an_upload_too_large_to_be_read_is_refused_in_the_same_words(admit: Admit) -> None:
    designer = admit("designer1")
    answer = designer.client.post("/definitions", data={"then": "keep"}, environ_overrides={"CONTENT_LENGTH": str(65 << 20)})
    assert answer.status_code == 422
    assert "一次上传超过 64 MB 或 1000 个文件。请分几次上传。" in answer.text


def test_checking_only_keeps_nothing(admit: Admit) -> None:
    designer = admit("designer1")
    designer.get("/definitions")
    answer = designer.post("/definitions", {"files": (io.BytesIO(_changed()), "urge.bpmn"), "then": "check"})
    assert answer.status_code == 200
    assert "urge v2" in answer.text
    assert designer.get("/definitions/urge/2").status_code == 404


def test_a_version_is_published_by_a_second_person_only(admit: Admit) -> None:
    author, other = admit("designer1"), admit("designer2")
    author.get("/definitions")
    kept = author.post("/definitions", {"files": (io.BytesIO(_changed()), "urge.bpmn"), "then": "keep"})
    assert kept.location == "/definitions?done=deployed"
    assert "/definitions/urge/2/publish" not in author.get("/definitions/urge/2").text
    assert author.post("/definitions/urge/2/publish").status_code == 409
    assert "/definitions/urge/2/publish" in other.get("/definitions/urge/2").text
    assert other.post("/definitions/urge/2/publish").location == "/definitions/urge/2?done=published"
    assert other.get("/definitions/urge").location == "/definitions/urge/2"
    assert other.post("/definitions/urge/2/retire").location == "/definitions/urge/2?done=retired"


def test_only_designers_upload_and_units_stay_outside(admit: Admit) -> None:
    agent, unit = admit("agent1"), admit("unit_water")
    assert 'name="files"' not in agent.get("/definitions").text
    assert agent.post("/definitions", {"files": (io.BytesIO(_changed()), "urge.bpmn")}).status_code == 403
    refused = unit.get("/definitions")
    assert refused.status_code == 403
    assert "这里只对热线中心的人员开放。" in refused.text


def test_forms_and_tables_show_their_text(admit: Admit) -> None:
    designer = admit("designer1")
    assert "&lt;decision" in designer.get("/definitions/age_light/1").text
    assert "&#34;components&#34;" in designer.get("/definitions/work_order-ack/1").text
    assert designer.get("/definitions/nothing").status_code == 404

"""A complaint and its work order in their shortest form, for what the hotline's rows promise whatever the diagram."""

from tests.contract.engine.diagrams import awaited, catch, document, end, service, start, throw, user

PETITION = document(
    "petition",
    start() + user("register", name="受理登记") + end("finish", "办结"),
    "begin>register; register>finish",
)

COMPLAINT = document(
    "complaint",
    start()
    + user("register", name="受理登记")
    + service("store", "case.update")
    + service("send", "wo.create", lead='"water"', assist='"urban"', due="days_from_now(7)", calendar='"C"', ack_minutes="30")
    + '<bpmn:exclusiveGateway id="more" default="more_to_reply_citizen"/>'
    + catch("wait", awaited("WoDone"))
    + user("reply_citizen", name="反馈市民")
    + service("tell", "reply.record")
    + end("finish", "办结"),
    "begin>register; register>store; store>send; send>wait; wait>more; more>wait[open_orders() != 0]; more>reply_citizen; "
    "reply_citizen>tell; tell>finish",
    messages="WoDone",
)

WORK_ORDER = document(
    "work_order",
    start()
    + service("receive", "wo.open", work_order="work_order")
    + user("ack", "candidateGroups==unit_group(unit);sla==due_at()", "确认")
    + service("confirm", "wo.acknowledge", work_order="work_order")
    + user("handle", "candidateGroups==unit_group(unit);sla==due_at()", "办理")
    + service("answer", "wo.answer", work_order="work_order")
    + service("close", "wo.close", work_order="work_order", status='"done"')
    + throw("say_done", "WoDone", '{"case_no": case_no, "work_order": work_order}')
    + end("finish", "已办结"),
    "begin>receive; receive>ack; ack>confirm; confirm>handle; handle>answer; answer>close; close>say_done; say_done>finish",
    messages="WoDone",
)

EXTENSION = document(
    "extension",
    start()
    + user("extension_decision", "candidateGroups=exec", "延期审批")
    + service("extend", "due.extend", work_order="work_order", days='field("extension_decision", "days")')
    + '<bpmn:exclusiveGateway id="decided" default="decided_to_refused"/>'
    + end("granted", "同意")
    + end("refused", "不同意"),
    'begin>extension_decision; extension_decision>decided; decided>extend[field("extension_decision", "decision") == "approve"]; '
    "decided>refused; extend>granted",
)

URGE = document(
    "urge",
    start() + service("note", "urge.record", kind='value("kind")', text='value("text")') + end("finish", "已催办"),
    "begin>note; note>finish",
)

CHECK = document(
    "loop_check",
    start() + service("look", "case.loop_check", "found", process='"stuck_case"') + end("finish", "已检查"),
    "begin>look; look>finish",
)

STUCK = document("stuck_case", start() + user("look_into", "candidateGroups=supervisor") + end(), "begin>look_into; look_into>finish")

ALL = {
    "petition": PETITION,
    "complaint": COMPLAINT,
    "work_order": WORK_ORDER,
    "extension": EXTENSION,
    "urge": URGE,
    "loop_check": CHECK,
    "stuck_case": STUCK,
}
START_MESSAGES = {"work_order": ["WoDispatched"]}

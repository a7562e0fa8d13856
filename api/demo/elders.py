"""The demo city's elders with their pagers and contacts. Names are made up, telephones nobody's."""

from datetime import datetime

from sqlalchemy.orm import Session

from processes.registry.elders.models import ElderDevice
from processes.registry.elders.services import NewContact, NewElder, enrol

ELDERS = (
    NewElder(
        "赵秀英",
        "19000020001",
        "P-0001",
        "文林社区3号楼2单元201室",
        area="610402001",
        line="19000020001",
        health="高血压、糖尿病，长期服药；对青霉素过敏",
        profile="独居，备用钥匙在社区",
        contacts=(
            NewContact("family", "赵大伟", "19000020101"),
            NewContact("liaison", "李社区", "19000020102"),
            NewContact("doctor", "钱医生", "19000020103"),
        ),
    ),
    NewElder(
        "孙福来",
        "19000020002",
        "P-0002",
        "乐育社区5号楼1单元102室",
        area="610402004",
        line="19000020002",
        health="冠心病，装有支架",
        profile="与老伴同住，听力不好，请多等几声",
        contacts=(NewContact("family", "孙小雨", "19000020201"), NewContact("doctor", "周医生", "19000020202")),
    ),
    NewElder(
        "吴桂兰",
        "19000020003",
        "P-0003",
        "惠民社区1号楼4单元303室",
        area="610402002",
        line="19000020003",
        profile="独居，行动需要轮椅",
        contacts=(NewContact("liaison", "郑社区", "19000020301"), NewContact("family", "吴强", "19000020302")),
    ),
)


def seed(session: Session, now: datetime) -> None:
    """Enrol the elders that are not there yet."""
    for new in ELDERS:
        if session.get(ElderDevice, new.device) is None:
            enrol(session, new, now)

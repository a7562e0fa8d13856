"""The demo city's units. Their telephones are made up and nobody's."""

from sqlalchemy.orm import Session

from processes.registry.units.models import Unit
from processes.registry.units.services import NewUnit, register_unit

UNITS = (
    NewUnit("water", "自来水公司", "Water company", "19000010001"),
    NewUnit("housing", "住房和城乡建设局", "Housing and construction bureau", "19000010002"),
    NewUnit("urban", "城市管理局", "City management bureau", "19000010003"),
    NewUnit("market", "市场监督管理局", "Market supervision bureau", "19000010004"),
    NewUnit("transport", "交通运输局", "Transport bureau", "19000010005"),
    NewUnit("hr", "人力资源和社会保障局", "Labour and social security bureau", "19000010006"),
    NewUnit("civil", "民政局", "Civil affairs bureau", "19000010007"),
    NewUnit("health", "卫生健康委员会", "Health commission", "19000010008"),
    NewUnit("education", "教育局", "Education bureau", "19000010009"),
    NewUnit("power", "供电公司", "Power company", "19000010010"),
    NewUnit("heat", "热力公司", "Heating company", "19000010011"),
    NewUnit("police", "公安局", "Public security bureau", "19000010012"),
)


def seed(session: Session) -> None:
    """Register the units that are not there yet."""
    for new in UNITS:
        if session.get(Unit, new.code) is None:
            register_unit(session, new)

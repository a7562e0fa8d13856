"""A case with its citizen and its units, and a service task's context around it."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from connectors.oa import operations as oa
from connectors.sms import operations as sms
from engine.actor import SYSTEM
from engine.context import Context
from engine.outbox import services as outbox
from engine.prepared import Prepared
from engine.registry import Registry
from processes.casefile.models import Case
from processes.registry.citizens import services as citizens
from tests import factories
from tests.fixtures.clocks import Clock
from tests.fixtures.gateway import Gateway
from tests.fixtures.gateway import gateway as running_gateway

SECRET = "whsec_" + base64.b64encode(b"a secret for tests only, 32 byte").decode()
CITIZEN_PHONE, UNIT_PHONE, CENTRE_PHONE = "13800138000", "029-33210000", "029-33212345"


@dataclass
class Step:
    """A service task of a process about one case: runs operations as the engine would, in one transaction."""

    session: Session
    clock: Clock
    case_no: str
    variables: dict[str, Any] = field(default_factory=dict)
    thrown: list[str] = field(default_factory=list)

    def run(self, operation: str, **parameters: Any) -> Any:
        """Call a registered operation, in a command that has read nothing yet."""
        self.session.flush()
        self.session.info.clear()
        registry = Registry()
        sms.register(registry, CENTRE_PHONE)
        oa.register(registry)
        context = Context(
            session=self.session,
            now=self.clock.now,
            actor=SYSTEM,
            agenda=self,
            instance_id=7,
            process_key="complaint",
            business_key=self.case_no,
            element_id="tell",
            variables=self.variables,
            answers={},
            marks={},
        )
        return registry.operations[operation].handler(context, **parameters)

    def start(self, process_key: str, business_key: str, variables: Mapping[str, Any]) -> int:
        raise NotImplementedError

    def throw(self, message: str, payload: Mapping[str, Any]) -> None:
        self.thrown.append(message)

    def deliver(self, connector: str, business_key: str, body: Mapping[str, Any], *, key: str | None = None) -> str:
        return outbox.put(self.session, connector, business_key, body, key, self.clock.now)

    def write(self, statement: Prepared, values: Mapping[str, Any]) -> None:
        statement.run(self.session.connection(), values)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A receiver on the loopback."""
    with running_gateway() as receiver:
        yield receiver


@pytest.fixture
def case(sessions: sessionmaker[Session], clock: Clock, gateway: Gateway) -> Case:
    """王小明's complaint, with the water company (which has an OA) leading and the housing bureau (which has none) assisting."""
    with sessions.begin() as session:
        factories.use(session)
        factories.UnitFactory.create(code="water", name="自来水公司", phone=UNIT_PHONE, oa_url=gateway.url, callback_secret=SECRET)
        factories.UnitFactory.create(code="housing", name="住房和城乡建设局", phone="")
        citizen = citizens.remember(session, "王小明", CITIZEN_PHONE, clock.now)
        case: Case = factories.CaseFactory.create(
            case_no="TS20260302ABCDEFGH",
            citizen_id=citizen,
            content="家中停水两天，请联系王小明的邻居 13900139000。",
            address="人民路 1 号",
            class_l1="供水",
        )
        for number, (unit, role) in enumerate((("water", "lead"), ("housing", "assist")), 1):
            order = factories.WorkOrderFactory.create(case=case, number=f"{case.case_no}-0{number}", unit=unit, role=role)
            assert order.case_no == case.case_no
        return case


@pytest.fixture
def step(session: Session, case: Case, clock: Clock) -> Step:
    """A step of the case's main process."""
    return Step(session, clock, case.case_no)

"""What the product's diagrams may name: the registry, filled by forms, processes, connectors and telephony."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from api.drafts import services as drafts
from connectors import vocabulary as connectors
from connectors.sms import operations as sms
from engine.decisions.services import Decisions
from engine.expressions import Expressions
from engine.history import operations as history
from engine.lint import Catalogue
from engine.registry import FormValidator, Registry
from engine.settings import Settings
from forms.check import check
from forms.validate import validator
from processes import vocabulary as processes
from telephony import door, operations


def fill(registry: Registry, sessions: sessionmaker[Session], settings: Settings) -> None:
    """Register everything that the packages lend to the engine."""
    registry.form_validator = _form_validator(registry)
    history.register(registry)
    processes.register(registry, Decisions(registry))
    connectors.register(registry, sessions, settings, settings.centre_phone)
    if settings.ari_url:
        operations.register(registry, sms.tell)
    else:
        door.register(registry)
    drafts.register(registry)


def catalogue_of(registry: Registry) -> Catalogue:
    """The linter's view of a filled registry."""
    return Catalogue.of(registry, check)


def _form_validator(registry: Registry) -> FormValidator:
    expressions = Expressions(registry)
    check_answers = validator(lambda expression, names: expressions.evaluate(expression, names, None))

    def validate(form: Mapping[str, Any], answers: Mapping[str, Any], prefill: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        return check_answers(form, answers, prefill)

    return validate

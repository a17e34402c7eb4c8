"""Mutations about configuration items, their classes and stakeholders, and business services."""

from datetime import date, datetime

import strawberry

from api.bulk import in_bulk
from api.types.configuration import CiClass, ConfigurationItem
from api.types.service import BusinessService
from api.verbs import ACTS, CREATES, EDITS, SEEN, STEPS, Outcome, Repeatable, given, verb, with_facts
from domain.ci.model import CiStatus
from domain.ci.rules import CiClassFacts, CiFacts, ServiceFacts
from domain.kernel.actor import Permission
from domain.kernel.errors import Duplicate, StaleVersion
from domain.usecases import configuration
from domain.usecases.configuration import StakeholderPlan

CI = Outcome("configuration_item", ConfigurationItem, "The configuration item")
CI_CLASS = Outcome("ci_class", CiClass, "The class")
SERVICE = Outcome("business_service", BusinessService, "The business service")


@strawberry.input(description="A class of configuration items, by its name: what is absent stays, null clears.")
class CiClassDefineInput:
    """Facts of a class."""

    name: str = given("Name of the class, e.g. server. A new name makes a new class.")
    expected_version: int = given("Version you saw; 0 when there is no such class yet.", default=0)
    restore_minutes: strawberry.Maybe[int | None] = given("Minutes it usually takes to restore one.")
    is_no_service_expected: strawberry.Maybe[bool] = given(
        "Whether one may serve no business service without looking unsafe."
    )
    expert_team_id: strawberry.Maybe[strawberry.ID | None] = given("Who must be heard about it at the CAB.", of="Team")


@strawberry.input(one_of=True, description="Value of a free attribute.")
class AttributeValueInput:
    """Text, a number or a truth value."""

    text: strawberry.Maybe[str] = given("A text.", fact="value")
    number: strawberry.Maybe[float] = given("A number.", fact="value")
    is_true: strawberry.Maybe[bool] = given("A truth value.", fact="value")


@strawberry.input(description="A free attribute.")
class AttributeInput:
    """Name and value."""

    name: str = given("Name, at most 100 characters.")
    value: AttributeValueInput | None = given("Value; null for none.", is_spread=True, default=None)


def _attribute(name: str, value: str | float | bool | None = None) -> tuple[str, str | float | bool | None]:
    return name, value


@strawberry.input(description="What may be said of a configuration item.")
class CiInput:
    """Facts of a configuration item, all optional."""

    external_id: strawberry.Maybe[str | None] = given("Key in the system it is kept in, unique.")
    status: strawberry.Maybe[CiStatus] = given("PLANNED or IN_SERVICE; `ciRetire` retires.")
    tier: strawberry.Maybe[int | None] = given("Criticality from 1 (highest) to 4.")
    site: strawberry.Maybe[str | None] = given("Where it stands.")
    owner_id: strawberry.Maybe[strawberry.ID | None] = given("Who owns it.", of="Person")
    owner_team_id: strawberry.Maybe[strawberry.ID | None] = given("The team that owns it.", of="Team")
    attributes: strawberry.Maybe[list[AttributeInput]] = given(
        "Free attributes, instead of those before, at most 100; of a name given twice the last counts.",
        into=_attribute,
        gathered=dict,
    )
    origin: strawberry.Maybe[str | None] = given("Where it is known from.", fact="source")
    confirmed_at: strawberry.Maybe[datetime | None] = given("When its facts were last confirmed.")


@strawberry.input(description="A new configuration item.")
class CiCreateInput(CiInput, Repeatable):
    """Name and class are required."""

    name: str = given("Name, at most 200 characters.")
    class_name: str = given("Name of its class; the class must be there.")


@strawberry.input(description="What changes of a configuration item: what is absent stays, null clears.")
class CiUpdateInput(CiInput):
    """Facts with the item they are about."""

    name: strawberry.Maybe[str] = given("Name, at most 200 characters.")
    class_name: strawberry.Maybe[str] = given("Name of its class; the class must be there.")
    configuration_item_id: strawberry.ID = given("Item to change.", fact="ci_id", of="ConfigurationItem")
    expected_version: int = given(SEEN)


@strawberry.input(description="A configuration item that goes out of service.")
class CiRetireInput:
    """Its relations end too."""

    configuration_item_id: strawberry.ID = given("Item to retire.", fact="ci_id", of="ConfigurationItem")
    expected_version: int = given(SEEN)


@strawberry.input(description="A person who must hear of changes to a configuration item.")
class StakeholderInput:
    """Who, and why."""

    person_id: strawberry.ID = given("The person.", of="Person")
    interest: str = given("Why the person must hear of it.")


@strawberry.input(description="Persons who must hear of changes to a configuration item.")
class CiStakeholdersAddInput:
    """Those to be added."""

    configuration_item_id: strawberry.ID = given("Item they have an interest in.", fact="ci_id", of="ConfigurationItem")
    expected_version: int = given(SEEN)
    stakeholders: list[StakeholderInput] = given("Who, and why; at most 100.", into=StakeholderPlan)


@strawberry.input(description="Persons who need no longer hear of changes to a configuration item.")
class CiStakeholdersRemoveInput:
    """Those to be taken off the list."""

    configuration_item_id: strawberry.ID = given("Item they had an interest in.", fact="ci_id", of="ConfigurationItem")
    expected_version: int = given(SEEN)
    person_ids: list[strawberry.ID] = given("Who, at most 100.", of="Person")


@strawberry.input(description="The service facts of a configuration item: what is absent stays, null clears.")
class ServiceDefineInput:
    """Facts of a business service."""

    configuration_item_id: strawberry.ID = given("The item, of class `service`.", fact="ci_id", of="ConfigurationItem")
    expected_version: int = given(
        "Version of the service you saw; 0 when the item has no service facts yet.", default=0
    )
    tier: strawberry.Maybe[int] = given("Criticality from 1 (highest) to 4; required the first time.")
    calendar_id: strawberry.Maybe[strawberry.ID | None] = given(
        "When it is used; null means the organisation's hours.", of="Calendar"
    )
    site: strawberry.Maybe[str | None] = given("Where it is used.")
    availability_percent: strawberry.Maybe[float | None] = given("Target of the service period, 0 to 100.")
    downtime_left_minutes: strawberry.Maybe[float | None] = given("Minutes of downtime the target still allows.")
    peak_days: strawberry.Maybe[list[date]] = given(
        "Local dates on which it counts one and a half times, instead of those before.", into=date.isoformat
    )
    vip_person_ids: strawberry.Maybe[list[strawberry.ID]] = given(
        "Important persons who use it, instead of those before.", of="Person"
    )


@strawberry.type
class ConfigurationMutations:
    """Verbs of configuration items."""

    ci_class_define = verb(
        with_facts(configuration.define_class, CiClassFacts),
        CiClassDefineInput,
        "Create the class of that name, or change it.",
        answers=CI_CLASS,
        refusals=(*ACTS, StaleVersion),
        needs=Permission.WRITE_CONFIGURATION,
    )
    ci_create = verb(
        with_facts(configuration.create_ci, CiFacts),
        CiCreateInput,
        "Take a configuration item into the record.",
        answers=CI,
        refusals=(*CREATES, Duplicate),
        needs=Permission.WRITE_CONFIGURATION,
    )
    ci_create_bulk = in_bulk(ci_create)
    ci_update = verb(
        with_facts(configuration.update_ci, CiFacts),
        CiUpdateInput,
        "Change what is said of a configuration item.",
        answers=CI,
        refusals=(*STEPS, Duplicate),
        needs=Permission.WRITE_CONFIGURATION,
    )
    ci_update_bulk = in_bulk(ci_update)
    ci_retire = verb(
        configuration.retire_ci,
        CiRetireInput,
        "Take a configuration item out of service and end its relations; redundancy groups must let it go first.",
        answers=CI,
        refusals=STEPS,
        needs=Permission.WRITE_CONFIGURATION,
    )
    ci_retire_bulk = in_bulk(ci_retire)
    ci_stakeholders_add = verb(
        configuration.add_stakeholders,
        CiStakeholdersAddInput,
        "Name persons who must hear of changes to a configuration item.",
        answers=CI,
        refusals=EDITS,
        needs=Permission.WRITE_CONFIGURATION,
    )
    ci_stakeholders_remove = verb(
        configuration.remove_stakeholders,
        CiStakeholdersRemoveInput,
        "Let persons off the list of those who must hear of changes.",
        answers=CI,
        refusals=EDITS,
        needs=Permission.WRITE_CONFIGURATION,
    )
    service_define = verb(
        with_facts(configuration.define_service, ServiceFacts),
        ServiceDefineInput,
        "State the service facts of a configuration item of class `service`.",
        answers=SERVICE,
        refusals=EDITS,
        needs=Permission.WRITE_CONFIGURATION,
    )

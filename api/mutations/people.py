"""Mutations about people, teams and limits of concurrent changes."""

import strawberry

from api.mutations.time_inputs import TimeWindowInput
from api.types.people import CapacityLimit, Person, Team
from api.verbs import ACTS, CREATES, EDITS, SEEN, Outcome, Repeatable, given, verb, with_facts
from domain.kernel.actor import Permission, Role
from domain.kernel.errors import Duplicate, StaleVersion
from domain.people.rules import PersonFacts, TeamFacts
from domain.usecases import people

PERSON = Outcome("person", Person, "The person")
TEAM = Outcome("team", Team, "The team")
CAPACITY_LIMIT = Outcome("capacity_limit", CapacityLimit, "The limit")


@strawberry.input(description="What may be said of a person.")
class PersonInput:
    """Facts of a person, all optional."""

    external_id: strawberry.Maybe[str | None] = given("Key in the system people are kept in.")
    email: strawberry.Maybe[str | None] = given("Address for messages.")
    organisation: strawberry.Maybe[str | None] = given(
        "Customer organisation the person belongs to; null for the provider's own people."
    )
    time_zone: strawberry.Maybe[str] = given("IANA time zone, e.g. Europe/Berlin; UTC unless given.")
    site: strawberry.Maybe[str | None] = given("Where the person works.")
    calendar_id: strawberry.Maybe[strawberry.ID | None] = given(
        "Calendar of the person's shift; null means the organisation's hours.", of="Calendar"
    )
    capacity: strawberry.Maybe[int] = given("Change tasks the person can carry at once, from 1; 1 unless given.")
    delegate_id: strawberry.Maybe[strawberry.ID | None] = given(
        "Who stands in while the person is on leave.", of="Person"
    )
    is_vip: strawberry.Maybe[bool] = given("Whether the person's services weigh more.")
    is_active: strawberry.Maybe[bool] = given("Whether the person still works here.")
    roles: strawberry.Maybe[list[Role]] = given("Roles held. Needs permission `policy:manage`.")


@strawberry.input(description="A new person.")
class PersonCreateInput(PersonInput, Repeatable):
    """The name is required."""

    name: str = given("Name, at most 200 characters.")


@strawberry.input(description="What changes of a person: what is absent stays, null clears.")
class PersonUpdateInput(PersonInput):
    """Facts with the person they are about."""

    name: strawberry.Maybe[str] = given("Name, at most 200 characters.")
    person_id: strawberry.ID = given("Person to change.", of="Person")
    expected_version: int = given(SEEN)


@strawberry.input(description="A span in which a person is away.")
class PersonLeaveAddInput:
    """Whose, and when."""

    person_id: strawberry.ID = given("Person who is away.", of="Person")
    expected_version: int = given(SEEN)
    window: TimeWindowInput = given("When the person is away.", is_spread=True)
    reason: str | None = given("Why, if anybody should know.", default=None)


@strawberry.input(description="What may be said of a team.")
class TeamInput:
    """Facts of a team, all optional."""

    external_id: strawberry.Maybe[str | None] = given("Key in the system teams are kept in.")
    expertise: strawberry.Maybe[str | None] = given("What the team knows, e.g. security.")
    lead_id: strawberry.Maybe[strawberry.ID | None] = given("Who leads the team.", of="Person")
    calendar_id: strawberry.Maybe[strawberry.ID | None] = given(
        "Calendar of the team's hours; null means the organisation's.", of="Calendar"
    )
    site: strawberry.Maybe[str | None] = given("Where the team works.")


@strawberry.input(description="A new team.")
class TeamCreateInput(TeamInput, Repeatable):
    """The name is required."""

    name: str = given("Name, unique among teams.")


@strawberry.input(description="What changes of a team: what is absent stays, null clears.")
class TeamUpdateInput(TeamInput):
    """Facts with the team they are about."""

    name: strawberry.Maybe[str] = given("Name, unique among teams.")
    team_id: strawberry.ID = given("Team to change.", of="Team")
    expected_version: int = given(SEEN)


@strawberry.input(description="Persons who join a team.")
class TeamMembersAddInput:
    """Members from now on."""

    team_id: strawberry.ID = given("Team they join.", of="Team")
    expected_version: int = given(SEEN)
    person_ids: list[strawberry.ID] = given("Who joins, at most 100.", of="Person")


@strawberry.input(description="Persons who leave a team.")
class TeamMembersEndInput:
    """Members until now."""

    team_id: strawberry.ID = given("Team they leave.", of="Team")
    expected_version: int = given(SEEN)
    person_ids: list[strawberry.ID] = given("Who leaves, at most 100.", of="Person")


@strawberry.input(one_of=True, description="What a limit of concurrent changes is about.")
class CapacitySubjectInput:
    """A site by name, a team or a service."""

    site: strawberry.Maybe[str] = given("Name of a site.", fact="subject_id", implies={"subject_kind": "SITE"})
    team_id: strawberry.Maybe[strawberry.ID] = given(
        "A team.", of="Team", fact="subject_id", implies={"subject_kind": "TEAM"}
    )
    service_id: strawberry.Maybe[strawberry.ID] = given(
        "A business service.", of="BusinessService", fact="subject_id", implies={"subject_kind": "SERVICE"}
    )


@strawberry.input(description="How many changes may run at once.")
class CapacityLimitSetInput:
    """A limit and what it is about."""

    subject: CapacitySubjectInput = given("Where the limit holds.", is_spread=True)
    concurrent_changes: int = given("Changes that may run at once, from 1.")
    expected_version: int = given("Version you saw; 0 when there is no limit yet.", default=0)


@strawberry.type
class PeopleMutations:
    """Verbs of people."""

    person_create = verb(
        with_facts(people.create_person, PersonFacts),
        PersonCreateInput,
        "Take a person into the record.",
        answers=PERSON,
        refusals=(*CREATES, Duplicate),
        needs=Permission.WRITE_PEOPLE,
    )
    person_update = verb(
        with_facts(people.update_person, PersonFacts),
        PersonUpdateInput,
        "Change what is said of a person.",
        answers=PERSON,
        refusals=(*EDITS, Duplicate),
        needs=Permission.WRITE_PEOPLE,
    )
    person_leave_add = verb(
        people.add_leave,
        PersonLeaveAddInput,
        "Record that a person is away.",
        answers=PERSON,
        refusals=EDITS,
        needs=Permission.WRITE_PEOPLE,
    )
    team_create = verb(
        with_facts(people.create_team, TeamFacts),
        TeamCreateInput,
        "Take a support group into the record.",
        answers=TEAM,
        refusals=(*CREATES, Duplicate),
        needs=Permission.WRITE_PEOPLE,
    )
    team_update = verb(
        with_facts(people.update_team, TeamFacts),
        TeamUpdateInput,
        "Change what is said of a team.",
        answers=TEAM,
        refusals=(*EDITS, Duplicate),
        needs=Permission.WRITE_PEOPLE,
    )
    team_members_add = verb(
        people.add_team_members,
        TeamMembersAddInput,
        "Let persons join a team from now on.",
        answers=TEAM,
        refusals=EDITS,
        needs=Permission.WRITE_PEOPLE,
    )
    team_members_end = verb(
        people.end_team_members,
        TeamMembersEndInput,
        "Let persons leave a team from now on.",
        answers=TEAM,
        refusals=EDITS,
        needs=Permission.WRITE_PEOPLE,
    )
    capacity_limit_set = verb(
        people.set_capacity_limit,
        CapacityLimitSetInput,
        "State how many changes may run at once on a site, in a team or on a service.",
        answers=CAPACITY_LIMIT,
        refusals=(*ACTS, StaleVersion),
        needs=Permission.WRITE_PEOPLE,
    )

"""People who sign in for the first time: found by a confirmed address, or taken into the record."""

from domain.kernel.actor import SYSTEM
from domain.people.model import Person
from domain.people.rules import person_issues
from domain.ports import Ports
from domain.usecases.act import act, check


async def provision_person(ports: Ports, subject: str, name: str, email: str | None) -> str:
    """Let a person be known by what the identity provider calls them, and return their id.

    The one person of that address without a subject is taken for them; else a new person is made. Whoever is known
    already stays as they are.
    """
    async with act(ports, SYSTEM) as work:
        known = await work.find(Person, subject=subject)
        if known is not None:
            return known.id
        namesakes = [] if email is None else await work.find_all(Person, email=email)
        found = [person for person in namesakes if person.subject is None]
        if len(namesakes) == 1 and found:
            person = found[0]
            person.subject = subject
            work.record("person.recognised", person)
        else:
            person = Person(id=work.new_id(), external_id=None, name=name.strip(), email=email, subject=subject)
            await check(work, person_issues(person))
            work.add(person)
            work.record("person.provisioned", person)
    return person.id

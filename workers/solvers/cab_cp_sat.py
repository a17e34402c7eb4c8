"""CAB plans by OR-tools CP-SAT: the exact model of ENGINES 4.3, level by level.

OR-tools is an optional extra: only a composition root that wants this adapter imports the module. The numbers in
parentheses below are those of the model in ENGINES 4.3.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ortools.sat.python import cp_model

from domain.cab.feasibility import Facts, facts_of
from domain.cab.greedy import complete_plan, greedy_plan
from domain.cab.plan import MOVE_PRICE, Assignments, Attendees, Plan
from domain.cab.problem import Item, Meeting, PlanningProblem, is_frozen

SEED = 20_240_401

Values = dict[int, int]
"""Variable index to value."""


class CpSatCabSolver:
    """The port `CabSolver` by CP-SAT: one worker, fixed seed, deterministic limit; the same input, the same plan."""

    def solve(self, problem: PlanningProblem, deterministic_limit: float) -> Plan:
        """Return the plan found by solving O0 to O4 in turn, each then kept no worse than it was found.

        `deterministic_limit` is CP-SAT's deterministic time per level. The search starts from the greedy plan, so a
        limit too short for any progress returns one as good.
        """
        model = CabModel(facts_of(problem))
        greedy = greedy_plan(problem)
        values = model.values_of(greedy.assignments, greedy.attendees)
        for level in model.levels():
            if level.value(values) > level.least:
                values = _improve(model.cp, level, values, deterministic_limit)
            model.cp.add(level.expression <= level.value(values))
        return complete_plan(problem, *model.answer(values))


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the objective, `constant` + Σ coefficient · variable, to be made small."""

    constant: int
    terms: tuple[tuple[int, cp_model.IntVar], ...]

    @property
    def expression(self) -> cp_model.LinearExprT:
        """The level as the solver reads it."""
        coefficients = [coefficient for coefficient, _ in self.terms]
        return cp_model.LinearExpr.weighted_sum([variable for _, variable in self.terms], coefficients) + self.constant

    @property
    def least(self) -> int:
        """No assignment can go below this."""
        return self.constant + sum(min(coefficient, 0) for coefficient, _ in self.terms)

    def value(self, values: Values) -> int:
        """Return what the level is worth under these values."""
        return self.constant + sum(coefficient * values[variable.index] for coefficient, variable in self.terms)


class CabModel:
    """Variables and constraints (1) to (6) and (8) over indexed facts; (7) is a level of the objective.

    `held[change, meeting]` is x (only where the meeting is possible for the item), `left_out[change]` is u,
    `present[meeting, person]` is z, `opened[meeting]` is o.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.cp = cp_model.CpModel()
        self.held = {
            (change_id, meeting.id): self.cp.new_bool_var(f"held {change_id} {meeting.id}")
            for change_id in facts.items
            for meeting in facts.meetings
            if (change_id, meeting.id) not in facts.causes
        }
        self.left_out = {change_id: self.cp.new_bool_var(f"left out {change_id}") for change_id in facts.items}
        self.present = {
            (meeting.id, person): self.cp.new_bool_var(f"present {meeting.id} {person}")
            for meeting in facts.meetings
            for person in sorted(_useful_people(facts, meeting))
        }
        self.opened = {meeting.id: self.cp.new_bool_var(f"opened {meeting.id}") for meeting in facts.meetings}
        for item in facts.items.values():
            self._place_once(item)
            self._keep_order(item)
        for meeting in facts.meetings:
            self._bound_meeting(meeting)
        for (change_id, meeting_id), held in self.held.items():
            self._make_decidable(facts.items[change_id], facts.meeting[meeting_id], held)
        self._keep_bundles()
        self._cap_days()

    def levels(self) -> Iterator[Level]:
        """Yield O0 to O4."""
        items = self.facts.items.values()
        published = [item for item in items if item.published_meeting is not None]
        frozen = [item for item in published if self._is_frozen(item)]
        free = [item for item in published if not self._is_frozen(item)]
        left_out = tuple((item.weight, self.left_out[item.change_id]) for item in items)
        moved_free = self._moved(free, {item.change_id: MOVE_PRICE * item.weight for item in free})
        yield self._moved(frozen, {item.change_id: item.weight for item in frozen})
        yield Level(moved_free.constant, (*left_out, *moved_free.terms))
        yield self._moved(published, {item.change_id: 1 for item in published})
        yield Level(0, tuple((self._wait(*pair), held) for pair, held in self.held.items()))
        minutes = {meeting.id: meeting.capacity_minutes for meeting in self.facts.meetings}
        yield Level(0, tuple((minutes[meeting_id], present) for (meeting_id, _), present in self.present.items()))

    def values_of(self, assignments: Assignments, attendees: Attendees) -> Values:
        """Return the value of every variable under a valid plan."""
        values = {held.index: int(assignments.get(change) == meeting) for (change, meeting), held in self.held.items()}
        values |= {left_out.index: int(change_id not in assignments) for change_id, left_out in self.left_out.items()}
        values |= {
            present.index: int(person in attendees.get(meeting_id, ()))
            for (meeting_id, person), present in self.present.items()
        }
        return values | {opened.index: int(meeting_id in attendees) for meeting_id, opened in self.opened.items()}

    def answer(self, values: Values) -> tuple[Assignments, Attendees]:
        """Return what the values say: the items' meetings, and who attends the meetings that have items."""
        assignments = {
            change_id: meeting_id for (change_id, meeting_id), held in self.held.items() if values[held.index]
        }
        attendees: dict[str, frozenset[str]] = {}
        for meeting_id in set(assignments.values()):
            people = (key[1] for key, present in self.present.items() if key[0] == meeting_id and values[present.index])
            attendees[meeting_id] = frozenset(people)
        return assignments, attendees

    def _place_once(self, item: Item) -> None:
        """(1)."""
        places = [held for (change_id, _), held in self.held.items() if change_id == item.change_id]
        self.cp.add_exactly_one([*places, self.left_out[item.change_id]])

    def _bound_meeting(self, meeting: Meeting) -> None:
        """(3), and the quorum of (5) that holds for the meeting as a whole."""
        opened = self.opened[meeting.id]
        held = {change: var for (change, place), var in self.held.items() if place == meeting.id}
        minutes = sum(self.facts.items[change_id].minutes * variable for change_id, variable in held.items())
        self.cp.add(minutes <= meeting.capacity_minutes * opened)
        for variable in held.values():
            self.cp.add_implication(variable, opened)
        core = [self.present[meeting.id, person] for person in sorted(self.facts.core[meeting.id])]
        self.cp.add(sum(core) >= meeting.quorum * opened)

    def _make_decidable(self, item: Item, meeting: Meeting, held: cp_model.IntVar) -> None:
        """(4) and (5): roles, quorum without the excluded, chair or deputy, wherever the item is held."""
        for role in item.required_roles:
            eligible = self.facts.eligible(item, meeting.id, role)
            self.cp.add_bool_or([held.negated(), *(self.present[meeting.id, person] for person in eligible)])
        voters = [self.present[meeting.id, person] for person in sorted(self.facts.core[meeting.id] - item.excluded)]
        self.cp.add(sum(voters) >= meeting.quorum * held)
        chairs = [self.present[meeting.id, person] for person in self.facts.chairs[meeting.id]]
        self.cp.add_bool_or([held.negated(), *chairs])

    def _keep_bundles(self) -> None:
        """(6): items of one bundle share their meeting or stay out together."""
        first_of: dict[str, str] = {}
        for change_id, item in self.facts.items.items():
            if item.bundle is None:
                continue
            first = first_of.setdefault(item.bundle, change_id)
            for meeting in self.facts.meetings:
                one, other = self.held.get((first, meeting.id), 0), self.held.get((change_id, meeting.id), 0)
                if first != change_id and not (isinstance(one, int) and isinstance(other, int)):
                    self.cp.add(one == other)

    def _keep_order(self, item: Item) -> None:
        """(6): no later than what waits for it; starts count by rank, which keeps the numbers small."""
        starts = sorted({meeting.start for meeting in self.facts.meetings})
        rank = {meeting.id: starts.index(meeting.start) for meeting in self.facts.meetings}

        def place_of(change_id: str) -> cp_model.LinearExpr:
            places = [(rank[place], held) for (change, place), held in self.held.items() if change == change_id]
            return cp_model.LinearExpr.weighted_sum([held for _, held in places], [start for start, _ in places])

        for predecessor in sorted(set(item.predecessors) & self.facts.items.keys()):
            self.cp.add_implication(self.left_out[predecessor], self.left_out[item.change_id])
            slack = len(starts) * self.left_out[item.change_id]
            self.cp.add(place_of(predecessor) <= place_of(item.change_id) + slack)

    def _cap_days(self) -> None:
        """(8)."""
        attended: dict[tuple[str, str], list[tuple[int, cp_model.IntVar]]] = {}
        for (meeting_id, person), present in self.present.items():
            meeting = self.facts.meeting[meeting_id]
            attended.setdefault((person, meeting.day), []).append((meeting.length_minutes, present))
        for (person, _), day in attended.items():
            spent = sum(minutes * present for minutes, present in day)
            self.cp.add(spent <= self.facts.people[person].daily_cap_minutes)

    def _is_frozen(self, item: Item) -> bool:
        meeting = self.facts.meeting.get(item.published_meeting or "")
        return is_frozen(item, meeting, self.facts.problem.now)

    def _wait(self, change_id: str, meeting_id: str) -> int:
        return self.facts.items[change_id].weight * self.facts.problem.waiting_days[change_id][meeting_id]

    def _moved(self, published: list[Item], price: dict[str, int]) -> Level:
        """Return Σ price · (1 − x_i,pub(i)); where the published meeting has become impossible, the price alone."""
        kept = [(item.change_id, self.held.get((item.change_id, item.published_meeting or ""))) for item in published]
        terms = tuple((-price[change_id], held) for change_id, held in kept if held is not None)
        return Level(sum(price.values()), terms)


def _useful_people(facts: Facts, meeting: Meeting) -> set[str]:
    holders = (person for acting in facts.holders[meeting.id].values() for person in acting)
    return {*facts.core[meeting.id], *facts.chairs[meeting.id], *holders}


def _improve(cp: cp_model.CpModel, level: Level, values: Values, deterministic_limit: float) -> Values:
    """Return the best values found for the level, those given if the limit passes before any other."""
    cp.clear_hints()  # type: ignore[no-untyped-call]
    for index, value in values.items():
        cp.add_hint(cp.get_int_var_from_proto_index(index), value)
    cp.minimize(level.expression)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    solver.parameters.max_deterministic_time = deterministic_limit
    status = solver.solve(cp)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return values
    return {index: solver.value(cp.get_int_var_from_proto_index(index)) for index in values}

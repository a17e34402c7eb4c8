"""The past the demo makes up: heavy-tailed, bursty, mostly successful, over before now, and the seed's alone."""

import itertools
from collections import Counter
from datetime import timedelta

import pytest

from domain.change.model import Change, ChangeState
from domain.ci.model import ConfigurationItem
from domain.incident.model import OPEN_STATES, ChangeLinkType, Incident
from domain.kernel.image import image
from domain.problem.model import Problem, ProblemState
from tests.unit.demo.story import AS_OF, Story, tell


def closed(story: Story) -> list[Change]:
    return [change for change in story.of(Change) if change.state is ChangeState.CLOSED]


def test_three_or_four_changes_in_a_hundred_failed(story: Story) -> None:
    past = closed(story)
    failed = [change for change in past if change.has_service_effect]
    assert len(past) == 800
    assert 0.025 <= len(failed) / len(past) <= 0.05


def test_most_failures_are_linked_to_the_incident_they_caused(story: Story) -> None:
    failed = {change.id for change in closed(story) if change.has_service_effect}
    links = [link for incident in story.of(Incident) for link in incident.change_links]
    assert all(link.type is ChangeLinkType.CAUSED_BY for link in links)
    assert {link.change_id for link in links} < failed
    assert len(links) > len(failed) / 2


def test_few_items_cause_most_incidents(story: Story) -> None:
    counts = Counter(incident.cis[0].ci_id for incident in story.of(Incident))
    worst = counts.most_common(max(1, len(story.of(ConfigurationItem)) // 100))
    assert sum(count for _, count in worst) / counts.total() > 0.3
    assert sum(count == 1 for count in counts.values()) > len(counts) / 4


def test_incidents_of_an_item_come_in_bursts(story: Story) -> None:
    worst, _ = Counter(incident.cis[0].ci_id for incident in story.of(Incident)).most_common(1)[0]
    opened = sorted(incident.opened_at for incident in story.of(Incident) if incident.cis[0].ci_id == worst)
    gaps = sorted(later - earlier for earlier, later in itertools.pairwise(opened))
    mean = (opened[-1] - opened[0]) / len(gaps)
    assert gaps[len(gaps) // 2] < mean / 2


def test_the_past_is_over(story: Story) -> None:
    ends = [change.closed_at for change in closed(story)]
    ends += [incident.resolved_at or incident.recorded_at for incident in story.of(Incident)]
    ends += [problem.resolved_at or problem.recorded_at for problem in story.of(Problem)]
    assert all(end is not None and end <= AS_OF for end in ends)
    assert all(record.opened_at <= record.recorded_at for record in (*story.of(Incident), *story.of(Problem)))


def test_two_years_passed(story: Story) -> None:
    oldest = min(incident.opened_at for incident in story.of(Incident))
    assert timedelta(days=680) < AS_OF - oldest < timedelta(days=760)


def test_one_urgent_incident_is_open_now(story: Story) -> None:
    urgent = [i for i in story.of(Incident) if i.state in OPEN_STATES and i.priority <= 2]
    assert [incident.priority for incident in urgent] == [2]


def test_known_errors_have_workarounds_and_other_problems_have_none(story: Story) -> None:
    still_open = [p for p in story.of(Problem) if p.state in (ProblemState.ANALYSIS, ProblemState.KNOWN_ERROR)]
    assert {p.state for p in still_open} == {ProblemState.ANALYSIS, ProblemState.KNOWN_ERROR}
    assert all((p.state is ProblemState.KNOWN_ERROR) == bool(p.workaround) for p in still_open)


def test_the_seed_alone_decides_the_past(story: Story) -> None:
    assert [image(record) for record in tell(seed=1).records] == [image(record) for record in story.records]
    assert [image(change) for change in tell(seed=2).of(Change)] != [image(change) for change in story.of(Change)]


@pytest.mark.parametrize("seed", [2, 3])
def test_other_seeds_tell_as_believable_a_past(seed: int) -> None:
    past = closed(tell(seed))
    assert 0.02 <= sum(bool(change.has_service_effect) for change in past) / len(past) <= 0.055

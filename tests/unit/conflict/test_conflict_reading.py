"""Floods are read as clusters; what is stored stays whole (ENGINES 3.5)."""

from domain.conflict.detector import conflicts_of
from domain.conflict.model import Conflict, ConflictCode, ConflictSeverity
from domain.conflict.policy import ConflictPolicy
from domain.conflict.reading import Cluster, read_conflicts
from tests.unit.conflict.conflict_worlds import HOUR, Estate

DAY = 24 * HOUR


def flood(number: int) -> list[Conflict]:
    """The conflicts of one long change on a switch with many short ones, the second half a day later, and a freeze."""
    estate = Estate()
    change = estate.change("CHG-0", (0, 2 * DAY), ["switch"])
    others = [
        estate.change(f"CHG-1{index:03}", (start, start + HOUR), ["switch"])
        for index in range(number)
        for start in [index % 2 * DAY + index]
    ]
    lone = estate.change("CHG-2", (10 * HOUR, 11 * HOUR), ["switch"])
    return conflicts_of("CHG-0", [change, *others, lone], estate.context(ci_maintenance={"switch": ()}))


def test_up_to_fifty_conflicts_are_read_one_by_one() -> None:
    page = read_conflicts(flood(48), limit=100)
    assert len(page.entries) == page.total == 50
    assert not any(isinstance(entry, Cluster) for entry in page.entries)


def test_more_than_fifty_are_read_per_hub_and_stretch_of_time() -> None:
    conflicts = flood(49)
    page = read_conflicts(conflicts, limit=100)
    clusters = [entry for entry in page.entries if isinstance(entry, Cluster)]
    assert [(cluster.hub_id, len(cluster.members)) for cluster in clusters] == [("switch", 25), ("switch", 24)]
    assert clusters[0].window == (0, HOUR + 48)
    lone = [entry for entry in page.entries if isinstance(entry, Conflict)]
    assert {entry.code for entry in lone} == {ConflictCode.SAME_CI, ConflictCode.OUTSIDE_MAINT}
    assert sum(len(cluster.members) for cluster in clusters) + len(lone) == len(conflicts)


def test_a_cluster_is_as_grave_as_its_worst_member_and_a_page_says_what_it_left_out() -> None:
    page = read_conflicts(flood(60), limit=1)
    assert page.is_truncated
    assert page.total == 4
    assert isinstance(page.entries[0], Cluster)
    assert page.entries[0].worst.severity is ConflictSeverity.MAJOR


def test_a_hub_has_many_dependents_or_many_open_changes() -> None:
    policy = ConflictPolicy()
    assert not policy.is_hub(fan_out=2_000, open_changes=200)
    assert policy.is_hub(fan_out=2_001, open_changes=0)
    assert policy.is_hub(fan_out=0, open_changes=201)

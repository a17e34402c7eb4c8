"""The configuration items of the bench estate: 100,000 CIs and 400,000 relations, drawn from one seed.

Clusters of 45 CIs with cycles inside them, 160 of them shared by others; platforms that few or very many clusters run
on (skewed as 1 / rank); network cores below the platforms, redundant in pairs; 2,400 business services on top.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any

from domain.ci.model import SERVICE_CLASS, CiStatus, MinUpKind
from domain.ci.relations import RelationType

Row = dict[str, Any]

CORES, PLATFORMS, CLUSTERS, CLUSTER_SIZE, SERVICES = 24, 376, 2_160, 45, 2_400
SHARED_CLUSTERS = 160
RELATIONS = 400_000
SITES = tuple(f"site-{number:02}" for number in range(20))
CLASSES = ("network", "platform", "cluster", "server", "database", "application", SERVICE_CLASS)
CLUSTER_HEAD, SERVERS, HOSTS, DATABASES = 0, range(1, 4), range(4, 10), range(10, 15)
WITHIN = (
    RelationType.RUNS_ON,
    RelationType.DEPENDS_ON,
    RelationType.DEPENDS_ON,
    RelationType.USES,
    RelationType.USES,
    RelationType.SENDS_DATA_TO,
)


def core(number: int) -> str:
    return f"core-{number:02}"


def platform(number: int) -> str:
    return f"platform-{number:03}"


def member(cluster: int, place: int) -> str:
    return f"ci-{cluster:04}-{place:02}"


def service(number: int) -> str:
    return f"service-{number:04}"


@dataclass(slots=True)
class Configuration:
    """Rows of the tables of configuration, ready to be inserted."""

    since: datetime
    cis: list[Row] = field(default_factory=list)
    relations: list[Row] = field(default_factory=list)
    services: list[Row] = field(default_factory=list)
    groups: list[Row] = field(default_factory=list)
    members: list[Row] = field(default_factory=list)
    protected: list[Row] = field(default_factory=list)

    def item(self, ci_id: str, class_name: str, site: str, owner: str) -> None:
        self.cis.append(
            {
                "id": ci_id,
                "external_id": ci_id,
                "name": ci_id,
                "class_name": class_name,
                "status": CiStatus.IN_SERVICE,
                "site": site,
                "owner_id": owner,
                "attributes": {},
                "source": "bench",
                "version": 1,
            }
        )

    def relate(self, source: str, type_: RelationType, target: str) -> None:
        number = len(self.relations)
        self.relations.append(
            {
                "id": f"r{number:06}",
                "external_id": f"r{number:06}",
                "source_id": source,
                "target_id": target,
                "type": type_,
                "source": "bench",
                "valid_from": self.since,
                "version": 1,
            }
        )

    def protect(self, members: list[str], protected: list[str], min_up: int) -> None:
        group_id = f"g{len(self.groups):05}"
        self.groups.append(
            {
                "id": group_id,
                "external_id": group_id,
                "name": group_id,
                "min_up_kind": MinUpKind.COUNT,
                "min_up": min_up,
                "alpha": 1.0,
                "is_assumed": False,
                "version": 1,
            }
        )
        for rows, ci_ids in ((self.members, members), (self.protected, protected)):
            rows += [
                {"id": f"{group_id}-{ci_id}", "group_id": group_id, "ci_id": ci_id, "valid_from": self.since}
                for ci_id in ci_ids
            ]


def configuration(dice: random.Random, people: list[str], since: datetime) -> Configuration:
    """Return the configuration items and what they have to do with each other."""
    drawn = Configuration(since)
    _infrastructure(drawn, dice, people)
    for cluster in range(CLUSTERS):
        _cluster(drawn, dice, cluster, people[cluster % len(people)])
    _platforms_below(drawn, dice)
    _shared_clusters_below(drawn, dice)
    for number in range(SERVICES):
        _service(drawn, dice, number, people[number % len(people)])
    while len(drawn.relations) < RELATIONS:
        cluster = dice.randrange(CLUSTERS)
        first, second = dice.sample(range(DATABASES.start, CLUSTER_SIZE), 2)
        drawn.relate(member(cluster, first), RelationType.CONNECTS_TO, member(cluster, second))
    return drawn


def site_of(cluster: int) -> str:
    return SITES[cluster % len(SITES)]


def _infrastructure(drawn: Configuration, dice: random.Random, people: list[str]) -> None:
    for number in range(CORES):
        drawn.item(core(number), "network", SITES[number % len(SITES)], dice.choice(people))
    for number in range(PLATFORMS):
        drawn.item(platform(number), "platform", SITES[number % len(SITES)], dice.choice(people))
        pair = number % (CORES // 2)
        drawn.protect([core(2 * pair), core(2 * pair + 1)], [platform(number)], 1)


def _class_of(place: int) -> str:
    if place == CLUSTER_HEAD:
        return "cluster"
    if place in SERVERS or place in HOSTS:
        return "server"
    return "database" if place in DATABASES else "application"


def _cluster(drawn: Configuration, dice: random.Random, cluster: int, owner: str) -> None:
    """Draw one cluster: three servers behind its head, a redundant pair of hosts, and relations that run in cycles."""
    for place in range(CLUSTER_SIZE):
        drawn.item(member(cluster, place), _class_of(place), site_of(cluster), owner)
    for place in SERVERS:
        drawn.relate(member(cluster, place), RelationType.MEMBER_OF, member(cluster, CLUSTER_HEAD))
    pair = [member(cluster, HOSTS[0]), member(cluster, HOSTS[1])]
    drawn.protect(pair, [member(cluster, DATABASES[0])], 1)
    for place in range(HOSTS[0], CLUSTER_SIZE):
        for below in dice.sample(range(place), min(place, 3)):
            drawn.relate(member(cluster, place), dice.choice(WITHIN), member(cluster, below))
        if dice.random() < 0.1:
            drawn.relate(member(cluster, dice.randrange(place)), RelationType.USES, member(cluster, place))


def _platforms_below(drawn: Configuration, dice: random.Random) -> None:
    """Have the hosts of every cluster run on platforms, the first of them far more often than the last."""
    weights = list(accumulate(1 / (rank + 4) for rank in range(PLATFORMS)))
    for cluster in range(CLUSTERS):
        for chosen in set(dice.choices(range(PLATFORMS), cum_weights=weights, k=2)):
            for host in dice.sample(HOSTS, 3):
                drawn.relate(member(cluster, host), RelationType.RUNS_ON, platform(chosen))


def _shared_clusters_below(drawn: Configuration, dice: random.Random) -> None:
    weights = list(accumulate(1 / (rank + 8) for rank in range(SHARED_CLUSTERS)))
    for cluster in range(SHARED_CLUSTERS, CLUSTERS):
        for shared in set(dice.choices(range(SHARED_CLUSTERS), cum_weights=weights, k=2)):
            user, used = dice.randrange(20, CLUSTER_SIZE), dice.randrange(10, 25)
            type_ = dice.choice((RelationType.USES, RelationType.DEPENDS_ON))
            drawn.relate(member(cluster, user), type_, member(shared, used))


def _service(drawn: Configuration, dice: random.Random, number: int, owner: str) -> None:
    cluster = number % CLUSTERS
    drawn.item(service(number), SERVICE_CLASS, site_of(cluster), owner)
    drawn.services.append(
        {
            "id": service(number),
            "tier": dice.choice((1, 2, 2, 3, 3, 3, 4, 4, 4, 4)),
            "calendar_id": dice.choice(("office", "always", None)),
            "site": site_of(cluster),
            "downtime_left_minutes": dice.choice((None, 43.2, 240.0)),
            "peak_days": [],
            "vip_person_ids": [],
            "version": 1,
        }
    )
    for place in dice.sample(range(25, CLUSTER_SIZE), 3):
        drawn.relate(service(number), RelationType.DEPENDS_ON, member(cluster, place))


def targets_of_one_change(dice: random.Random) -> list[str]:
    """Return what one change is on: mostly a few CIs of one cluster, at times a platform, seldom a great one."""
    kind = dice.random()
    if kind < 0.87:
        cluster = dice.randrange(SHARED_CLUSTERS, CLUSTERS)
        return [member(cluster, place) for place in dice.sample(range(CLUSTER_SIZE), dice.choice((1, 1, 2, 3)))]
    if kind < 0.92:
        return [member(dice.randrange(SHARED_CLUSTERS), dice.randrange(CLUSTER_SIZE))]
    if kind < 0.995:
        return [platform(dice.randrange(PLATFORMS // 2, PLATFORMS))]
    return [platform(dice.randrange(PLATFORMS // 40))]


def any_ci(dice: random.Random) -> str:
    """Return the CI an incident is on."""
    return member(dice.randrange(CLUSTERS), int(CLUSTER_SIZE * dice.random() ** 2))


def in_chunks(rows: list[Row], size: int = 20_000) -> Iterator[list[Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]

"""What the graph holds of a subject of the log: rows for the statements of `graph.edits`, from its after-image.

An image comes from an event or from the record itself; both are the same JSON values (`domain.kernel.image`). Which
way a relation points is derived in `domain.ci.derivation`, here as in the SQL traversal.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.change.model import ChangeState
from domain.ci.derivation import stated_flow
from domain.ci.model import ProviderSide
from domain.ci.relations import RELATION_RULES, RelationKind, RelationType, relation_confidence

Image = Mapping[str, Any]
Row = dict[str, Any]

IMPACT_PROPERTIES = (
    "relation_id",
    "relation_type",
    "alpha",
    "is_hard",
    "confidence",
    "confirmed_at",
    "valid_from",
    "valid_to",
)
"""What an impact edge holds. Its row is a list, provider and dependent before them: names in every row would cost the
driver and the server more than what they name."""

NEVER = 2**62
"""The end of what is not ended: past every instant, so that one comparison serves all."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FINISHED = frozenset({ChangeState.REVIEW.value, ChangeState.CLOSED.value, ChangeState.CANCELLED.value})


def microseconds(instant: datetime) -> int:
    """Return an instant as the graph holds it, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_at(instant: int) -> datetime:
    """Return the instant of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=instant)


@dataclass(slots=True)
class Facts:
    """Rows for the graph, by what they become there.

    `standing_*` say of a relation's id between which ends it has its edges. An impact is provider, dependent and then
    `IMPACT_PROPERTIES`.
    """

    cis: list[Row] = field(default_factory=list)
    services: list[Row] = field(default_factory=list)
    standing_impacts: list[list[Any]] = field(default_factory=list)
    standing_members: list[list[Any]] = field(default_factory=list)
    impacts: list[list[Any]] = field(default_factory=list)
    cluster_members: list[Row] = field(default_factory=list)
    groups: list[Row] = field(default_factory=list)
    members: list[Row] = field(default_factory=list)
    protected: list[Row] = field(default_factory=list)
    incidents: list[Row] = field(default_factory=list)
    incident_cis: list[Row] = field(default_factory=list)
    incident_changes: list[Row] = field(default_factory=list)
    problems: list[Row] = field(default_factory=list)
    problem_cis: list[Row] = field(default_factory=list)
    problem_incidents: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    targets: list[Row] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it concerns the graph."""
        return not any(getattr(self, name) for name in self.__slots__)


def facts_of(images: Iterable[tuple[str, Image]]) -> Facts:
    """Return the rows of subjects, each given by its type and its image; types the graph does not hold are left out."""
    facts = Facts()
    for subject_type, image in images:
        add = _ADDERS.get(subject_type)
        if add is not None:
            add(facts, image)
    return facts


def _add_ci(facts: Facts, image: Image) -> None:
    shown = ("name", "class_name", "status", "tier", "external_id")
    facts.cis.append({"id": image["id"], "properties": {name: image[name] for name in shown}})


def _add_service(facts: Facts, image: Image) -> None:
    facts.services.append({"id": image["id"], "properties": {"service_tier": image["tier"]}})


def _add_relation(facts: Facts, image: Image) -> None:
    id_, source, target, type_ = image["id"], image["source_id"], image["target_id"], RelationType(image["type"])
    since = datetime.fromisoformat(image["valid_from"])
    confidence = relation_confidence(image["stated_confidence"], image["source"], None, since)
    valid_from, valid_to = microseconds(since), _end(image["valid_to"])
    confirmed_at = valid_from if image["confirmed_at"] is None else _optional(image["confirmed_at"])
    if RELATION_RULES[type_].kind is RelationKind.GROUP:
        properties = {
            "relation_id": id_,
            "relation_type": type_.value,
            "confidence": confidence,
            "confirmed_at": confirmed_at,
            "valid_from": valid_from,
            "valid_to": valid_to,
        }
        facts.cluster_members.append({"from": source, "to": target, "properties": properties})
        facts.standing_members.append([id_, [[source, target]]])
        return
    side = None if image["provider_side"] is None else ProviderSide(image["provider_side"])
    flow = stated_flow(type_, image["alpha"], side)
    ends = () if flow is None or valid_to <= valid_from else flow.ends(source, target)
    facts.standing_impacts.append([id_, ends])
    if flow is not None:
        stated = (id_, type_.value, flow.alpha, flow.is_hard, confidence, confirmed_at, valid_from, valid_to)
        facts.impacts += [[provider, dependent, *stated] for provider, dependent in ends]


def _add_group(facts: Facts, image: Image) -> None:
    shown = ("name", "min_up_kind", "min_up", "alpha", "is_assumed", "source")
    confirmed = _instant(image["confirmed_at"])
    properties = {name: image[name] for name in shown}
    properties["confirmed_at"] = None if confirmed is None else microseconds(confirmed)
    facts.groups.append({"id": image["id"], "properties": properties})
    for member in image["members"]:
        facts.members.append({"from": member["ci_id"], "to": image["id"], "properties": _named_span(member)})
    for target in image["protected"]:
        facts.protected.append({"from": image["id"], "to": target["ci_id"], "properties": _named_span(target)})


def _add_incident(facts: Facts, image: Image) -> None:
    facts.incidents.append({"id": image["id"], "properties": _ticket(image)})
    facts.incident_cis += _links(image, "cis", "ci_id")
    facts.incident_changes += _links(image, "change_links", "change_id", "type")


def _add_problem(facts: Facts, image: Image) -> None:
    facts.problems.append({"id": image["id"], "properties": _ticket(image)})
    facts.problem_cis += _links(image, "cis", "ci_id")
    facts.problem_incidents += _links(image, "incidents", "incident_id")


def _add_change(facts: Facts, image: Image) -> None:
    properties = {name: image[name] for name in ("number", "type", "state", "outcome")}
    properties["is_open"] = image["state"] not in _FINISHED
    properties["planned_start"] = _optional(image["planned_start"])
    properties["planned_end"] = _optional(image["planned_end"])
    facts.changes.append({"id": image["id"], "properties": properties})
    for target in image["targets"]:
        ends = {"from": image["id"], "to": target["ci_id"]}
        facts.targets.append({**ends, "properties": {"link_id": target["id"], "step": target["step"]}})


_ADDERS: Mapping[str, Callable[[Facts, Image], None]] = {
    "ci": _add_ci,
    "business_service": _add_service,
    "relation": _add_relation,
    "redundancy_group": _add_group,
    "incident": _add_incident,
    "problem": _add_problem,
    "change": _add_change,
}

SUBJECTS = tuple(_ADDERS)
"""The subjects of the log that the graph holds, those that others refer to first."""


def _ticket(image: Image) -> Row:
    shown = {name: image[name] for name in ("number", "state", "priority")}
    instants = {name: _optional(image[name]) for name in ("opened_at", "recorded_at", "resolved_at")}
    return shown | instants


def _links(image: Image, children: str, key: str, *shown: str) -> list[Row]:
    return [
        {
            "from": image["id"],
            "to": link[key],
            "properties": {
                "link_id": link["id"],
                **{name: link[name] for name in shown},
                "valid_from": microseconds(datetime.fromisoformat(link["recorded_at"])),
                "valid_to": _end(link["ended_at"]),
            },
        }
        for link in image[children]
    ]


def _named_span(image: Image) -> Row:
    return {"link_id": image["id"], **_span(image)}


def _span(image: Image) -> Row:
    return {
        "valid_from": microseconds(datetime.fromisoformat(image["valid_from"])),
        "valid_to": _end(image["valid_to"]),
    }


def _end(text: str | None) -> int:
    return NEVER if text is None else microseconds(datetime.fromisoformat(text))


def _optional(text: str | None) -> int | None:
    return None if text is None else microseconds(datetime.fromisoformat(text))


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

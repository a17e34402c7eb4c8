"""What can be asked of the change advisory board."""

from domain.store.reads.noun import Link, noun
from domain.store.tables.cab import agenda_item, cab_absence, cab_meeting, cab_member, cab_series

NOUNS = (
    noun(cab_series, orders=("name",)),
    noun(cab_member, links={"series": Link(cab_member.c.series_id), "person": Link(cab_member.c.person_id)}),
    noun(
        cab_meeting,
        filters=("start", "series_id"),
        orders=("start",),
        links={"series": Link(cab_meeting.c.series_id)},
    ),
    noun(cab_absence, links={"meeting": Link(cab_absence.c.meeting_id)}),
    noun(
        agenda_item,
        orders=("place",),
        links={"meeting": Link(agenda_item.c.meeting_id), "change": Link(agenda_item.c.change_id)},
    ),
)

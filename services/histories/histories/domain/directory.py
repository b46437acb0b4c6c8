"""What the directory's events say of users and groups: names, zones, members, leaders, deputies (RGT-09)."""

from __future__ import annotations

from dossier.contracts import RecordedEvent
from dossier.contracts import directory as d
from histories.domain.documents import Fields, Node
from histories.domain.hops import Fold, put, remember

OFFICE = "Europe/Zurich"
"""The zone of a user whose event names none: the contract's default."""


def _joins(fact: str) -> Fold:
    def fold(node: Node, fields: Fields, event: RecordedEvent) -> None:
        node["facts"][fact] = sorted({*node["facts"].get(fact, ()), fields["user"]})

    return fold


def _leaves(fact: str) -> Fold:
    def fold(node: Node, fields: Fields, event: RecordedEvent) -> None:
        node["facts"][fact] = [user for user in node["facts"].get(fact, ()) if user != fields["user"]]

    return fold


def _deputy_appointed(node: Node, fields: Fields, event: RecordedEvent) -> None:
    others = _other_deputies(node, fields["deputy"])
    dates = {name: fields.get(name) for name in ("first_day", "last_day")}
    node["facts"]["deputies"] = [*others, {"user": fields["deputy"], **dates}]


def _deputy_dismissed(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["facts"]["deputies"] = _other_deputies(node, fields["deputy"])


def _left(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["facts"]["is_active"] = False
    node["facts"].pop("calendar_feed", None)


def _feed_opened(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["facts"]["calendar_feed"] = fields["secret_hash"]


def _feed_closed(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["facts"].pop("calendar_feed", None)


def _other_deputies(node: Node, user: str) -> list[Fields]:
    return [deputy for deputy in node["facts"].get("deputies", ()) if deputy["user"] != user]


FOLDS: dict[str, Fold] = {
    d.UserAdded.event_type: remember("name", time_zone=OFFICE, is_active=True),
    d.UserChanged.event_type: remember("name", "time_zone"),
    d.UserDeactivated.event_type: _left,
    d.UserReactivated.event_type: put("is_active", True),
    d.CalendarFeedOpened.event_type: _feed_opened,
    d.CalendarFeedClosed.event_type: _feed_closed,
    d.DeputyAppointed.event_type: _deputy_appointed,
    d.DeputyDismissed.event_type: _deputy_dismissed,
    d.GroupCreated.event_type: remember("name"),
    d.GroupRenamed.event_type: remember("name"),
    d.GroupDeactivated.event_type: put("is_active", False),
    d.GroupReactivated.event_type: put("is_active", True),
    d.MemberAdded.event_type: _joins("members"),
    d.MemberRemoved.event_type: _leaves("members"),
    d.LeaderAppointed.event_type: _joins("leaders"),
    d.LeaderDismissed.event_type: _leaves("leaders"),
}

"""Own channels and postal addresses of an address, folded. Private ones are kept apart from the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dossier.contracts import RecordedEvent
from dossier.contracts import addresses as a

Fields = dict[str, Any]
Fold = Callable[[Fields, Fields, RecordedEvent], None]

_CHANNELS = ("channels", "private_channels")
_POSTAL = ("postal", "private_postal")
_PERIOD = ("valid_from", "valid_to")


def _channel_added(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    channel: Fields = {
        "id": fields["channel_id"],
        "kind": fields["kind"],
        "channel_type": fields.get("channel_type"),
        "label": fields.get("label", ""),
        "value": fields["value"],
        "normalised": fields["normalised"],
        "is_default": fields["is_default"],
        **{name: fields.get(name) for name in _PERIOD},
        "forbidden": False,
        "forbidden_source": "",
        "consent": None,
        "consent_on": None,
        "consent_source": "",
        "bounce": None,
        "bounced_at": None,
        "added": event.sequence,
    }
    if channel["is_default"]:
        _mark(document, _CHANNELS, None, channel["kind"])
    place = "private_channels" if fields.get("private") else "channels"
    document[place] = [*document[place], channel]


def _channel_changed(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    said = {name: fields[name] for name in ("label", "value", "normalised")}
    said |= {name: fields.get(name) for name in _PERIOD}
    _update(document, _CHANNELS, fields["channel_id"], said)


def _channel_removed(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    _remove(document, _CHANNELS, fields["channel_id"])
    if heir := fields.get("new_default"):
        _default_channel_set(document, {"channel_id": heir}, event)


def _default_channel_set(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    for channel in _found(document, _CHANNELS, fields["channel_id"]):
        _mark(document, _CHANNELS, channel["id"], channel["kind"])


def _forbidden(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    _update(
        document, _CHANNELS, fields["channel_id"], {"forbidden": True, "forbidden_source": fields.get("source", "")}
    )


def _allowed(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    _update(document, _CHANNELS, fields["channel_id"], {"forbidden": False, "forbidden_source": ""})


def _consent(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    said = {"consent": fields["consent"], "consent_on": fields["on"], "consent_source": fields.get("source", "")}
    _update(document, _CHANNELS, fields["channel_id"], said)


def _bounced(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    _update(document, _CHANNELS, fields["channel_id"], {"bounce": fields["bounce"], "bounced_at": fields["at"]})


def _reached(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    _update(document, _CHANNELS, fields["channel_id"], {"bounce": None, "bounced_at": None})


_TEXTS = ("label", "street", "postal_code", "city", "supplement")


def _postal_added(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    postal: Fields = {
        "id": fields["postal_id"],
        "kind": fields["kind"],
        **{name: fields.get(name, "") for name in _TEXTS},
        "country": fields["country"],
        "is_default": fields["is_default"],
        **{name: fields.get(name) for name in _PERIOD},
        "added": event.sequence,
    }
    if postal["is_default"]:
        _mark(document, _POSTAL, None)
    place = "private_postal" if postal["kind"] == "private" else "postal"
    document[place] = [*document[place], postal]


def _postal_changed(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    said = {name: fields[name] for name in (*_TEXTS, "country")} | {name: fields.get(name) for name in _PERIOD}
    _update(document, _POSTAL, fields["postal_id"], said)


def _postal_removed(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    _remove(document, _POSTAL, fields["postal_id"])
    if heir := fields.get("new_default"):
        _mark(document, _POSTAL, heir)


def _default_postal_set(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    _mark(document, _POSTAL, fields["postal_id"])


def _found(document: Fields, places: tuple[str, str], identifier: str) -> Iterator[Fields]:
    return (each for place in places for each in document[place] if each["id"] == identifier)


def _update(document: Fields, places: tuple[str, str], identifier: str, said: Fields) -> None:
    for place in places:
        document[place] = [{**each, **said} if each["id"] == identifier else each for each in document[place]]


def _remove(document: Fields, places: tuple[str, str], identifier: str) -> None:
    for place in places:
        document[place] = [each for each in document[place] if each["id"] != identifier]


def _mark(document: Fields, places: tuple[str, str], identifier: str | None, kind: str | None = None) -> None:
    """Give the mark of the default to this one alone, among those of the kind if there is one."""
    for place in places:
        document[place] = [
            {**each, "is_default": each["id"] == identifier} if kind in (None, each["kind"]) else each
            for each in document[place]
        ]


CHANNELS: dict[str, Fold] = {
    a.ChannelAdded.event_type: _channel_added,
    a.ChannelChanged.event_type: _channel_changed,
    a.ChannelRemoved.event_type: _channel_removed,
    a.DefaultChannelSet.event_type: _default_channel_set,
    a.ChannelContactForbidden.event_type: _forbidden,
    a.ChannelContactAllowed.event_type: _allowed,
    a.ChannelConsentRecorded.event_type: _consent,
    a.ChannelBounced.event_type: _bounced,
    a.ChannelReached.event_type: _reached,
}
POSTAL: dict[str, Fold] = {
    a.PostalAddressAdded.event_type: _postal_added,
    a.PostalAddressChanged.event_type: _postal_changed,
    a.PostalAddressRemoved.event_type: _postal_removed,
    a.DefaultPostalAddressSet.event_type: _default_postal_set,
}

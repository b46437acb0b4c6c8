"""The lists that ship: written once, under ids that are the same everywhere, and left as people make them after that.

Running it again, or on two instances at once, changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from addresses.book_settings import ADDRESS_SETTINGS, SETTINGS
from addresses.catalogue import (
    KEYWORD_GROUP,
    LAYOUT,
    LINK_TYPE,
    built_in_channel_type,
    default_of,
    id_of_keyword,
    name_of_group,
)
from addresses.channel_types import CHANNEL_TYPE
from addresses.domain.letters import SHIPPED_LINES
from dossier.commands import Aggregate, execute_all
from dossier.contracts.addresses import (
    AddressSettingsChanged,
    ChannelTypeDefined,
    KeywordAdded,
    KeywordGroupCreated,
    LayoutDefined,
    LinkEnd,
    LinkTypeDefined,
)
from dossier.contracts.base import Event
from dossier.contracts.common import AddressType, KeywordedType
from dossier.ids import derived_id, new_id, split_stream, stream_id
from dossier.store import CommitStore, ConflictError, Metadata, Reservation, ReservedError
from dossier.telemetry import logs

log = logs.logger()

_ALL: tuple[KeywordedType, ...] = ("company", "person", "contact", "couple")
_CATEGORIES = ("Category 1", "Category 2", "Category 3")
GROUPS: Sequence[tuple[str, str, bool, tuple[KeywordedType, ...], tuple[str, ...]]] = (
    (
        "industry",
        "Industry",
        True,
        ("company",),
        ("Construction", "Finance and insurance", "Health", "Industry and trade", "Information technology", "Public"),
    ),
    ("account-type", "Account type", False, _ALL, ("Lead", "Customer", "Supplier", "Others", "Employee")),
    ("contact-category", "Contacts by category", False, ("contact",), _CATEGORIES),
    ("person-category", "Persons by category", False, ("person",), _CATEGORIES),
    ("mailing-list", "Mailing list", False, _ALL, ("Newsletter", "Christmas card")),
)
"""Key, name, whether it is exclusive, types, keywords (domain.md 5.3, ADR-11; mailing lists for all types, MAI-02)."""

CHANNEL_TYPES = (
    ("T", "Telephone"),
    ("M", "Mobile"),
    ("F", "Fax"),
    ("E", "Email"),
    ("H", "Homepage"),
    ("L", "LinkedIn"),
)
_HUMANS: tuple[AddressType, ...] = ("person", "contact")
_ANY: tuple[AddressType, ...] = ("company", "person", "contact", "couple")
LINK_TYPES: Sequence[tuple[str, str, tuple[AddressType, ...], str, tuple[AddressType, ...]]] = (
    ("board-member", "sits on the board of", _HUMANS, "board member", ("company",)),
    ("shareholder", "holds shares of", _ANY, "shareholder", ("company",)),
    ("adviser", "advises", _ANY, "adviser", _ANY),
    ("recommendation", "recommended", _ANY, "recommended by", _ANY),
    ("family", "parent of", ("person",), "child of", ("person",)),
)
"""Key, label and types of the first end, label and types of the other."""


@dataclass(frozen=True)
class Shipped:
    """The first events of a list. They are written only if its stream is not there yet."""

    aggregate: Aggregate[Any]
    id: str
    events: tuple[Event, ...]
    reservations: tuple[Reservation, ...] = ()
    guards: tuple[str, ...] = ()

    @property
    def stream(self) -> str:
        """Where they are written."""
        return stream_id(self.aggregate.kind, self.id)


def shipped_lists() -> list[Shipped]:
    """Everything that ships."""
    settings = Shipped(ADDRESS_SETTINGS, split_stream(SETTINGS)[1], (AddressSettingsChanged(genders=("diverse",)),))
    return [*_groups(), *_channel_types(), *_link_types(), *_layouts(), settings]


async def ship_lists(store: CommitStore) -> int:
    """Write what is not there yet; returns how many lists were written."""
    return sum([await _ship(store, shipped) for shipped in shipped_lists()])


async def _ship(store: CommitStore, shipped: Shipped) -> bool:
    if (await store.head(shipped.stream)).exists:
        return False
    initial = shipped.aggregate.initial()

    def decide(state: Any) -> Sequence[Event]:
        return shipped.events if state == initial else ()

    step = (shipped.aggregate, shipped.stream, decide)
    command = new_id()
    metadata = Metadata(actor="service:addresses", channel="rule", correlation_id=command, command_id=command)
    try:
        return bool(await execute_all(store, [step], metadata, shipped.guards, shipped.reservations))
    except ConflictError:
        return False  # another instance was faster
    except ReservedError:
        # Somebody made a list of this name before it was shipped: theirs stands.
        log.warning("lists.name-taken", stream=shipped.stream)
        return False


def _groups() -> list[Shipped]:
    return [_group(position, *each) for position, each in enumerate(GROUPS)]


def _group(
    position: int, key: str, name: str, exclusive: bool, types: tuple[KeywordedType, ...], names: tuple[str, ...]
) -> Shipped:
    id = derived_id("keyword-group", key)
    stream = stream_id("keyword-group", id)
    created = KeywordGroupCreated(name=name, is_exclusive=exclusive, types=types, position=position)
    added = [
        KeywordAdded(keyword=derived_id("keyword", key, each), name=each, position=number)
        for number, each in enumerate(names)
    ]
    reservations = (name_of_group(stream, None, name), *(id_of_keyword(stream, each.keyword) for each in added))
    return Shipped(KEYWORD_GROUP, id, (created, *added), reservations)


def _channel_types() -> list[Shipped]:
    return [
        Shipped(
            CHANNEL_TYPE,
            built_in_channel_type(kind),
            (ChannelTypeDefined(label=label, kind=kind, position=position),),
        )
        for position, (kind, label) in enumerate(CHANNEL_TYPES)
    ]


def _link_types() -> list[Shipped]:
    return [
        Shipped(
            LINK_TYPE,
            derived_id("link-type", key),
            (
                LinkTypeDefined(
                    one=LinkEnd(label=label, types=types, position=position),
                    other=LinkEnd(label=other, types=others, position=position),
                ),
            ),
        )
        for position, (key, label, types, other, others) in enumerate(LINK_TYPES)
    ]


def _layouts() -> list[Shipped]:
    return [
        Shipped(
            LAYOUT,
            derived_id("layout", type),
            (LayoutDefined(name="Standard", address_type=type, lines=lines, is_default=True),),
            guards=(default_of(type),),
        )
        for type, lines in SHIPPED_LINES.items()
    ]

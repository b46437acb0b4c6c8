"""What reading routes answer. Answers are written as JSON straight from the documents; these models describe them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from addresses.api.postal_models import Kind
from dossier.contracts.addresses import Bounce, ChannelKind, Consent
from dossier.contracts.common import AddressType


class Shown(BaseModel):
    """Base of everything shown; closed, so that a test can hold the answers to their description."""

    model_config = ConfigDict(extra="forbid")


class Place(Shown):
    """An address."""

    type: AddressType
    id: str


class Named(Place):
    """An address by its alias; none: not known yet."""

    alias: str | None


class AddressRow(Place):
    """An address in a list.

    `name` is its own: of a contact the linked person's or typed one. `is_current` is false for what is inactive, and
    past the last day of a contact or couple. `company` and `persons` are ids; the persons are in `name`.
    """

    alias: str
    name: str
    city: str
    company: str | None
    company_alias: str | None
    persons: list[str]
    function: str
    department: str
    valid_from: str | None
    valid_to: str | None
    is_active: bool
    is_current: bool
    account_manager: str | None
    account_manager_name: str | None


class AddressList(Shown):
    """One page of addresses; `next` is the cursor of the following one, absent on the last."""

    items: list[AddressRow]
    next: str | None


class StaleAddress(AddressRow):
    """An address that was not changed for long."""

    changed_at: str


class StaleAddresses(Shown):
    """Addresses not changed since a day began, by age; a page may be short although `next` leads on."""

    since: date
    items: list[StaleAddress]
    next: str | None


class ContactRow(AddressRow):
    """A contact of a company."""

    is_primary: bool


class ContactList(Shown):
    """Contacts of a company: those that hold first, then those that are over."""

    items: list[ContactRow]
    next: str | None


class Some(Shown):
    """Addresses that belong to this one; `more`: there are others that are not shown."""

    items: list[AddressRow]
    more: bool


class EffectiveChannel(Shown):
    """An own or inherited channel, changed where it lives (COM-07).

    `is_default`: used for its kind; what is not `usable` (outside its validity, forbidden, bounced for good) never is.
    """

    id: str
    kind: ChannelKind
    channel_type: str | None
    type_label: str | None
    label: str
    value: str
    normalised: str
    lives_on: Named
    is_own: bool
    is_default: bool
    usable: bool
    private: bool
    valid_from: str | None
    valid_to: str | None
    forbidden: bool
    forbidden_source: str
    consent: Consent | None
    consent_on: str | None
    consent_source: str
    bounce: Bounce | None
    bounced_at: str | None
    opens: Annotated[str | None, Field(description="What a click opens: a mail, a call, a page (COM-11)")]


class ChannelList(Shown):
    """Effective channels, own ones first."""

    items: list[EffectiveChannel]


class OwnPostalAddress(Shown):
    """An own postal address."""

    id: str
    kind: Kind
    label: str
    street: str
    postal_code: str
    city: str
    country: str
    supplement: str
    is_default: bool
    valid_from: str | None
    valid_to: str | None


class UsedPostalAddress(OwnPostalAddress):
    """The postal address in use: an own one, or the company's (POS-03)."""

    lives_on: Named
    is_own: bool


class HalfOfCouple(Shown):
    """One half: a linked person, or a typed name."""

    person: Named | None
    last_name: str
    first_name: str


class ShownLink(Shown):
    """A link as it reads from this address (ROL-08)."""

    id: str
    link_type: str
    label: str | None
    to: Named
    valid_from: str | None
    valid_to: str | None
    is_current: bool
    remark: str


class SomeLinks(Shown):
    """Links; `more`: there are others that are not shown."""

    items: list[ShownLink]
    more: bool


class GroupName(Shown):
    """A keyword group."""

    id: str
    name: str


class ShownKeyword(Shown):
    """A keyword of the address, by its present name (KEY-03)."""

    id: str
    name: str | None
    group: GroupName
    is_active: bool


class AddressPage(Place):
    """Everything the book knows of an address.

    `facts` are those that were entered, by the names of `AddressFactsChanged`; `private` only for callers who may see
    private data. `alias_is_outdated`: a typed alias stayed while what it would be computed from changed.
    """

    alias: str
    computed_alias: str | None
    alias_is_manual: bool
    alias_is_outdated: bool
    name: str | None
    former_names: list[str]
    is_active: bool
    facts: dict[str, Any]
    private: dict[str, Any] = Field(default_factory=dict[str, Any])
    supplement: str | None
    function: str | None
    department: str | None
    valid_from: str | None
    valid_to: str | None
    predecessor: str | None
    predecessor_alias: str | None
    successor: str | None
    successor_alias: str | None
    account_manager: str | None
    account_manager_name: str | None
    created_at: str
    created_by: str
    created_by_name: str | None
    changed_at: str
    changed_by: str
    changed_by_name: str | None
    channels: list[EffectiveChannel]
    postal_addresses: list[OwnPostalAddress]
    postal_address: UsedPostalAddress | None
    company: Named | None
    person: Named | None
    parent: Named | None
    primary_contact: Named | None
    halves: list[HalfOfCouple]
    contacts: ContactList
    companies: Some
    couples: Some
    subsidiaries: Some
    links: SomeLinks
    keywords: list[ShownKeyword]


class ManualAlias(Place):
    """A typed alias, and what would be computed now."""

    alias: str
    computed: str
    is_outdated: bool


class ManualAliases(Shown):
    """Typed aliases, in order."""

    items: list[ManualAlias]
    next: str | None


class CountedKeyword(Shown):
    """A keyword of an evaluation."""

    id: str
    name: str
    is_active: bool


class KeywordCount(Shown):
    """How many addresses have the keyword, and with `by` one of another group too; null: none of that group."""

    keyword: CountedKeyword
    by: CountedKeyword | None = None
    count: int


class KeywordEvaluation(Shown):
    """Addresses by keyword."""

    group: GroupName
    by: GroupName | None
    items: list[KeywordCount]


Order = Literal["alias", "relevance"]
